// @ts-check
/** A table that every heading sorts. */

/** @import { Cell } from "./types.js" */
import { fill, h } from "./dom.js";

/**
 * @template R
 * @typedef {object} Column
 * @property {string} label
 * @property {(row: R) => Cell} value  What is sorted by.
 * @property {(row: R) => import("./dom.js").Child} [show]
 * @property {boolean} [is_number]
 * @property {boolean} [is_whole]  Whether values stay on one line.
 * @property {string} [hint]  What the heading means, for whoever points at it.
 */

/** @typedef {{column: number, descending: boolean}} Order */

/**
 * @template R
 * @param {{columns: Column<R>[], rows: R[], caption: string, sort?: number, descending?: boolean, chosen?: Order, stacks?: boolean}} options
 *   `sort` is the column sorted by at first; without it the given order stays. `chosen` remembers
 *   what a reader sorts by, for a table that is drawn anew. A table that `stacks` shows its rows
 *   as cards in narrow windows.
 * @returns {HTMLTableElement}
 */
export function table({ columns, rows, caption, sort = -1, descending = true, chosen = { column: sort, descending }, stacks = false }) {
  const head = h("tr");
  const body = h("tbody");
  const shown = h("table", { class: stacks ? "table stacks" : "table" }, h("caption", { class: "visually-hidden" }, caption), h("thead", {}, head), body);
  const draw = () => {
    fill(head, ...columns.map((column, i) => heading(column, i)));
    fill(body, ...sorted().map((row) => h("tr", {}, ...columns.map((column) => cell(column, row)))));
    if (stacks) keepRoles(shown);
  };
  const heading = (/** @type {Column<R>} */ column, /** @type {number} */ i) => {
    const is_chosen = i === chosen.column;
    const order = chosen.descending ? "descending" : "ascending";
    const press = () => {
      chosen.descending = is_chosen ? !chosen.descending : column.is_number ?? false;
      chosen.column = i;
      draw();
      head.querySelectorAll("button")[i]?.focus();
    };
    return h("th", { scope: "col", class: column.is_number ? "number" : null, "aria-sort": is_chosen ? order : null },
      h("button", { type: "button", class: "sort", title: column.hint, on: { click: press } }, column.label,
        h("span", { class: "sort-mark", "aria-hidden": "true" }, is_chosen ? (chosen.descending ? "↓" : "↑") : "")));
  };
  const sorted = () => (chosen.column < 0 ? rows : [...rows].sort(by(columns[chosen.column], chosen.descending)));
  draw();
  return shown;
}

/** @template R @param {Column<R>} column @param {R} row */
function cell(column, row) {
  const shown = column.show ? column.show(row) : column.value(row);
  const is_missing = shown === null || shown === undefined || typeof shown === "boolean";
  const look = column.is_number ? "number" : column.is_whole ? "whole-line" : null;
  return h("td", { class: look, "data-label": column.label }, is_missing ? "–" : shown);
}

/** What is laid out as cards is told as a table still. @param {HTMLTableElement} shown */
function keepRoles(shown) {
  shown.setAttribute("role", "table");
  for (const [tag, role] of Object.entries({ thead: "rowgroup", tbody: "rowgroup", tr: "row", th: "columnheader", td: "cell" }))
    for (const element of shown.querySelectorAll(tag)) element.setAttribute("role", role);
}

/** Missing values stay last, whichever way round. @template R @param {Column<R>} column @param {boolean} descending */
function by(column, descending) {
  const sign = descending ? -1 : 1;
  return (/** @type {R} */ a, /** @type {R} */ b) => {
    const [x, y] = [column.value(a) ?? null, column.value(b) ?? null];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return sign * (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y)));
  };
}
