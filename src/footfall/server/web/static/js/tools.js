// @ts-check
/** Buttons that every chart carries: as a table, and as files. */

import { fill, h, icon } from "./dom.js";
import { menu } from "./menu.js";

/**
 * @typedef {object} Tools
 * @property {() => boolean} is_table
 * @property {() => void} toggle
 * @property {() => void} svg
 * @property {() => void} png
 * @property {() => void} csv
 */

/** @param {Tools} tools */
export function chartTools(tools) {
  const button = h("button", { type: "button", class: "icon-button", on: { click: () => {
    tools.toggle();
    say();
  } } });
  const say = () => {
    const is_table = tools.is_table();
    fill(button, icon(is_table ? "chart" : "table"));
    button.setAttribute("aria-pressed", String(is_table));
    button.setAttribute("aria-label", "As a table");
    button.title = is_table ? "As a chart" : "As a table";
  };
  say();
  return { element: h("div", { class: "tools" }, button, downloads(tools)), say };
}

/** @param {Tools} tools */
function downloads(tools) {
  const choices = menu();
  choices.classList.add("icon-menu");
  choices.items = () => [
    { id: "csv", label: "Numbers as CSV", choose: tools.csv },
    { id: "svg", label: "Chart as SVG", choose: tools.svg },
    { id: "png", label: "Chart as PNG", choose: tools.png },
  ];
  choices.label("Download", "Download");
  return choices;
}
