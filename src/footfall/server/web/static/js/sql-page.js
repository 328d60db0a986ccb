// @ts-check
/** A statement, its rows as a table and as CSV; the statement is in the URL. */

/** @import { Cell, Result, Row, Source } from "./types.js" */
import { runSql } from "./api.js";
import { fill, h } from "./dom.js";
import { saveCsv } from "./export.js";
import { Part } from "./part.js";
import { firstSource, loadSources } from "./sources.js";
import { drawSources, examples } from "./sql-sources.js";
import { table } from "./table.js";
import "./theme-button.js";

const SHOWN = 1000;
/** Longer texts may be cut to stay on their line. */
const LONG = 40;
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
    if (!result) return fill(this.body, h("p", { class: "quiet nothing" }, "The rows of a statement show here."));
    const names = result.columns.map((column) => column.name);
    const save = () => saveCsv("rows", names, result.rows.map((row) => names.map((name) => row[name])));
    fill(this.body,
      h("div", { class: "card-head" }, h("p", { class: "quiet num" }, summary(result)),
        h("button", { type: "button", class: "button", on: { click: save } }, "Download CSV")),
      h("div", { class: "table-scroll tall sql-rows", tabindex: "0", role: "region", "aria-label": "Rows" },
        table({ columns: result.columns.map(columnOf), rows: result.rows.slice(0, SHOWN), caption: "Rows" })));
  }
}

/** How many rows, how fast, and how many of them are shown. @param {Result} result */
function summary({ rows, milliseconds }) {
  const found = `${whole.format(rows.length)} ${rows.length === 1 ? "row" : "rows"} in ${whole.format(Math.round(milliseconds))} ms.`;
  return rows.length > SHOWN ? `${found} The first ${whole.format(SHOWN)} are shown; the file has all.` : found;
}

/** @param {{name: string, type: string}} column */
function columnOf({ name, type }) {
  return {
    label: name, value: (/** @type {Row} */ row) => row[name],
    show: (/** @type {Row} */ row) => shown(row[name], type),
    is_number: type === "int" || type === "float", is_whole: type === "time" || type === "date",
  };
}

/** @param {Cell} value @param {string} type */
function shown(value, type) {
  if (value === null || value === undefined) return "–";
  if (type === "time") return moment(String(value));
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.length > LONG ? h("span", { title: text }, text) : text;
}

/** `2026-05-17 10:05:03.25Z`, without zeros that say nothing. @param {string} text */
function moment(text) {
  return text.replace("T", " ").replace("+00:00", "Z").replace(/(\.\d*?)0+Z$/, (_, kept) => (kept === "." ? "Z" : `${kept}Z`));
}

class SqlPage extends HTMLElement {
  #text = h("textarea", { rows: "11", spellcheck: "false", autocomplete: "off", "aria-label": "SQL statement" });
  #rows = /** @type {Rows} */ (document.createElement("ff-rows"));
  #examples = h("div", { class: "sql-examples" });
  #sources = h("div", { class: "sql-sources" });

  connectedCallback() {
    this.#text.value = new URLSearchParams(location.search).get("sql") ?? "";
    this.#text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#run();
    });
    this.append(h("div", { class: "sql-ask" }, this.#statement(), this.#tables()), h("section", { class: "card" }, this.#rows));
    void this.#listSources();
    if (this.#text.value) this.#run();
  }

  #statement() {
    return h("section", { class: "card sql-card", "aria-label": "Statement" },
      h("form", { class: "stack", on: { submit: (event) => (event.preventDefault(), this.#run()) } }, this.#text,
        h("div", { class: "buttons" }, this.#examples,
          h("span", { class: "quiet" }, "read only"),
          h("button", { type: "submit", class: "button primary", "aria-keyshortcuts": "Control+Enter" }, "Run ", h("kbd", {}, "Ctrl ↵")))));
  }

  #tables() {
    return h("section", { class: "card sql-tables", "aria-labelledby": "sql-tables" },
      h("h2", { id: "sql-tables" }, "Sources"),
      h("p", { class: "quiet" }, "Each is a table. A click puts a name into the statement."), this.#sources);
  }

  #run() {
    this.#rows.sql = this.#text.value;
    const url = `/sql?${new URLSearchParams({ sql: this.#text.value })}`;
    if (url !== location.pathname + location.search) history.replaceState(null, "", url);
    void this.#rows.reload();
  }

  async #listSources() {
    try {
      const sources = await loadSources();
      const asked = new URLSearchParams(location.search).get("source") ?? "";
      const chosen = sources.find((source) => source.name === asked) ?? firstSource();
      drawSources(this.#sources, sources, chosen?.name ?? "", (text) => this.#insert(text));
      if (chosen) this.#offer(chosen);
      else fill(this.#sources, h("p", { class: "quiet" }, "There is no source yet; ", h("a", { href: "/" }, "add the first one"), "."));
    } catch (error) {
      fill(this.#sources, h("p", { class: "problem" }, error instanceof Error ? error.message : String(error)));
    }
  }

  /** @param {Source} source */
  #offer(source) {
    const all = examples(source);
    // Whoever has begun to write is not interrupted.
    if (!this.#text.value && !this.#text.matches(":focus")) this.#text.value = all[0].sql;
    fill(this.#examples, h("span", { class: "quiet" }, "Try"), ...all.map(({ label, sql }) =>
      h("button", { type: "button", class: "link", on: { click: () => {
        this.#write(() => this.#text.select(), sql);
        this.#run();
      } } }, label)));
  }

  /** @param {string} text */
  #insert(text) {
    const { value, selectionStart: at } = this.#text;
    // A name that would grow together with the word before it gets a space.
    const gap = at > 0 && /[\w"]/.test(value[at - 1]) ? " " : "";
    this.#write(() => {}, gap + text);
  }

  /** Write as if it were typed, so that Ctrl + Z takes it back. @param {() => void} choose @param {string} text */
  #write(choose, text) {
    this.#text.focus();
    choose();
    if (!document.execCommand("insertText", false, text)) this.#text.setRangeText(text, this.#text.selectionStart, this.#text.selectionEnd, "end");
  }
}

customElements.define("ff-rows", Rows);
customElements.define("ff-sql", SqlPage);
