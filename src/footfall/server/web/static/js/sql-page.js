// @ts-check
/** A statement, its rows as a table and as CSV; the statement is in the URL. */

/** @import { Result, Row } from "./types.js" */
import { listSources, runSql } from "./api.js";
import { fill, h } from "./dom.js";
import { saveCsv } from "./export.js";
import { Part } from "./part.js";
import { table } from "./table.js";
import "./theme-button.js";

const SHOWN = 1000;
const whole = new Intl.NumberFormat();

/** @extends {Part<Result | null>} */
class Rows extends Part {
  static is_live = false;
  /** @type {(keyof import("./types.js").State)[]} */ static depends = [];
  sql = "";

  skeleton() {
    return this.sql ? super.skeleton() : [];
  }

  /** @param {AbortSignal} signal */
  async load(signal) {
    return this.sql.trim() ? runSql(this.sql, signal) : null;
  }

  /** @param {Result | null} result */
  render(result) {
    if (!result) return fill(this.body);
    const names = result.columns.map((column) => column.name);
    const save = () => saveCsv("rows", names, result.rows.map((row) => names.map((name) => row[name])));
    fill(this.body,
      h("div", { class: "card-head" },
        h("p", { class: "quiet num" }, `${whole.format(result.rows.length)} rows in ${whole.format(Math.round(result.milliseconds))} ms`),
        h("button", { type: "button", class: "button", on: { click: save } }, "CSV")),
      result.rows.length > SHOWN ? h("p", { class: "quiet" }, `The first ${whole.format(SHOWN)} are shown.`) : null,
      h("div", { class: "table-scroll tall", tabindex: "0", role: "region", "aria-label": "Rows" },
        table({ columns: names.map(columnOf(result)), rows: result.rows.slice(0, SHOWN), caption: "Rows" })));
  }
}

/** @param {Result} result */
function columnOf(result) {
  return (/** @type {string} */ name) => ({
    label: name, value: (/** @type {Row} */ row) => row[name],
    show: (/** @type {Row} */ row) => shown(row[name]),
    is_number: typeof result.rows[0]?.[name] === "number",
  });
}

/** @param {unknown} value */
function shown(value) {
  if (value === null || value === undefined) return "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

class SqlPage extends HTMLElement {
  #text = h("textarea", { rows: "9", spellcheck: "false", autocomplete: "off", "aria-label": "SQL statement" });
  #rows = /** @type {Rows} */ (document.createElement("ff-rows"));
  #tables = h("p", { class: "quiet" });

  connectedCallback() {
    this.#text.value = new URLSearchParams(location.search).get("sql") ?? "";
    this.#text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#run();
    });
    this.append(
      h("section", { class: "card sql-card" },
        h("form", { class: "stack", on: { submit: (event) => (event.preventDefault(), this.#run()) } }, this.#text,
          h("div", { class: "buttons" }, this.#tables,
            h("button", { type: "submit", class: "button primary", title: "Ctrl + Enter" }, "Run")))),
      h("section", { class: "card" }, this.#rows));
    void this.#listTables();
    if (this.#text.value) this.#run();
  }

  #run() {
    this.#rows.sql = this.#text.value;
    const url = `/sql?${new URLSearchParams({ sql: this.#text.value })}`;
    if (url !== location.pathname + location.search) history.replaceState(null, "", url);
    void this.#rows.reload();
  }

  async #listTables() {
    try {
      const names = (await listSources()).map((source) => source.name);
      fill(this.#tables, "Tables: ", ...names.map((name) => h("code", {}, `${name} `)), "· read only");
      const asked = new URLSearchParams(location.search).get("source") ?? "";
      const name = names.includes(asked) ? asked : names[0];
      if (!this.#text.value && name)
        this.#text.value = `SELECT name, count(*) AS n\nFROM ${name}\nGROUP BY name\nORDER BY n DESC`;
    } catch (error) {
      this.#tables.textContent = error instanceof Error ? error.message : String(error);
    }
  }
}

customElements.define("ff-rows", Rows);
customElements.define("ff-sql", SqlPage);
