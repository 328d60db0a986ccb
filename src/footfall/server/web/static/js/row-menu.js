// @ts-check
/** What can be done with a value in a list, at the pointer or at the focused row. */

/** @import { Cell, Condition } from "./types.js" */
import { openEvents } from "./drawer.js";
import { h } from "./dom.js";
import { hasEvents } from "./embed.js";
import { except, fieldLabel, only, valueLabel } from "./fields.js";
import { menu } from "./menu.js";
import { addFilter } from "./state.js";

/**
 * @typedef {object} Value
 * @property {string} field
 * @property {Cell} value
 * @property {{start: string, end: string, timezone: string}} range
 * @property {string} sql
 * @property {Condition[]} among  What the list that shows it is narrowed by.
 */

/** Keep only this value, or with Alt held leave it out. @param {Value} value @param {{altKey: boolean}} event */
export function filterBy({ field, value }, event) {
  addFilter(event.altKey ? except(field, value) : only(field, value));
}

/** Open the events behind a value. @param {Value} value */
export function showEvents({ field, value, range, sql, among }) {
  openEvents({
    title: `${fieldLabel(field)}: ${valueLabel(field, value)}`, conditions: [...among, only(field, value)], range, sql,
  });
}

/**
 * A count that opens the events behind it, or where single events are not shown the count alone.
 * @param {Value} value @param {string} text @param {Record<string, string | null>} [props]
 */
export function countButton(value, text, props = {}) {
  if (!hasEvents()) return h("span", { class: "row-number num", title: props.title ?? null }, text);
  return h("button", { type: "button", class: "row-number num", title: "Show the events", ...props,
    on: { click: () => showEvents(value) } }, text);
}

/** @param {MouseEvent} event @param {Value} value */
export function openRowMenu(event, value) {
  event.preventDefault();
  const name = valueLabel(value.field, value.value);
  const choices = menu();
  choices.classList.add("at-pointer");
  choices.items = () => [
    { id: "only", label: `Only ${name}`, choose: () => addFilter(only(value.field, value.value)) },
    { id: "except", label: `Without ${name}`, choose: () => addFilter(except(value.field, value.value)) },
    ...(hasEvents() ? [{ id: "events", label: "Events behind it", choose: () => showEvents(value) }] : []),
  ];
  const from = /** @type {HTMLElement} */ (event.currentTarget);
  const host = from.closest("dialog") ?? document.body;
  host.append(choices);
  choices.label(name, "Actions");
  place(choices, event, from);
  choices.addEventListener("toggle", () => {
    choices.remove();
    from.focus();
  });
  choices.open();
}

/** @param {HTMLElement} element @param {MouseEvent} event @param {HTMLElement} from */
function place(element, event, from) {
  const box = from.getBoundingClientRect();
  // The menu key opens at the middle of nothing: then the row itself is the place.
  const [x, y] = event.clientX > 0 ? [event.clientX, event.clientY] : [box.left + 24, box.bottom];
  element.style.left = `${Math.min(x, innerWidth - 240)}px`;
  element.style.top = `${Math.min(y, innerHeight - 140)}px`;
}
