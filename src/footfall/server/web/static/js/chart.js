// @ts-check
/** The main chart: one headline number over time, read by pointer, keyboard or as a table. */

/** @import { Kind } from "./format.js" */
/** @import { Plot } from "./line-chart.js" */
/** @import { Bucket, Cell, Result, State } from "./types.js" */
import { pageQuery, runQuery } from "./api.js";
import { fill, h, s } from "./dom.js";
import { openEvents } from "./drawer.js";
import { saveCsv, savePng, saveSvg } from "./export.js";
import { axisLabel, bucketLabel, changeOf, formatValue } from "./format.js";
import { drawLine } from "./line-chart.js";
import { menu } from "./menu.js";
import { headline } from "./metrics.js";
import { Part } from "./part.js";
import { comparison, granularities, granularity } from "./period.js";
import { periodLabel } from "./controls.js";
import { CLOCK_STEPS } from "./scale.js";
import { currentSource } from "./sources.js";
import { store } from "./state.js";
import { table } from "./table.js";
import { chartTools } from "./tools.js";

/** @typedef {{bucket: Bucket, before: Bucket | null, value: number | null, earlier: number | null}} Line */

/** A day and the hour that a change of the clock may add: times of more than that need their day. */
const ONE_DAY = 25 * 3_600_000;

/** @extends {Part<Result>} */
class Chart extends Part {
  static depends = /** @type {(keyof State)[]} */ ([...Part.depends, "compare", "metric", "granularity"]);

  #buckets = menu();
  #legend = h("div", { class: "legend" });
  #readout = h("div", { class: "readout", hidden: true });
  #area = h("div", { class: "plot-area" });
  #resize = new ResizeObserver(() => this.data && this.#draw(this.data));
  #tools = chartTools({
    is_table: () => store.state.view === "table",
    toggle: () => store.set({ view: store.state.view === "table" ? "chart" : "table" }, { replace: true }),
    svg: () => this.#withPlot((svg) => saveSvg(this.#fileName, this.#title, svg)),
    png: () => this.#withPlot((svg) => savePng(this.#fileName, this.#title, svg)),
    csv: () => this.#saveCsv(),
  });
  /** @type {Plot | null} */ #plot = null;
  /** @type {Line[]} */ #lines = [];
  #active = -1;
  #opens = false;

  build() {
    this.#buckets.items = () => granularities(store.state, currentSource()).map((id) => ({
      id, label: capital(id), is_chosen: id === this.#granularity, choose: () => store.set({ granularity: id }),
    }));
    this.append(h("div", { class: "chart-head" }, this.#legend, this.#buckets, this.#tools.element), this.body);
    this.#area.append(this.#readout);
    this.#listen();
  }

  get #granularity() {
    return granularity(store.state, currentSource());
  }

  get #zone() {
    return this.data?.time_range.timezone ?? "UTC";
  }

  get #title() {
    return `${headline(store.state.metric).label}, ${periodLabel()}, ${store.state.source}`;
  }

  get #fileName() {
    return `${store.state.source}-${store.state.metric}-${this.#granularity}`;
  }

  /** @param {AbortSignal} signal */
  load(signal) {
    const { metric } = headline(store.state.metric);
    this.#buckets.label(`by ${this.#granularity}`, "Granularity");
    if (!this.data) fill(this.#legend, h("h2", {}, headline(store.state.metric).label));
    return runQuery(pageQuery(store.state, currentSource(), {
      metrics: [metric], granularity: this.#granularity, compare: comparison(store.state),
    }), signal);
  }

  /** @param {Set<keyof State>} changed */
  changed(changed) {
    super.changed(changed);
    if (changed.has("view")) {
      this.#tools.say();
      if (this.data) this.render(this.data);
    }
  }

  skeleton() {
    return [h("div", { class: "skeleton plot-area" })];
  }

  /** @param {Result} result */
  render(result) {
    this.#lines = lines(result, headline(store.state.metric).metric);
    fill(this.#legend, h("h2", {}, headline(store.state.metric).label), ...legend(this.#lines));
    this.#resize.disconnect();
    if (store.state.view === "table") fill(this.body, this.#table());
    else {
      // Putting the area in anew would take the focus from whoever reads it by keyboard.
      if (!this.#area.isConnected) fill(this.body, this.#area);
      this.#draw(result);
      this.#resize.observe(this.#area);
    }
  }

  /** @param {Result} result */
  #draw(result) {
    const { kind } = headline(store.state.metric);
    const width = this.#area.clientWidth;
    if (width === 0) return;
    const spans_days = Date.parse(result.time_range.end) - Date.parse(result.time_range.start) > ONE_DAY;
    const point = (/** @type {Bucket | null} */ bucket, /** @type {number | null} */ value) => ({
      value, is_partial: bucket?.is_partial ?? false,
      ...(bucket ? axisLabel(bucket, this.#granularity, this.#zone, spans_days) : { axis: "", day: "" }),
    });
    this.#plot?.svg.remove();
    this.#plot = drawLine({
      width, height: this.#area.clientHeight, kind, steps: CLOCK_STEPS[this.#granularity],
      points: this.#lines.map((line) => point(line.bucket, line.value)),
      before: this.#lines.map((line) => point(line.before, line.earlier)),
    });
    this.#area.prepend(this.#plot.svg);
    this.#describe();
    if (this.#active >= 0) this.#read(Math.min(this.#active, this.#lines.length - 1));
  }

  #describe() {
    for (const [name, value] of Object.entries({
      role: "slider", tabindex: "0", "aria-label": `${this.#title}, by ${this.#granularity}`, "aria-valuemin": "0",
      "aria-valuemax": String(Math.max(0, this.#lines.length - 1)),
      "aria-valuenow": String(Math.max(0, this.#active)), "aria-valuetext": this.#text(Math.max(0, this.#active)),
    })) this.#area.setAttribute(name, value);
  }

  #listen() {
    const at = (/** @type {PointerEvent} */ event) =>
      this.#plot?.nearest(event.clientX - this.#area.getBoundingClientRect().left) ?? -1;
    this.#area.addEventListener("pointermove", (event) => this.#read(at(event)));
    this.#area.addEventListener("pointerleave", () => this.#area.matches(":focus-visible") || this.#read(-1));
    this.#area.addEventListener("blur", () => this.#read(-1));
    this.#area.addEventListener("pointerdown", (event) => {
      // A finger cannot hover: its first touch reads, its second opens.
      this.#opens = event.pointerType !== "touch" || at(event) === this.#active;
      this.#read(at(event));
    });
    this.#area.addEventListener("click", () => this.#opens && this.#open(this.#active));
    this.#area.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const last = this.#lines.length - 1;
    const from = this.#active < 0 ? (event.key === "ArrowLeft" ? last + 1 : -1) : this.#active;
    /** @type {Record<string, number>} */
    const steps = { ArrowRight: from + 1, ArrowLeft: from - 1, Home: 0, End: last };
    if (event.key === "Enter" && this.#active >= 0) this.#open(this.#active);
    else if (event.key === "Escape") this.#read(-1);
    else if (event.key in steps) this.#read(Math.min(last, Math.max(0, steps[event.key])));
    else return;
    event.preventDefault();
  }

  /** Show one bucket's numbers; -1 shows none. @param {number} i */
  #read(i) {
    this.#active = i;
    const plot = this.#plot;
    const line = this.#lines[i];
    plot?.svg.querySelector(".cursor")?.remove();
    this.#readout.hidden = !line || !plot;
    if (!line || !plot) return;
    plot.svg.append(cursor(plot, line, i, this.#area.clientHeight));
    fill(this.#readout, ...this.#rows(line));
    this.#readout.style.left = `${beside(plot.x(i), this.#readout.offsetWidth, this.#area.clientWidth)}px`;
    this.#describe();
  }

  /** @param {Line} line */
  #rows(line) {
    const { kind, is_better_up } = headline(store.state.metric);
    const change = changeIn(line, kind);
    const row = (/** @type {string} */ look, /** @type {Bucket} */ bucket, /** @type {number | null} */ value) =>
      h("div", { class: `readout-row ${look}` }, h("span", { class: "key", "aria-hidden": "true" }),
        h("span", {}, bucketLabel(bucket, this.#granularity, this.#zone) + (bucket.is_partial ? " (partial)" : "")),
        h("strong", { class: "num" }, formatValue(value, kind)));
    const look = !change || change.is_flat ? "flat" : change.amount > 0 === is_better_up ? "good" : "bad";
    return [row("now", line.bucket, line.value), line.before ? row("before", line.before, line.earlier) : null,
      change && h("div", { class: `delta num ${look}` }, change.text)]
      .filter((item) => item !== null);
  }

  /** @param {number} i */
  #text(i) {
    const line = this.#lines[i];
    if (!line) return "No numbers";
    const { kind } = headline(store.state.metric);
    const now = `${bucketLabel(line.bucket, this.#granularity, this.#zone)}: ${formatValue(line.value, kind)}`;
    return line.before ? `${now}, before ${formatValue(line.earlier, kind)}` : now;
  }

  /** @param {number} i */
  #open(i) {
    const line = this.#lines[i];
    if (!line || !this.data) return;
    openEvents({
      title: bucketLabel(line.bucket, this.#granularity, this.#zone), conditions: [], sql: this.data.sql,
      range: { start: line.bucket.start, end: line.bucket.end, timezone: this.#zone },
    });
  }

  #table() {
    const { label, kind } = headline(store.state.metric);
    const name = (/** @type {Bucket} */ bucket) => bucketLabel(bucket, this.#granularity, this.#zone);
    /** @type {import("./table.js").Column<Line>[]} */
    const columns = [
      { label: capital(this.#granularity), value: (line) => line.bucket.start,
        show: (line) => name(line.bucket) + (line.bucket.is_partial ? " (partial)" : "") },
      { label, value: (line) => line.value, show: (line) => formatValue(line.value, kind), is_number: true },
    ];
    if (this.#lines.some((line) => line.before)) columns.push(
      { label: "Before", value: (line) => line.before?.start, show: (line) => (line.before ? name(line.before) : null) },
      { label: `${label} before`, value: (line) => line.earlier, show: (line) => formatValue(line.earlier, kind), is_number: true },
      { label: "Change", value: (line) => changeIn(line, kind)?.amount ?? null, is_number: true,
        show: (line) => changeIn(line, kind)?.text ?? (line.bucket.is_partial ? h("span", { class: "quiet" }, "partial") : null) },
    );
    const rows = this.#lines.filter((line) => line.value !== null || line.earlier !== null);
    return h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": this.#title },
      table({ columns, rows, caption: this.#title }));
  }

  /** @param {(svg: SVGSVGElement) => void} act */
  #withPlot(act) {
    if (store.state.view === "table") store.set({ view: "chart" }, { replace: true });
    this.#read(-1);
    if (this.#plot) act(this.#plot.svg);
  }

  #saveCsv() {
    const { metric } = headline(store.state.metric);
    const has_before = this.#lines.some((line) => line.before);
    const rows = this.#lines.map((line) => {
      /** @type {Cell[]} */
      const cells = [line.bucket.start, line.bucket.end, line.bucket.is_partial, line.value];
      return has_before ? [...cells, line.before?.start, line.earlier] : cells;
    });
    const head = ["start", "end", "is_partial", metric];
    saveCsv(this.#fileName, has_before ? [...head, "start.before", `${metric}.before`] : head, rows);
  }
}

/** Buckets and numbers, the n-th beside the n-th of the earlier period. @param {Result} result @param {string} metric @returns {Line[]} */
function lines(result, metric) {
  const now = Date.now();
  // An earlier time without any events is no line at zero, but none.
  const has_earlier = result.comparison?.rows.some((row) => Boolean(row[metric]));
  const earlier = has_earlier ? result.comparison : null;
  return result.buckets.map((bucket, i) => ({
    bucket,
    before: earlier?.buckets[i] ?? null,
    // What lies ahead has no number yet, and zero would be one.
    value: Date.parse(bucket.start) > now ? null : number(result.rows[i]?.[metric]),
    earlier: number(earlier?.rows[i]?.[metric]),
  }));
}

/** @param {Cell} value */
function number(value) {
  return typeof value === "number" ? value : null;
}

/** @param {Line[]} lines */
function legend(lines) {
  const has_partial = lines.some((line) => line.bucket.is_partial);
  const item = (/** @type {string} */ look, /** @type {string} */ text) =>
    h("span", { class: `legend-item ${look}` }, h("span", { class: "key", "aria-hidden": "true" }), text);
  return [lines.some((line) => line.before) ? item("before", "earlier") : null, has_partial ? item("partial", "partial") : null];
}

/** @param {Plot} plot @param {Line} line @param {number} i @param {number} height */
function cursor(plot, line, i, height) {
  const x = plot.x(i);
  const dot = (/** @type {number | null} */ value, /** @type {string} */ look) =>
    value === null ? null : s("circle", { class: `point ${look}`, cx: x, cy: plot.y(value), r: 4 });
  return s("g", { class: "cursor" }, s("line", { class: "guide", x1: x, x2: x, y1: 8, y2: height - 26 }),
    dot(line.earlier, "before"), dot(line.value, "now"));
}

/** Where a readout does not hide what it is about. @param {number} x @param {number} width @param {number} room */
function beside(x, width, room) {
  const right = x + 14;
  return right + width <= room ? right : Math.max(0, x - 14 - width);
}

/** Change of a bucket; none of a partial one, which is not over. @param {Line} line @param {Kind} kind */
function changeIn(line, kind) {
  return line.bucket.is_partial ? null : changeOf(line.value, line.earlier, kind);
}

/** @param {string} text */
function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

customElements.define("ff-chart", Chart);
