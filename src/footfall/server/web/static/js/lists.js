// @ts-check
/** Cards of ranked lists: one tab is loaded at a time, a click on a row filters. */

/** @import { Condition, Result, Row, State } from "./types.js" */
/** @import { Value } from "./row-menu.js" */
import { pageFilter, pageQuery, runQuery } from "./api.js";
import { fill, h } from "./dom.js";
import { fieldLabel, valueLabel, valueMark } from "./fields.js";
import { formatPercent, formatShort, formatValue } from "./format.js";
import { counted } from "./metrics.js";
import { Part } from "./part.js";
import { filterBy, openRowMenu, showEvents } from "./row-menu.js";
import { currentSource } from "./sources.js";
import { store } from "./state.js";

const N_ROWS = 8;

/** Moves from page to page within the source would outnumber all that come from elsewhere. */
const FROM_OUTSIDE = [{ field: "channel", operator: "is_not", value: "internal" }];

/**
 * `among` narrows a list to the events that it is about.
 * @typedef {{field: string, label: string, among?: Condition[]}} Tab
 */

/** @type {Record<string, {title: string, tabs: Tab[]}>} */
const CARDS = {
  content: { title: "Pages", tabs: [
    { field: "path", label: "Pages" }, { field: "title", label: "Titles" }, { field: "host", label: "Hosts" }] },
  events: { title: "Events", tabs: [{ field: "name", label: "Events" }] },
  origins: { title: "Origins", tabs: [
    { field: "channel", label: "Channels", among: FROM_OUTSIDE },
    { field: "referrer_host", label: "Referrers", among: FROM_OUTSIDE },
    { field: "utm_campaign", label: "Campaigns" }] },
  places: { title: "Places", tabs: [
    { field: "country", label: "Countries" }, { field: "city", label: "Cities" }, { field: "language", label: "Languages" }] },
  technology: { title: "Technology", tabs: [
    { field: "browser", label: "Browsers" }, { field: "os", label: "Operating systems" },
    { field: "device", label: "Devices" }] },
};

/** Conditions that the list of a field is narrowed by. @param {string} field @returns {Condition[]} */
export function among(field) {
  const tabs = Object.values(CARDS).flatMap((card) => card.tabs);
  return tabs.find((tab) => tab.field === field)?.among ?? [];
}

/** @extends {Part<Result>} */
class List extends Part {
  static depends = /** @type {(keyof State)[]} */ ([...Part.depends, "metric"]);

  #tabs = h("div", { class: "tabs", role: "tablist" });
  #order = "-";

  build() {
    const { title } = CARDS[this.card];
    this.#tabs.setAttribute("aria-label", title);
    this.#tabs.addEventListener("keydown", (event) => this.#onKey(event));
    this.body.setAttribute("role", "tabpanel");
    this.append(h("div", { class: "card-head" }, this.#tabs), this.body);
    this.#drawTabs();
  }

  get card() {
    return this.getAttribute("card") ?? "content";
  }

  get #all() {
    const { tabs } = CARDS[this.card];
    if (this.card !== "events") return tabs;
    const declared = Object.entries(currentSource()?.properties ?? {});
    const named = declared.filter(([, type]) => type === "text" || type === "bool").slice(0, 3);
    return [...tabs, ...named.map(([key]) => ({ field: `properties.${key}`, label: key }))];
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

  /** @param {AbortSignal} signal */
  load(signal) {
    const { metric } = counted(store.state.metric);
    return runQuery(pageQuery(store.state, currentSource(), {
      metrics: [metric], dimensions: [this.field], order: this.#order + metric, limit: N_ROWS,
      filter: pageFilter(store.state, among(this.field)),
    }), signal);
  }

  skeleton() {
    return [h("ol", { class: "rows" }, ...Array.from({ length: N_ROWS }, () => h("li", { class: "skeleton row" })))];
  }

  /** @param {Result} result */
  render(result) {
    const { metric } = counted(store.state.metric);
    const rows = result.rows.filter((row) => !row.is_other);
    const focused = this.contains(document.activeElement) ? document.activeElement?.getAttribute("data-key") : null;
    if (rows.length === 0) return fill(this.body, h("p", { class: "quiet nothing" }, "Nothing in this period."));
    const most = Math.max(...rows.map((row) => Number(row[metric] ?? 0)), 1);
    fill(this.body, this.#head(), h("ol", { class: "rows" }, ...rows.map((row) => this.#row(row, metric, most, result))),
      h("div", { class: "card-foot" }, h("button", {
        type: "button", class: "link", on: { click: () => store.set({ all: this.field }) },
        "aria-label": `Show all: ${fieldLabel(this.field)}`,
      }, "Show all"), among(this.field).length > 0 ? h("span", { class: "quiet" }, "moves within the source left out") : null));
    if (focused) /** @type {HTMLElement | null} */ (this.querySelector(`[data-key="${CSS.escape(focused)}"]`))?.focus();
  }

  #head() {
    const { label } = counted(store.state.metric);
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
    const value = { field: this.field, value: row[this.field], range: result.range, sql: result.sql, among: among(this.field) };
    return h("li", { class: "row" },
      h("span", { class: "bar", "aria-hidden": "true", style: { width: `${(100 * amount) / most}%` } }),
      rowName(value),
      h("button", { type: "button", class: "row-number num", title: `${formatValue(amount, "count")}: show the events`,
        "data-key": `n:${row[this.field]}`,
        "aria-label": `${formatValue(amount, "count")}: events with ${valueLabel(this.field, row[this.field])}`,
        on: { click: () => showEvents(value) } }, formatShort(amount, "count")),
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
    /** @type {HTMLElement | null} */ (this.#tabs.querySelector("[aria-selected=true]"))?.focus();
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
