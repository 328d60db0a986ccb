// @ts-check
/** Numbers, times and names as the reader's locale writes them. */

/** @import { Bucket, Cell } from "./types.js" */

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const ratio = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const percent = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });
const change = new Intl.NumberFormat(undefined, {
  style: "percent", maximumFractionDigits: 0, signDisplay: "exceptZero",
});

export const NONE = "–";

/** @typedef {"count" | "ratio" | "percent" | "seconds"} Kind */

/** Full value. @param {Cell} value @param {Kind} kind @returns {string} */
export function formatValue(value, kind) {
  if (typeof value !== "number" || !Number.isFinite(value)) return NONE;
  if (kind === "percent") return percent.format(value);
  if (kind === "ratio") return ratio.format(value);
  if (kind === "seconds") return formatSeconds(value);
  return whole.format(value);
}

/** Value for narrow places: 12.3K from 100,000 on. @param {Cell} value @param {Kind} kind */
export function formatShort(value, kind, from = 100_000) {
  const is_long = kind === "count" && typeof value === "number" && Math.abs(value) >= from;
  return is_long ? short.format(value) : formatValue(value, kind);
}

/** Value on an axis. @param {number} value @param {Kind} kind */
export function formatTick(value, kind) {
  return kind === "count" || kind === "ratio" ? short.format(value) : formatValue(value, kind);
}

/** @param {number} value */
export function formatSeconds(value) {
  if (value < 10) return `${new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 }).format(value)}s`;
  const n = Math.round(value);
  const [hours, minutes, seconds] = [Math.floor(n / 3600), Math.floor(n / 60) % 60, n % 60];
  if (hours > 0) return `${hours}h ${minutes}m`;
  return minutes > 0 ? `${minutes}m ${String(seconds).padStart(2, "0")}s` : `${seconds}s`;
}

/** @param {number} part */
export function formatPercent(part) {
  return percent.format(part);
}

/** Change as +12 %, or null where there is nothing to compare. @param {Cell} now @param {Cell} before */
export function relativeChange(now, before) {
  if (typeof now !== "number" || typeof before !== "number" || before === 0) return null;
  return (now - before) / Math.abs(before);
}

/** @param {number} value */
export function formatChange(value) {
  return Math.abs(value) < 0.005 ? whole.format(0) + "%" : change.format(value);
}

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const AXIS = {
  minute: { hour: "2-digit", minute: "2-digit" },
  hour: { hour: "2-digit", minute: "2-digit" },
  day: { day: "numeric", month: "short" },
  week: { day: "numeric", month: "short" },
  month: { month: "short", year: "2-digit" },
  quarter: { month: "short", year: "2-digit" },
  year: { year: "numeric" },
};

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const READOUT = {
  minute: { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  hour: { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  day: { weekday: "short", day: "numeric", month: "short", year: "numeric" },
  week: { day: "numeric", month: "short", year: "numeric" },
  month: { month: "long", year: "numeric" },
  quarter: { month: "long", year: "numeric" },
  year: { year: "numeric" },
};

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {string} at @param {string} timezone @param {Intl.DateTimeFormatOptions} options */
function formatTime(at, timezone, options) {
  const key = timezone + JSON.stringify(options);
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.DateTimeFormat(undefined, { ...options, timeZone: timezone })));
  return made.format(new Date(at));
}

/** Label below the axis. @param {Bucket} bucket @param {string} granularity @param {string} timezone */
export function axisLabel(bucket, granularity, timezone, spans_days = false) {
  const options = spans_days && granularity === "hour" ? AXIS.day : AXIS[granularity];
  return formatTime(bucket.start, timezone, options ?? AXIS.day);
}

/** Name of a bucket in a readout. @param {Bucket} bucket @param {string} granularity @param {string} timezone */
export function bucketLabel(bucket, granularity, timezone) {
  const start = formatTime(bucket.start, timezone, READOUT[granularity] ?? READOUT.day);
  if (granularity !== "week" && granularity !== "quarter") return start;
  const last = new Date(Date.parse(bucket.end) - 1).toISOString();
  return `${start} – ${formatTime(last, timezone, READOUT[granularity])}`;
}

/** Day, such as 3 Nov 2026. @param {string} at @param {string} timezone */
export function formatDay(at, timezone) {
  return formatTime(at, timezone, { day: "numeric", month: "short", year: "numeric" });
}

/** Moment to the second. @param {string} at @param {string} timezone */
export function formatMoment(at, timezone) {
  const options = { ...READOUT.minute, second: /** @type {const} */ ("2-digit"), year: /** @type {const} */ ("numeric") };
  return formatTime(at, timezone, options);
}

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "narrow" });

/** How long ago. @param {string} at @param {Date} now */
export function formatAgo(at, now) {
  const seconds = Math.round((Date.parse(at) - now.getTime()) / 1000);
  if (seconds > -5) return relative.format(0, "second");
  if (seconds > -60) return relative.format(seconds, "second");
  if (seconds > -3600) return relative.format(Math.round(seconds / 60), "minute");
  if (seconds > -86_400) return relative.format(Math.round(seconds / 3600), "hour");
  return relative.format(Math.round(seconds / 86_400), "day");
}

const regions = new Intl.DisplayNames(undefined, { type: "region", fallback: "code" });

/** Name of a country by its ISO code. @param {string} code */
export function countryName(code) {
  try {
    return regions.of(code) ?? code;
  } catch {
    return code;
  }
}

/** @type {boolean | undefined} */
let draws_flags;

/** Whether this machine's fonts have flags: where not, two letters or two boxes are drawn. */
function hasFlags() {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (!context) return false;
  context.font = "16px sans-serif";
  context.fillText("\u{1f1e9}\u{1f1ea}", 0, 16);
  const { data } = context.getImageData(0, 0, 32, 24);
  return data.some((value, i) => i % 4 === 0 && (value !== data[i + 1] || value !== data[i + 2]));
}

/** Flag of a country: its letters as regional indicators, or plain where there are no flags. @param {string} code */
export function flag(code) {
  draws_flags ??= hasFlags();
  if (!/^[A-Z]{2}$/.test(code)) return "";
  if (!draws_flags) return code;
  return String.fromCodePoint(...[...code].map((letter) => 0x1f1e6 + letter.charCodeAt(0) - 65));
}

/** Weekday names, Monday first. @param {"short" | "long"} width */
export function weekdays(width) {
  const name = new Intl.DateTimeFormat(undefined, { weekday: width, timeZone: "UTC" });
  return Array.from({ length: 7 }, (_, i) => name.format(new Date(Date.UTC(2024, 0, 1 + i))));
}
