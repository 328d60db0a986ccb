// @ts-check
/** Charts and tables as files. */

/** @import { Cell } from "./types.js" */
import { s } from "./dom.js";

const STYLES = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin",
  "stroke-linecap", "opacity", "font-family", "font-size", "font-weight"];
const HEAD = 34;

/** @param {string} name @param {Blob} blob */
function save(name, blob) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/**
 * Rows as CSV, by RFC 4180.
 * @param {string} name @param {string[]} head @param {Cell[][]} rows
 */
export function saveCsv(name, head, rows) {
  const text = [head, ...rows].map((row) => row.map(csvCell).join(",")).join("\r\n") + "\r\n";
  save(`${name}.csv`, new Blob([text], { type: "text/csv;charset=utf-8" }));
}

/** @param {Cell} value */
function csvCell(value) {
  const text = value === null || value === undefined ? "" : String(value);
  // A spreadsheet would run a text that begins like a formula.
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @param {string} name @param {string} title @param {SVGSVGElement} svg */
export function saveSvg(name, title, svg) {
  const text = new XMLSerializer().serializeToString(standAlone(svg, title));
  save(`${name}.svg`, new Blob([text], { type: "image/svg+xml" }));
}

/** At twice the size, for sharp slides. @param {string} name @param {string} title @param {SVGSVGElement} svg */
export function savePng(name, title, svg) {
  const drawing = standAlone(svg, title);
  const canvas = document.createElement("canvas");
  canvas.width = Number(drawing.getAttribute("width")) * 2;
  canvas.height = Number(drawing.getAttribute("height")) * 2;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(2, 2);
  // The page's policy lets no image come from a blob, so the shapes are painted one by one.
  paintAll(context, drawing);
  canvas.toBlob((blob) => blob && save(`${name}.png`, blob), "image/png");
}

/** A copy that carries its styles, a title and a background. @param {SVGSVGElement} svg @param {string} title */
function standAlone(svg, title) {
  const copy = /** @type {SVGSVGElement} */ (svg.cloneNode(true));
  const [from, to] = [svg.querySelectorAll("*"), copy.querySelectorAll("*")];
  to.forEach((element, i) => carryStyles(from[i], element));
  const width = Number(svg.getAttribute("width"));
  const height = Number(svg.getAttribute("height"));
  const root = getComputedStyle(svg);
  const body = s("g", { transform: `translate(0 ${HEAD})` }, ...copy.childNodes);
  return s("svg", { xmlns: "http://www.w3.org/2000/svg", width, height: height + HEAD, viewBox: `0 0 ${width} ${height + HEAD}` },
    s("title", {}, title),
    s("rect", { width, height: height + HEAD, fill: root.getPropertyValue("background-color") }),
    s("text", { x: 14, y: 22, fill: root.color, "font-family": root.fontFamily, "font-size": "14px", "font-weight": "600" }, title),
    body);
}

/** @param {Element} from @param {Element} to */
function carryStyles(from, to) {
  const style = getComputedStyle(from);
  for (const name of STYLES) to.setAttribute(name, style.getPropertyValue(name));
  to.removeAttribute("class");
}

/** @param {CanvasRenderingContext2D} context @param {Element} parent */
function paintAll(context, parent) {
  for (const element of parent.children) {
    context.save();
    const moved = /translate\(([\d.-]+) ([\d.-]+)\)/.exec(element.getAttribute("transform") ?? "");
    if (moved) context.translate(Number(moved[1]), Number(moved[2]));
    context.globalAlpha *= number(element, "opacity", 1);
    if (element.tagName === "g") paintAll(context, element);
    else if (element.tagName === "text") paintText(context, element);
    else paintShape(context, element);
    context.restore();
  }
}

/** @param {CanvasRenderingContext2D} context @param {Element} element */
function paintText(context, element) {
  const get = (/** @type {string} */ name) => element.getAttribute(name) ?? "";
  context.font = `${get("font-weight") || 400} ${get("font-size")} ${get("font-family")}`;
  const anchor = get("text-anchor");
  context.textAlign = anchor === "end" ? "right" : anchor === "middle" ? "center" : "left";
  context.fillStyle = get("fill");
  context.fillText(element.textContent ?? "", number(element, "x", 0), number(element, "y", 0));
}

/** @param {CanvasRenderingContext2D} context @param {Element} element */
function paintShape(context, element) {
  const shape = outline(element);
  const [fill, stroke] = [element.getAttribute("fill"), element.getAttribute("stroke")];
  if (!shape) return;
  if (fill && fill !== "none") {
    context.save();
    context.globalAlpha *= number(element, "fill-opacity", 1);
    context.fillStyle = fill;
    context.fill(shape);
    context.restore();
  }
  if (!stroke || stroke === "none") return;
  context.strokeStyle = stroke;
  context.lineWidth = number(element, "stroke-width", 1);
  context.lineJoin = "round";
  const dashes = element.getAttribute("stroke-dasharray") ?? "none";
  context.setLineDash(dashes === "none" ? [] : dashes.split(/[\s,]+/).map(Number.parseFloat));
  context.stroke(shape);
}

/** @param {Element} element @returns {Path2D | null} */
function outline(element) {
  const at = (/** @type {string} */ name) => number(element, name, 0);
  const path = new Path2D(element.tagName === "path" ? element.getAttribute("d") ?? "" : "");
  if (element.tagName === "rect") path.roundRect(at("x"), at("y"), at("width"), at("height"), at("rx"));
  else if (element.tagName === "circle") path.arc(at("cx"), at("cy"), at("r"), 0, 2 * Math.PI);
  else if (element.tagName === "line") {
    path.moveTo(at("x1"), at("y1"));
    path.lineTo(at("x2"), at("y2"));
  } else if (element.tagName !== "path") return null;
  return path;
}

/** @param {Element} element @param {string} name @param {number} usual */
function number(element, name, usual) {
  const value = Number.parseFloat(element.getAttribute(name) ?? "");
  return Number.isFinite(value) ? value : usual;
}
