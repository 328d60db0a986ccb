// @ts-check
/** The strip of headline numbers; a click on one draws it in the chart. */

/** @import { Headline } from "./metrics.js" */
/** @import { Result } from "./types.js" */
import { pageQuery, runQuery } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { openEvents } from "./drawer.js";
import { formatChange, formatDay, formatShort, formatValue, relativeChange } from "./format.js";
import { HEADLINES } from "./metrics.js";
import { Part } from "./part.js";
import { choosePeriod } from "./controls.js";
import { currentSource } from "./sources.js";
import { store } from "./state.js";

/** @extends {Part<Result>} */
class Strip extends Part {
  static depends = /** @type {(keyof import("./types.js").State)[]} */ ([...Part.depends, "compare"]);

  /** @param {AbortSignal} signal */
  load(signal) {
    const metrics = HEADLINES.map((item) => item.metric);
    return runQuery(pageQuery(store.state, currentSource(), { metrics, compare: store.state.compare || null }), signal);
  }

  /** @param {Set<keyof import("./types.js").State>} changed */
  changed(changed) {
    super.changed(changed);
    if (changed.has("metric") && this.data) this.render(this.data);
  }

  skeleton() {
    return [h("div", { class: "strip" }, ...HEADLINES.map((item) => h("div", { class: "headline" },
      h("div", { class: "headline-main" }, h("span", { class: "headline-label" }, item.label),
        h("span", { class: "skeleton number" }), h("span", { class: "skeleton change" })))))];
  }

  /** @param {Result} result */
  render(result) {
    const focused = this.contains(document.activeElement) ? document.activeElement?.getAttribute("data-key") : null;
    const now = result.rows[0] ?? {};
    const before = result.comparison ? result.comparison.rows[0] ?? {} : null;
    fill(this.body,
      h("div", { class: "strip", role: "group", "aria-label": "Headline numbers" },
        ...HEADLINES.map((item) => cell(item, now[item.metric], before?.[item.metric], result))),
      now.events === 0 ? nothingHere() : null);
    if (focused) /** @type {HTMLElement | null} */ (this.querySelector(`[data-key="${focused}"]`))?.focus();
  }
}

/**
 * @param {Headline} item @param {import("./types.js").Cell} value
 * @param {import("./types.js").Cell} before @param {Result} result
 */
function cell(item, value, before, result) {
  const is_chosen = item.id === store.state.metric;
  const open = () => openEvents({ title: item.label, range: result.range, conditions: [], sql: result.sql });
  return h("div", { class: is_chosen ? "headline chosen" : "headline" },
    h("button", {
      type: "button", class: "headline-main", "aria-pressed": String(is_chosen), title: item.hint,
      "data-metric": item.id, "data-key": item.id, on: { click: () => store.set({ metric: item.id }) },
    },
    h("span", { class: "headline-label" }, item.label),
    h("span", { class: "headline-value num", title: formatValue(value, item.kind) }, formatShort(value, item.kind, 1e6)),
    result.comparison ? changeLine(item, value, before) : null),
    h("button", {
      type: "button", class: "headline-open", title: "Events behind this number", "data-key": `${item.id}-open`,
      "aria-label": `Events behind ${item.label}`, on: { click: open },
    }, icon("list")));
}

/** @param {Headline} item @param {import("./types.js").Cell} value @param {import("./types.js").Cell} before */
function changeLine(item, value, before) {
  const change = relativeChange(value, before);
  const shown = h("span", { class: "before num" }, `from ${formatShort(before, item.kind)}`);
  if (change === null) return h("span", { class: "change" }, shown);
  const is_flat = Math.abs(change) < 0.005;
  const is_good = change > 0 === item.is_better_up;
  const look = is_flat ? "flat" : is_good ? "good" : "bad";
  const arrow = is_flat ? "" : change > 0 ? "↑" : "↓";
  return h("span", { class: "change" },
    h("span", { class: `delta num ${look}` }, `${arrow} ${formatChange(Math.abs(change)).replace("+", "")}`.trim(),
      h("span", { class: "visually-hidden" }, is_flat ? ", as before" : change > 0 ? " more" : " less")), " ", shown);
}

/** Where the events are, when they are not in this period. */
function nothingHere() {
  const source = currentSource();
  if (store.state.filters.length > 0)
    return h("p", { class: "notice" }, "No events match these filters in this period. ",
      h("button", { type: "button", class: "link", on: { click: () => store.set({ filters: [] }) } }, "Clear the filters"));
  if (!source?.last) return null;
  return h("p", { class: "notice" }, "No events in this period. The newest one is from ",
    h("strong", {}, formatDay(source.last, source.timezone)), ". ",
    h("button", { type: "button", class: "link", on: { click: () => choosePeriod("all") } }, "Show all time"));
}

customElements.define("ff-strip", Strip);
