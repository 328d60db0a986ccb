// @ts-check
/** A button that goes round: as the system has it, light, dark. */

import { announce, fill, h, icon } from "./dom.js";

const THEMES = ["system", "light", "dark"];

class ThemeButton extends HTMLElement {
  #button = h("button", { type: "button", class: "icon-button", on: { click: () => this.next() } });

  connectedCallback() {
    this.append(this.#button);
    this.#say();
  }

  get theme() {
    return document.documentElement.dataset.theme ?? "system";
  }

  /** Take the next theme and keep it for this browser. */
  next() {
    const theme = THEMES[(THEMES.indexOf(this.theme) + 1) % THEMES.length];
    const { dataset } = document.documentElement;
    if (theme === "system") {
      delete dataset.theme;
      localStorage.removeItem("footfall.theme");
    } else {
      dataset.theme = theme;
      localStorage.setItem("footfall.theme", theme);
    }
    this.#say();
    announce(`Theme: ${theme}`);
  }

  #say() {
    fill(this.#button, icon("sun"));
    this.#button.setAttribute("aria-label", `Theme: ${this.theme}`);
    this.#button.title = `Theme: ${this.theme} (T)`;
  }
}

customElements.define("ff-theme", ThemeButton);
