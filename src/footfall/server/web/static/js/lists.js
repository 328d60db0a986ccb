// @ts-check
/** Cards of ranked lists: one tab is loaded at a time, a click on a row filters. */

/** @import { Result, Row, State } from "./types.js" */
/** @import { Value } from "./row-menu.js" */
import { pageFilter, pageQuery, runQuery } from "./api.js";
import { among, cardTitle, leftOut, listsOf } from "./cards.js";
import { fill, h } from "./dom.js";
import { hasEvents } from "./embed.js";
import { conditionField, fieldLabel, valueLabel, valueMark } from "./fields.js";
import { formatPercent, formatShort, formatValue } from "./format.js";
import { menu } from "./menu.js";
import { countedBy } from "./metrics.js";
import { Part } from "./part.js";
import { countButton, filterBy, openRowMenu } from "./row-menu.js";
import { currentSource } from "./sources.js";
import { store } from "./state.js";

const N_ROWS = 8;

/** `left_out` says what of the period is not in the list; empty for nothing. @typedef {{result: Result, left_out: string}} Ranked */

/** @extends {Part<Ranked>} */
class List extends Part {
  static depends = /** @type {(keyof State)[]} */ ([...Part.depends, "metric"]);

  #tabs = h("div", { class: "tabs", role: "tablist" });
  #more = menu();
  #order = "-";

  build() {
    const title = cardTitle(this.card);
    this.#tabs.setAttribute("aria-label", title);
    this.#more.classList.add("more-menu");
    this.#more.label("More", `More lists: ${title}`);
    this.#more.items = () => this.#lists.more.map(({ field, label }) => ({
      id: field, label, is_chosen: field === this.field, choose: () => this.#choose(field),
    }));
    this.#tabs.addEventListener("keydown", (event) => this.#onKey(event));
    this.body.setAttribute("role", "tabpanel");
    this.append(h("div", { class: "card-head" }, this.#tabs, this.#lists.more.length > 0 ? this.#more : null), this.body);
    this.#drawTabs();
  }

  get card() {
    return this.getAttribute("card") ?? "content";
  }

  get #lists() {
    return listsOf(this.card, currentSource());
  }

  /** Tabs to be shown: a list from behind "More" has one as long as it is chosen. */
  get #all() {
    const { tabs, more } = this.#lists;
    return [...tabs, ...more.filter((tab) => tab.field === store.state.tabs[this.card])];
  }

  get field() {
    const chosen = store.state.tabs[this.card];
    return (this.#all.find((tab) => tab.field === chosen) ?? this.#all[0]).field;
  }

  /** @param {Set<keyof State>} changed */
  changed(changed) {
    super.changed(changed);
    const is_drawn = this.#tabs.querySelector("[aria-selected=true]")?.getAttribute("data-field");
    if (!changed.has("tabs") || is_drawn === this.field) return;
    this.#drawTabs();
    void this.reload();
  }

  /** @param {AbortSignal} signal @returns {Promise<Ranked>} */
  async load(signal) {
    const [result, left_out] = await Promise.all([this.#rank(signal), whatIsLeftOut(this.field, signal)]);
    return { result, left_out };
  }

  /** @param {AbortSignal} signal */
  #rank(signal) {
    const { metric } = countedBy(this.field, store.state.metric);
    return runQuery(pageQuery(store.state, currentSource(), {
      metrics: [metric], dimensions: [this.field], order: this.#order + metric, limit: N_ROWS,
      filter: pageFilter(store.state, among(this.field)),
    }), signal);
  }

  skeleton() {
    return [h("ol", { class: "rows" }, ...Array.from({ length: N_ROWS }, () => h("li", { class: "skeleton row" })))];
  }

  /** @param {Ranked} ranked */
  render({ result, left_out }) {
    const { metric } = countedBy(this.field, store.state.metric);
    const rows = result.rows.filter((row) => !row.is_other);
    const focused = this.contains(document.activeElement) ? document.activeElement?.getAttribute("data-key") : null;
    const foot = this.#foot(rows.length < result.rows.length, left_out);
    if (rows.length === 0) return fill(this.body, nothing("Nothing in this period."), foot);
    if (rows.every((row) => row[this.field] === null)) return fill(this.body, nothing("No values."), foot);
    const most = Math.max(...rows.map((row) => Number(row[metric] ?? 0)), 1);
    fill(this.body, this.#head(), h("ol", { class: "rows" }, ...rows.map((row) => this.#row(row, metric, most, result))), foot);
    if (focused) /** @type {HTMLElement | null} */ (this.querySelector(`[data-key="${CSS.escape(focused)}"]`))?.focus();
  }

  /** @param {boolean} has_more @param {string} left_out */
  #foot(has_more, left_out) {
    if (!has_more && !left_out) return null;
    const all = () => h("button", {
      type: "button", class: "link", on: { click: () => store.set({ all: this.field }) },
      "aria-label": `Show all: ${fieldLabel(this.field)}`,
    }, "Show all");
    return h("div", { class: "card-foot" }, has_more ? all() : null, left_out ? h("span", { class: "quiet" }, `${left_out} left out`) : null);
  }

  #head() {
    const { label } = countedBy(this.field, store.state.metric);
    const is_down = this.#order === "-";
    const turn = () => {
      this.#order = is_down ? "" : "-";
      void this.reload({ quiet: true });
    };
    return h("div", { class: "rows-head" }, h("span", {}, fieldLabel(this.field)),
      h("button", { type: "button", class: "sort", "data-key": "sort", on: { click: turn },
        "aria-label": `${label}, ${is_down ? "most" : "fewest"} first: turn round` },
      label, h("span", { class: "sort-mark", "aria-hidden": "true" }, is_down ? "↓" : "↑")), h("span", { class: "share" }, "%"));
  }

  /** @param {Row} row @param {string} metric @param {number} most @param {Result} result */
  #row(row, metric, most, result) {
    const amount = Number(row[metric] ?? 0);
    const total = Number(result.totals[metric] ?? 0);
    const value = { field: conditionField(this.field), value: row[this.field], range: result.time_range, sql: result.sql, among: among(this.field) };
    return h("li", { class: "row" },
      h("span", { class: "bar", "aria-hidden": "true", style: { width: `${(100 * amount) / most}%` } }),
      rowName(value),
      countButton(value, formatShort(amount, "count"), {
        title: formatValue(amount, "count") + (hasEvents() ? ": show the events" : ""), "data-key": `n:${row[this.field]}`,
        "aria-label": `${formatValue(amount, "count")}: events with ${valueLabel(this.field, row[this.field])}` }),
      h("span", { class: "share num" }, total > 0 ? formatPercent(amount / total) : ""));
  }

  #drawTabs() {
    fill(this.#tabs, ...this.#all.map(({ field, label }) => {
      const is_chosen = field === this.field;
      return h("button", {
        type: "button", role: "tab", class: "tab", "aria-selected": String(is_chosen), "data-field": field,
        tabindex: is_chosen ? "0" : "-1", on: { click: () => this.#choose(field) },
      }, label);
    }));
  }

  /** @param {string} field */
  #choose(field) {
    store.set({ tabs: { ...store.state.tabs, [this.card]: field } }, { replace: true });
    const tab = /** @type {HTMLElement | null} */ (this.#tabs.querySelector("[aria-selected=true]"));
    tab?.focus();
    tab?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = this.#all.findIndex((tab) => tab.field === this.field);
    this.#choose(this.#all[(at + step + this.#all.length) % this.#all.length].field);
  }
}

/** @param {string} text */
function nothing(text) {
  return h("p", { class: "quiet nothing" }, text);
}

/** In words, where there is any of it. @param {string} field @param {AbortSignal} signal @returns {Promise<string>} */
async function whatIsLeftOut(field, signal) {
  const found = leftOut(field);
  if (!found) return "";
  const { totals } = await runQuery(pageQuery(store.state, currentSource(), {
    metrics: ["events"], filter: pageFilter(store.state, [found.condition]),
  }), signal);
  return Number(totals.events ?? 0) > 0 ? found.text : "";
}

/** A value that filters when it is clicked. @param {Value} item @param {() => void} [then] */
export function rowName(item, then) {
  const mark = valueMark(item.field, item.value);
  const label = valueLabel(item.field, item.value);
  return h("button", {
    type: "button", class: "row-name", title: label, "data-key": `v:${item.value}`,
    "aria-keyshortcuts": "Enter Alt+Enter", on: {
      click: (event) => (filterBy(item, event), then?.()),
      keydown: (event) => {
        if (event.key !== "Enter" || !event.altKey) return;
        event.preventDefault();
        filterBy(item, event);
        then?.();
      },
      contextmenu: (event) => openRowMenu(event, item),
    },
  }, mark ? h("span", { class: "mark", "aria-hidden": "true" }, mark) : null,
  h("span", { class: item.value === null ? "row-text none" : "row-text" }, label));
}

customElements.define("ff-list", List);
