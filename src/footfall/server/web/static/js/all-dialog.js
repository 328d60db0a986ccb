// @ts-check
/** The whole of a list: searched on the server, sorted by any column. */

/** @import { Condition, Result, Row, State } from "./types.js" */
import { pageFilter, pageQuery, runQuery } from "./api.js";
import { among } from "./cards.js";
import { fill, h } from "./dom.js";
import { conditionField, fieldLabel, isOfSessions, valueLabel } from "./fields.js";
import { formatPercent, formatValue } from "./format.js";
import { countedBy, countsBy } from "./metrics.js";
import { saveCsv } from "./export.js";
import { rowName } from "./lists.js";
import { Part } from "./part.js";
import { countButton } from "./row-menu.js";
import { currentSource } from "./sources.js";
import { store } from "./state.js";
import { table } from "./table.js";

const N_ROWS = 500;
const TYPING = 250;

/** @extends {Part<Result>} */
class WholeList extends Part {
  static is_live = false;
  search = "";

  get field() {
    return store.state.all;
  }

  /** @param {AbortSignal} signal */
  load(signal) {
    const { metric } = countedBy(this.field, store.state.metric);
    /** @type {Condition[]} */
    const found = this.search && !isOfSessions(this.field) ? [{ field: this.field, operator: "contains", value: this.search }] : [];
    return runQuery(pageQuery(store.state, currentSource(), {
      metrics: countsBy(this.field).map((item) => item.metric), dimensions: [this.field], order: `-${metric}`, limit: N_ROWS,
      filter: pageFilter(store.state, [...among(this.field), ...found]),
    }), signal);
  }

  skeleton() {
    return [h("ol", { class: "rows" }, ...Array.from({ length: 12 }, () => h("li", { class: "skeleton row" })))];
  }

  /** @param {Result} result */
  render(result) {
    const { field } = this;
    const counts = countsBy(field);
    const rows = result.rows.filter((row) => !row.is_other && this.#matches(row));
    const value = (/** @type {Row} */ row) => ({ field: conditionField(field), value: row[field], range: result.time_range, sql: result.sql, among: among(field) });
    const close = () => this.closest("dialog")?.close();
    const shown = countedBy(this.field, store.state.metric).metric;
    const columns = [
      { label: fieldLabel(field), value: (/** @type {Row} */ row) => valueLabel(field, row[field]),
        show: (/** @type {Row} */ row) => rowName(value(row), close) },
      ...counts.map(({ label, metric }) => ({
        label, is_number: true, value: (/** @type {Row} */ row) => row[metric],
        show: (/** @type {Row} */ row) => countButton(value(row), formatValue(row[metric], "count")),
      })),
      { label: "Share", is_number: true, value: (/** @type {Row} */ row) => row[shown],
        show: (/** @type {Row} */ row) => formatPercent(Number(row[shown]) / Math.max(1, Number(result.totals[shown]))) },
    ];
    const sort = 1 + counts.findIndex((item) => item.metric === shown);
    fill(this.body, rows.length === 0 ? h("p", { class: "quiet nothing" }, "Nothing matches.")
      : table({ columns, rows, caption: fieldLabel(field), sort }),
    result.rows.some((row) => row.is_other) ? h("p", { class: "quiet" }, `The first ${rows.length}; search to find others.`) : null);
  }

  /** What describes sessions is no condition on events, so it is searched here. @param {Row} row */
  #matches(row) {
    return !isOfSessions(this.field) || String(row[this.field] ?? "").includes(this.search);
  }

  save() {
    const metrics = countsBy(this.field).map(({ metric }) => metric);
    const rows = (this.data?.rows ?? []).map((row) => [row[this.field], ...metrics.map((metric) => row[metric])]);
    saveCsv(`${store.state.source}-${this.field}`, [this.field, ...metrics], rows);
  }
}

customElements.define("ff-whole-list", WholeList);

/** @type {HTMLDialogElement | null} */
let open = null;

/** Open or close the dialog as the URL says. */
export function followAll() {
  const sync = () => {
    if (store.state.all && !open) open = show(store.state.all);
    else if (!store.state.all) open?.close();
  };
  store.subscribe((/** @type {Set<keyof State>} */ changed) => changed.has("all") && sync());
  sync();
}

/** @param {string} field */
function show(field) {
  const list = /** @type {WholeList} */ (document.createElement("ff-whole-list"));
  /** @type {number | undefined} */
  let typing;
  const search = h("input", {
    type: "search", placeholder: "Search", "aria-label": `Search ${fieldLabel(field)}`, autocomplete: "off", on: {
      input: () => {
        clearTimeout(typing);
        typing = setTimeout(() => {
          list.search = search.value.trim();
          void list.reload({ quiet: true });
        }, TYPING);
      },
    },
  });
  const dialog = h("dialog", { class: "dialog wide", "aria-labelledby": "all-title", on: { close: () => {
    open = null;
    dialog.remove();
    if (store.state.all) store.set({ all: "" }, { replace: true });
  } } },
  h("div", { class: "dialog-head" }, h("h2", { id: "all-title" }, fieldLabel(field)), search,
    h("button", { type: "button", class: "button", on: { click: () => list.save() } }, "CSV"),
    h("button", { type: "button", class: "button", on: { click: () => dialog.close() } }, "Close")),
  list);
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
