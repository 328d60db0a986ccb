// @ts-check
/** The single-key shortcuts, and the page of help that lists them. */

import { h } from "./dom.js";
import { hasEvents } from "./embed.js";
import { PERIODS } from "./period.js";

/** @type {Map<string, {label: string, act: () => void}>} */
const shortcuts = new Map();

/** @param {string} key @param {string} label @param {() => void} act */
export function shortcut(key, label, act) {
  shortcuts.set(key, { label, act });
}

/** Hear keys anywhere on the page, but for where text is typed and dialogs are open. */
export function listenForShortcuts() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const found = shortcuts.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    if (!found) return;
    event.preventDefault();
    found.act();
  });
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}

export function openHelp() {
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": "help-title", on: { close: () => dialog.remove() } });
  const keys = [...shortcuts].map(([key, { label }]) => [h("dt", {}, h("kbd", {}, shown(key))), h("dd", {}, label)]);
  dialog.append(
    h("div", { class: "dialog-head" }, h("h2", { id: "help-title" }, "Keyboard"),
      h("button", { type: "button", class: "button", on: { click: () => dialog.close() } }, "Close")),
    h("dl", { class: "keys" }, ...keys.flat()),
    h("h3", {}, "In the chart and the heat map"),
    h("dl", { class: "keys" },
      h("dt", {}, h("kbd", {}, "←"), " ", h("kbd", {}, "→")), h("dd", {}, "Read the numbers one by one"),
      ...(hasEvents() ? [h("dt", {}, h("kbd", {}, "Enter")), h("dd", {}, "Open the events behind a number")] : [])),
    h("h3", {}, "In the lists"),
    h("dl", { class: "keys" },
      h("dt", {}, "Click, ", h("kbd", {}, "Enter")), h("dd", {}, "Keep only this value"),
      h("dt", {}, h("kbd", {}, "Alt"), " + click"), h("dd", {}, "Leave this value out"),
      h("dt", {}, "Right click, ", h("kbd", {}, "Menu")), h("dd", {}, "All that can be done with a value")),
  );
  document.body.append(dialog);
  dialog.showModal();
}

/** @param {string} key */
function shown(key) {
  return key.length === 1 ? key.toUpperCase() : key;
}

/** Keys of the periods. @param {(id: string) => void} choose */
export function periodShortcuts(choose) {
  for (const { key, label, id } of PERIODS) if (key) shortcut(key, label, () => choose(id));
}
