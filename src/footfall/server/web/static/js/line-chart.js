// @ts-check
/** A line over time as SVG: the earlier period behind it, partial buckets dashed. */

/** @import { Kind } from "./format.js" */
import { s } from "./dom.js";
import { formatTick } from "./format.js";
import { labelled, secondTicks, ticks } from "./scale.js";

/**
 * @typedef {object} Point
 * @property {number | null} value
 * @property {boolean} is_partial
 * @property {string} axis  Label below the axis.
 * @property {string} day  Day that a time on the axis belongs to; empty where that is plain.
 *
 * @typedef {object} Plot
 * @property {SVGSVGElement} svg
 * @property {(i: number) => number} x
 * @property {(value: number) => number} y
 * @property {(x: number) => number} nearest
 *
 * @typedef {{width: number, height: number, points: Point[], before: Point[], kind: Kind, steps?: number[]}} Drawing
 *   `steps` are the distances, in points, that labels may have.
 */

const PAD = { top: 12, right: 14, bottom: 26, left: 46 };

/** @param {Drawing} drawing @returns {Plot} */
export function drawLine({ width, height, points, before, kind, steps }) {
  const marks = axisTicks([...points, ...before], kind);
  const n = Math.max(points.length, 1);
  const inner = { width: width - PAD.left - PAD.right, height: height - PAD.top - PAD.bottom };
  const x = (/** @type {number} */ i) => PAD.left + (n === 1 ? inner.width / 2 : (i / (n - 1)) * inner.width);
  const y = (/** @type {number} */ value) => PAD.top + inner.height * (1 - value / marks[marks.length - 1]);
  const nearest = (/** @type {number} */ at) =>
    n === 1 ? 0 : clamp(Math.round(((at - PAD.left) / inner.width) * (n - 1)), 0, n - 1);
  const svg = s("svg", { class: "plot", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    ...marks.map((value) => gridLine(value, y(value), width, kind)),
    ...axisLabels(points, x, height, inner.width, steps),
    ...line(before.slice(0, n), x, y, "before"),
    area(points, x, y),
    ...line(points, x, y, "now"));
  return { svg, x, y, nearest };
}

/** @param {Point[]} points @param {Kind} kind */
function axisTicks(points, kind) {
  const most = Math.max(0, ...points.map((point) => point.value ?? 0));
  return kind === "seconds" && most >= 1 ? secondTicks(most) : ticks(most, 5, kind === "count");
}

/** @param {number} value @param {number} at @param {number} width @param {Kind} kind */
function gridLine(value, at, width, kind) {
  const text = s("text", { class: "axis", x: PAD.left - 8, y: at + 4, "text-anchor": "end" }, formatTick(value, kind));
  const rule = s("line", { class: value === 0 ? "base" : "rule", x1: PAD.left, x2: width - PAD.right, y1: at, y2: at });
  return s("g", {}, rule, text);
}

/** @param {Point[]} points @param {(i: number) => number} x @param {number} height @param {number} room @param {number[]} [steps] */
function axisLabels(points, x, height, room, steps) {
  const longest = Math.max(1, ...points.map((point) => Math.max(point.axis.length, point.day.length)));
  const places = labelled(points.length, Math.max(2, Math.floor(room / (longest * 6.5 + 22))), steps);
  const labels = places.map((i, n) => ({ i, ...labelOf(points, i, places[n - 1]) }));
  const has_times = labels.some((label) => !label.starts_day);
  return labels.map(({ i, text, starts_day }) => {
    const look = starts_day && has_times ? "axis starts-day" : "axis";
    return s("text", { class: look, x: x(i), y: height - 7, "text-anchor": anchor(i, points.length) }, text);
  });
}

/**
 * A time where the label before is of the same day, else the day.
 * @param {Point[]} points @param {number} i @param {number | undefined} before
 */
function labelOf(points, i, before) {
  const { axis, day } = points[i];
  const starts_day = day !== "" && (before === undefined || points[before].day !== day);
  const is_first = i === 0 || points[i - 1].day !== day;
  if (!starts_day) return { starts_day, text: axis };
  return { starts_day, text: is_first ? day : `${day} ${axis}` };
}

/** @param {number} i @param {number} n */
function anchor(i, n) {
  if (n === 1) return "middle";
  if (i === 0) return "start";
  return i === n - 1 ? "end" : "middle";
}

/** @param {Point[]} points @param {(i: number) => number} x @param {(value: number) => number} y @param {string} look */
function line(points, x, y, look) {
  const solid = path(points, x, y, (a, b) => !a.is_partial && !b.is_partial);
  const dashed = path(points, x, y, (a, b) => a.is_partial || b.is_partial);
  const parts = [];
  if (solid) parts.push(s("path", { class: `line ${look}`, d: solid }));
  if (dashed) parts.push(s("path", { class: `line ${look} partial`, d: dashed }));
  return [...parts, ...lonely(points).map((i) => s("circle", {
    class: `point ${look}`, cx: x(i), cy: y(/** @type {number} */ (points[i].value)), r: 3,
  }))];
}

/**
 * Path through the segments that `holds` picks; a missing value leaves a gap.
 * @param {Point[]} points @param {(i: number) => number} x @param {(value: number) => number} y
 * @param {(a: Point, b: Point) => boolean} holds
 */
function path(points, x, y, holds) {
  let text = "";
  let is_open = false;
  for (let i = 0; i + 1 < points.length; i++) {
    const [a, b] = [points[i], points[i + 1]];
    const is_drawn = a.value !== null && b.value !== null && holds(a, b);
    if (is_drawn && !is_open) text += `M${round(x(i))} ${round(y(a.value ?? 0))}`;
    if (is_drawn) text += `L${round(x(i + 1))} ${round(y(b.value ?? 0))}`;
    is_open = is_drawn;
  }
  return text;
}

/** Points with no neighbour to draw a line to. @param {Point[]} points */
function lonely(points) {
  const has = (/** @type {number} */ i) => (points[i]?.value ?? null) !== null;
  return points.map((_, i) => i).filter((i) => has(i) && !has(i - 1) && !has(i + 1));
}

/** @param {Point[]} points @param {(i: number) => number} x @param {(value: number) => number} y */
function area(points, x, y) {
  const known = points.map((_, i) => i).filter((i) => points[i].value !== null);
  if (known.length < 2) return null;
  const top = known.map((i) => `${round(x(i))} ${round(y(points[i].value ?? 0))}`).join("L");
  const floor = round(y(0));
  return s("path", { class: "area", d: `M${top}L${round(x(known[known.length - 1]))} ${floor}L${round(x(known[0]))} ${floor}Z` });
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}

/** @param {number} value @param {number} least @param {number} most */
function clamp(value, least, most) {
  return Math.min(most, Math.max(least, value));
}
