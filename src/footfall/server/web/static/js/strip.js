// @ts-check
/** The strip of headline numbers; a click on one draws it in the chart. */

/** @import { Headline } from "./metrics.js" */
/** @import { Result } from "./types.js" */
import { pageQuery, runQuery } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { openEvents } from "./drawer.js";
import { embed, hasEvents } from "./embed.js";
import { changeOf, formatDay, formatShort, formatValue } from "./format.js";
import { HEADLINES } from "./metrics.js";
import { Part } from "./part.js";
import { choosePeriod } from "./controls.js";
import { comparison } from "./period.js";
import { currentSource } from "./sources.js";
import { store } from "./state.js";

/**
 * `before` has the earlier period's numbers, null where it had no events; while the period is
 * still running, those it had by the same time.
 * @typedef {{result: Result, before: import("./types.js").Row | null, is_cut: boolean}} Numbers
 */

/** @extends {Part<Numbers>} */
class Strip extends Part {
  static depends = /** @type {(keyof import("./types.js").State)[]} */ ([...Part.depends, "compare"]);

  /** @param {AbortSignal} signal @returns {Promise<Numbers>} */
  async load(signal) {
    const metrics = HEADLINES.map((item) => item.metric);
    const asked = pageQuery(store.state, currentSource(), { metrics, compare: comparison(store.state) });
    const result = await runQuery(asked, signal);
    const before = result.comparison?.rows.find((row) => row.events) ?? null;
    return { result, before, is_cut: isRunning(result, Date.now()) };
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

  /** @param {Numbers} numbers */
  render(numbers) {
    const focused = this.contains(document.activeElement) ? document.activeElement?.getAttribute("data-key") : null;
    const now = numbers.result.rows[0] ?? {};
    fill(this.body,
      h("div", { class: "strip", role: "group", "aria-label": "Headline numbers" },
        ...HEADLINES.map((item) => cell(item, numbers))),
      now.events === 0 ? nothingHere() : null);
    if (focused) /** @type {HTMLElement | null} */ (this.querySelector(`[data-key="${focused}"]`))?.focus();
  }
}

/** Whether a period has begun and not ended. @param {Result} result @param {number} now */
function isRunning({ time_range }, now) {
  return now > Date.parse(time_range.start) && now < Date.parse(time_range.end);
}

/** @param {Headline} item @param {Numbers} numbers */
function cell(item, { result, before, is_cut }) {
  const value = result.rows[0]?.[item.metric];
  const is_chosen = item.id === store.state.metric;
  const open = () => openEvents({ title: item.label, range: result.time_range, conditions: [], sql: result.sql });
  return h("div", { class: is_chosen ? "headline chosen" : "headline" },
    h("button", {
      type: "button", class: "headline-main", "aria-pressed": String(is_chosen), title: item.hint,
      "data-metric": item.id, "data-key": item.id, on: { click: () => store.set({ metric: item.id }) },
    },
    h("span", { class: "headline-label" }, item.label),
    h("span", { class: "headline-value num", title: formatValue(value, item.kind) }, formatShort(value, item.kind, 1e6)),
    before ? changeLine(item, value, before[item.metric], is_cut) : null),
    !hasEvents() ? null : h("button", {
      type: "button", class: "headline-open", title: "Events behind this number", "data-key": `${item.id}-open`,
      "aria-label": `Events behind ${item.label}`, on: { click: open },
    }, icon("list")));
}

/**
 * @param {Headline} item @param {import("./types.js").Cell} value
 * @param {import("./types.js").Cell} before @param {boolean} is_cut
 */
function changeLine(item, value, before, is_cut) {
  if (typeof before !== "number") return null;
  const change = changeOf(value, before, item.kind);
  const shown = h("span", { class: "num", title: is_cut ? "By the same time of the earlier period" : "In the earlier period" },
    `from ${formatShort(before, item.kind)}`);
  if (change === null) return h("span", { class: "change" }, shown);
  const { is_flat, amount, size } = change;
  const look = is_flat ? "flat" : amount > 0 === item.is_better_up ? "good" : "bad";
  const arrow = is_flat ? "" : amount > 0 ? "↑" : "↓";
  return h("span", { class: "change" },
    h("span", { class: `delta num ${look}` }, `${arrow} ${size}`.trim(),
      h("span", { class: "visually-hidden" }, is_flat ? ", as before" : amount > 0 ? " more" : " less")), " ", shown);
}

/** Where the events are, when they are not in this period. */
function nothingHere() {
  const source = currentSource();
  if (store.state.filters.length > 0)
    return h("p", { class: "notice" }, "No events match these filters in this period. ",
      h("button", { type: "button", class: "link", on: { click: () => store.set({ filters: [] }) } }, "Clear the filters"));
  // The newest event of all may be one that a frame does not show.
  if (embed) return h("p", { class: "notice" }, "No events in this period.");
  if (!source?.last) return null;
  return h("p", { class: "notice" }, "No events in this period. The newest one is from ",
    h("strong", {}, formatDay(source.last, source.timezone)), ". ",
    h("button", { type: "button", class: "link", on: { click: () => choosePeriod("all") } }, "Show all time"));
}

customElements.define("ff-strip", Strip);
