// @ts-check
/** A button that opens a menu of choices; arrows, Home, End, Escape and the shown keys work. */

import { fill, h, icon } from "./dom.js";

/**
 * @typedef {object} Item
 * @property {string} id
 * @property {string} label
 * @property {string} [hint]  Shortcut or remark at the right.
 * @property {boolean} [is_chosen]
 * @property {boolean} [starts_group]
 * @property {() => void} choose
 */

let n_menus = 0;

export class Menu extends HTMLElement {
  /** @type {() => Item[]} */ items = () => [];
  #button = h("button", { type: "button", class: "menu-button", "aria-haspopup": "menu", "aria-expanded": "false" });
  #list = h("div", { role: "menu", class: "menu-list", tabindex: "-1" });
  #outside = (/** @type {PointerEvent} */ event) => {
    if (!this.contains(/** @type {Node} */ (event.target))) this.close();
  };

  connectedCallback() {
    if (this.#button.isConnected) return;
    this.#list.id = `menu-${++n_menus}`;
    this.#button.setAttribute("aria-controls", this.#list.id);
    this.#button.addEventListener("click", () => (this.is_open ? this.close() : this.open()));
    this.#button.addEventListener("keydown", (event) => this.#onButtonKey(event));
    this.#list.addEventListener("keydown", (event) => this.#onListKey(event));
    this.#list.hidden = true;
    this.append(this.#button, this.#list);
  }

  disconnectedCallback() {
    document.removeEventListener("pointerdown", this.#outside);
  }

  get is_open() {
    return !this.#list.hidden;
  }

  /** @param {string} label What the button says. @param {string} name What it is for. */
  label(label, name) {
    const is_icon = this.classList.contains("icon-menu");
    fill(this.#button, ...(is_icon ? [icon("download")] : [h("span", { class: "menu-label" }, label), icon("chevron")]));
    this.#button.setAttribute("aria-label", is_icon ? name : `${name}: ${label}`);
    this.#button.title = name;
    this.#list.setAttribute("aria-label", name);
  }

  open() {
    fill(this.#list, ...this.items().map((item) => this.#entry(item)));
    this.#list.hidden = false;
    this.#button.setAttribute("aria-expanded", "true");
    document.addEventListener("pointerdown", this.#outside);
    this.#keepInside();
    const chosen = this.#list.querySelector("[aria-checked=true]") ?? this.#list.firstElementChild;
    if (chosen instanceof HTMLElement) chosen.focus();
  }

  /** A menu near the edge of a narrow window opens towards its middle. */
  #keepInside() {
    this.#list.classList.remove("to-left");
    const { right } = this.#list.getBoundingClientRect();
    this.#list.classList.toggle("to-left", right > document.documentElement.clientWidth - 8);
  }

  close({ refocus = false } = {}) {
    this.#list.hidden = true;
    this.#button.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", this.#outside);
    if (refocus) this.#button.focus();
    this.dispatchEvent(new CustomEvent("toggle"));
  }

  /** @param {Item} item */
  #entry(item) {
    const props = {
      type: "button", role: item.is_chosen === undefined ? "menuitem" : "menuitemradio", tabindex: "-1", "data-id": item.id,
      class: item.starts_group ? "menu-item starts-group" : "menu-item",
      "aria-checked": item.is_chosen === undefined ? null : String(item.is_chosen), on: { click: () => this.#choose(item) },
    };
    return h("button", props, h("span", { class: "menu-text" }, item.label),
      item.hint ? h("kbd", {}, item.hint) : null);
  }

  /** @param {Item} item */
  #choose(item) {
    this.close({ refocus: true });
    item.choose();
  }

  /** @param {KeyboardEvent} event */
  #onButtonKey(event) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    this.open();
  }

  /** @param {KeyboardEvent} event */
  #onListKey(event) {
    const entries = /** @type {HTMLElement[]} */ ([...this.#list.children]);
    const at = entries.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = destination(event.key, at, entries);
    const direct = this.items().find((item) => item.hint?.toLowerCase() === event.key.toLowerCase());
    if (direct) this.#choose(direct);
    else if (event.key === "Escape") this.close({ refocus: true });
    else if (event.key === "Tab") this.close();
    if (to === null && !direct && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (to !== null) entries[to]?.focus();
  }
}

/** @param {string} key @param {number} at @param {HTMLElement[]} entries @returns {number | null} */
function destination(key, at, entries) {
  if (key === "ArrowDown") return (at + 1) % entries.length;
  if (key === "ArrowUp") return (at - 1 + entries.length) % entries.length;
  if (key === "Home") return 0;
  if (key === "End") return entries.length - 1;
  return null;
}

customElements.define("ff-menu", Menu);

/** @returns {Menu} */
export function menu() {
  return /** @type {Menu} */ (document.createElement("ff-menu"));
}
