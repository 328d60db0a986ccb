// @ts-check
/** The tables that a statement may read, their columns, and statements to begin with. */

/** @import { Source } from "./types.js" */
import { fill, h } from "./dom.js";

/** @typedef {{name: string, type: string, doc: string}} Column */

/** Columns as SQL names them, the properties as a whole last. @param {Source} source @returns {Column[]} */
export function sqlColumns({ columns }) {
  const named = columns.map(({ sql, type, doc }) => ({ name: sql, type, doc }));
  return [...named, { name: "properties", type: "text", doc: "everything else, as JSON" }];
}

/** Statements that answer a first question. @param {Source} source @returns {{label: string, sql: string}[]} */
export function examples({ name }) {
  return [
    { label: "Most frequent events", sql: `SELECT name, count(*) AS n\nFROM ${name}\nGROUP BY name\nORDER BY n DESC` },
    { label: "Events and actors per day", sql:
      `SELECT date_trunc('day', timestamp) AS day, count(*) AS events, count(DISTINCT actor_id) AS actors\n`
      + `FROM ${name}\nWHERE NOT is_bot\nGROUP BY day\nORDER BY day DESC` },
    { label: "Newest events", sql: `SELECT timestamp, name, path, actor_id, country\nFROM ${name}\nORDER BY timestamp DESC\nLIMIT 100` },
  ];
}

/**
 * Sources that unfold to their columns; a click hands a name to `insert`.
 * @param {HTMLElement} element @param {Source[]} sources @param {string} open Source that is unfolded.
 * @param {(text: string) => void} insert
 */
export function drawSources(element, sources, open, insert) {
  const name = (/** @type {string} */ text, /** @type {string} */ title) =>
    h("button", { type: "button", class: "sql-name", title, on: { click: () => insert(text) } }, text);
  const column = (/** @type {Column} */ item) =>
    h("li", {}, name(item.name, item.doc), h("span", { class: "sql-type" }, item.type));
  fill(element, ...sources.map((source) => h("details", { open: source.name === open },
    h("summary", {}, h("code", {}, source.name), h("span", { class: "quiet num" }, `${source.n_events.toLocaleString()} events`)),
    h("ul", {}, h("li", {}, name(source.name, "the table itself"), h("span", { class: "sql-type" }, "table")),
      ...sqlColumns(source).map(column)))));
}
