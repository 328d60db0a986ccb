// @ts-check
/** When things happen: hours of the day by weekdays, read by pointer, keyboard or as a table. */

/** @import { Result, State } from "./types.js" */
import { pageQuery, runQuery } from "./api.js";
import { fill, h, s } from "./dom.js";
import { openEvents } from "./drawer.js";
import { saveCsv, savePng, saveSvg } from "./export.js";
import { formatValue, hourLabel, weekdays } from "./format.js";
import { counted } from "./metrics.js";
import { Part } from "./part.js";
import { periodLabel } from "./controls.js";
import { currentSource } from "./sources.js";
import { store } from "./state.js";
import { table } from "./table.js";
import { chartTools } from "./tools.js";

const LEFT = 38;
const TOP = 4;
const GAP = 2;
const BOTTOM = 22;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** @extends {Part<Result>} */
class HeatMap extends Part {
  static depends = /** @type {(keyof State)[]} */ ([...Part.depends, "metric"]);

  #heading = h("h2", {});
  #read_out = h("p", { class: "heat-readout num" });
  #area = h("div", { class: "heat-area" });
  #resize = new ResizeObserver(() => this.data && !this.#is_table && this.#draw());
  #is_table = false;
  /** @type {number[]} */ #values = [];
  #active = -1;
  #tools = chartTools({
    is_table: () => this.#is_table,
    toggle: () => this.#toggle(),
    svg: () => this.#withPlot((svg) => saveSvg(this.#fileName, this.#title, svg)),
    png: () => this.#withPlot((svg) => savePng(this.#fileName, this.#title, svg)),
    csv: () => this.#saveCsv(),
  });

  build() {
    this.#entitle();
    this.append(h("div", { class: "card-head" }, this.#heading, this.#read_out, this.#tools.element), this.body);
    this.#area.addEventListener("pointermove", (event) => this.#read(cellOf(event.target)));
    this.#area.addEventListener("pointerleave", () => this.#read(-1));
    this.#area.addEventListener("blur", () => this.#read(-1));
    this.#area.addEventListener("click", (event) => this.#open(cellOf(event.target)));
    this.#area.addEventListener("keydown", (event) => this.#onKey(event));
  }

  get #title() {
    return `${this.#metric.label} by weekday and hour, ${periodLabel()}, ${store.state.source}`;
  }

  /** Named also where it has no numbers. */
  #entitle() {
    this.#heading.textContent = `${this.#metric.label} by weekday and hour`;
  }

  get #fileName() {
    return `${store.state.source}-${this.#metric.id}-weekday-hour`;
  }

  get #metric() {
    return counted(store.state.metric);
  }

  /** @param {Set<keyof State>} changed */
  changed(changed) {
    this.#entitle();
    const only_metric = changed.size === 1 && changed.has("metric");
    if (!only_metric || !(this.data && this.#metric.metric in (this.data.rows[0] ?? {}))) super.changed(changed);
  }

  /** @param {AbortSignal} signal */
  load(signal) {
    return runQuery(pageQuery(store.state, currentSource(), {
      metrics: [this.#metric.metric], dimensions: ["day_of_week", "hour_of_day"],
    }), signal);
  }

  skeleton() {
    return [h("div", { class: "skeleton heat-area" })];
  }

  /** @param {Result} result */
  render(result) {
    const { metric } = this.#metric;
    this.#values = Array.from({ length: 7 * 24 }, () => 0);
    for (const row of result.rows)
      this.#values[(Number(row.day_of_week) - 1) * 24 + Number(row.hour_of_day)] = Number(row[metric] ?? 0);
    this.#resize.disconnect();
    if (this.#is_table) fill(this.body, this.#table());
    else {
      if (!this.#area.isConnected) fill(this.body, this.#area);
      this.#draw();
      this.#resize.observe(this.#area);
    }
    this.#read(this.#active);
  }

  #draw() {
    const width = this.#area.clientWidth;
    const height = this.#area.clientHeight;
    if (width > 0) fill(this.#area, drawHeat(this.#values, width, height));
    this.#describe();
    this.#read(this.#active);
  }

  #describe() {
    for (const [name, value] of Object.entries({
      role: "slider", tabindex: "0", "aria-label": this.#title, "aria-valuemin": "0", "aria-valuemax": "167",
      "aria-valuenow": String(Math.max(0, this.#active)), "aria-valuetext": this.#text(Math.max(0, this.#active)),
    })) this.#area.setAttribute(name, value);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const at = Math.max(0, this.#active);
    /** @type {Record<string, number>} */
    const steps = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + 24, ArrowUp: at - 24, Home: 0, End: 167 };
    if (event.key === "Enter" && this.#active >= 0) this.#open(this.#active);
    else if (event.key === "Escape") this.#read(-1);
    else if (event.key in steps) this.#read((steps[event.key] + 168) % 168);
    else return;
    event.preventDefault();
  }

  /** @param {number} i */
  #read(i) {
    this.#active = i;
    this.#area.querySelector(".read")?.classList.remove("read");
    this.#area.querySelector(`[data-cell="${i}"]`)?.classList.add("read");
    this.#read_out.textContent = i < 0 ? "" : this.#text(i);
    if (i >= 0) this.#describe();
  }

  /** @param {number} i */
  #text(i) {
    const hour = `${hourLabel(i)}–${hourLabel(i + 1)}`;
    return `${weekdays("long")[Math.floor(i / 24)]} ${hour}: ${formatValue(this.#values[i], "count")}`;
  }

  /** @param {number} i */
  #open(i) {
    if (i < 0 || !this.data) return;
    const conditions = [
      { field: "day_of_week", operator: "is", value: Math.floor(i / 24) + 1 },
      { field: "hour_of_day", operator: "is", value: i % 24 },
    ];
    openEvents({ title: this.#text(i), conditions, range: this.data.time_range, sql: this.data.sql });
  }

  #toggle() {
    this.#is_table = !this.#is_table;
    if (this.data) this.render(this.data);
  }

  #table() {
    const names = weekdays("short");
    const columns = [
      { label: "Hour", value: (/** @type {number} */ hour) => hour, show: hourLabel },
      ...names.map((label, day) => ({
        label, is_number: true, value: (/** @type {number} */ hour) => this.#values[day * 24 + hour],
        show: (/** @type {number} */ hour) => formatValue(this.#values[day * 24 + hour], "count"),
      })),
    ];
    return h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": this.#title },
      table({ columns, rows: HOURS, caption: this.#title }));
  }

  /** @param {(svg: SVGSVGElement) => void} act */
  #withPlot(act) {
    if (this.#is_table) {
      this.#toggle();
      this.#tools.say();
    }
    const svg = this.#area.querySelector("svg");
    if (svg) act(svg);
  }

  #saveCsv() {
    const rows = this.#values.map((value, i) => [Math.floor(i / 24) + 1, i % 24, value]);
    saveCsv(this.#fileName, ["day_of_week", "hour_of_day", this.#metric.metric], rows);
  }
}

/** @param {number[]} values @param {number} width @param {number} height */
function drawHeat(values, width, height) {
  const most = Math.max(1, ...values);
  const [w, d] = [(width - LEFT) / 24, (height - TOP - BOTTOM) / 7];
  const cells = values.map((value, i) => s("rect", {
    class: value > 0 ? "heat" : "heat none", "data-cell": i, rx: 2,
    x: LEFT + (i % 24) * w + GAP / 2, y: TOP + Math.floor(i / 24) * d + GAP / 2,
    width: Math.max(1, w - GAP), height: Math.max(1, d - GAP),
    "fill-opacity": value > 0 ? (0.1 + (0.9 * value) / most).toFixed(3) : 1,
  }));
  const days = weekdays("short").map((name, i) => s("text", { class: "axis", x: 0, y: TOP + i * d + d / 2 + 4 }, name));
  const hours = HOURS.filter((hour) => hour % (width < 420 ? 6 : 3) === 0).map((hour) => s("text", {
    class: "axis", x: LEFT + hour * w + GAP / 2, y: height - 5,
  }, hourLabel(hour)));
  return s("svg", { class: "plot", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    ...cells, ...days, ...hours);
}

/** @param {EventTarget | null} target */
function cellOf(target) {
  const text = target instanceof Element ? target.getAttribute("data-cell") : null;
  return text === null ? -1 : Number(text);
}

customElements.define("ff-heatmap", HeatMap);
