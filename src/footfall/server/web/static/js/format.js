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
const points = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1, signDisplay: "exceptZero" });

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

/** @typedef {{amount: number, size: string, text: string, is_flat: boolean}} Change  `size` is without its sign. */

/**
 * Change from one value to another: of a rate in percentage points, of anything else as a share;
 * null where there is nothing to compare.
 * @param {Cell} now @param {Cell} before @param {Kind} kind @returns {Change | null}
 */
export function changeOf(now, before, kind) {
  if (typeof now !== "number" || typeof before !== "number") return null;
  // Of what is shown: 24.5 % after 24.6 % is a change of 0.1 points, whatever was rounded away.
  if (kind === "percent") return pointsOf(asShown(now) - asShown(before));
  return before === 0 ? null : shareOf((now - before) / Math.abs(before));
}

/** A share with the digits that `percent` gives it. @param {number} part */
function asShown(part) {
  return Math.round(1000 * part) / 1000;
}

/** @param {number} amount @returns {Change} */
function pointsOf(amount) {
  const is_flat = Math.abs(amount) < 0.0005;
  const say = (/** @type {number} */ value) => `${points.format(is_flat ? 0 : 100 * value)} pts`;
  return { amount, is_flat, text: say(amount), size: say(Math.abs(amount)).replace("+", "") };
}

/** @param {number} amount @returns {Change} */
function shareOf(amount) {
  const is_flat = Math.abs(amount) < 0.005;
  const say = (/** @type {number} */ value) => change.format(is_flat ? 0 : value);
  return { amount, is_flat, text: say(amount), size: say(Math.abs(amount)).replace("+", "") };
}

/** Whether this reader's clock goes round twice a day. */
const IS_HALF_DAY = new Intl.DateTimeFormat(undefined, { hour: "numeric" }).resolvedOptions().hour12 ?? false;
/** The same everywhere on the page: 18:00, or 6:00 PM where the locale says so. @type {Intl.DateTimeFormatOptions} */
const CLOCK = IS_HALF_DAY ? { hour: "numeric", minute: "2-digit", hourCycle: "h12" }
  : { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
/** @type {Intl.DateTimeFormatOptions} */
const HOUR = IS_HALF_DAY ? { hour: "numeric", hourCycle: "h12" } : CLOCK;

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const AXIS = {
  minute: CLOCK,
  hour: HOUR,
  day: { day: "numeric", month: "short" },
  week: { day: "numeric", month: "short" },
  month: { month: "short", year: "2-digit" },
  quarter: { month: "short", year: "2-digit" },
  year: { year: "numeric" },
};

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const READOUT = {
  minute: { weekday: "short", day: "numeric", month: "short", ...CLOCK },
  hour: { weekday: "short", day: "numeric", month: "short", ...CLOCK },
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

/**
 * Label below the axis, and the day it belongs to where that is not plain from the rest.
 * @param {Bucket} bucket @param {string} granularity @param {string} timezone
 */
export function axisLabel(bucket, granularity, timezone, spans_days = false) {
  const axis = formatTime(bucket.start, timezone, AXIS[granularity] ?? AXIS.day);
  const is_clock = granularity === "hour" || granularity === "minute";
  return { axis, day: spans_days && is_clock ? formatTime(bucket.start, timezone, AXIS.day) : "" };
}

/** Hour of a day, such as 18:00 or 6 PM. @param {number} hour */
export function hourLabel(hour) {
  return formatTime(new Date(Date.UTC(2024, 0, 1, hour % 24)).toISOString(), "UTC", HOUR);
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

/** How long ago; after a week the day itself. @param {string} at @param {Date} now @param {string} timezone */
export function formatAgo(at, now, timezone) {
  const seconds = Math.round((Date.parse(at) - now.getTime()) / 1000);
  if (seconds > -5) return relative.format(0, "second");
  if (seconds > -60) return relative.format(seconds, "second");
  if (seconds > -3600) return relative.format(Math.round(seconds / 60), "minute");
  if (seconds > -86_400) return relative.format(Math.round(seconds / 3600), "hour");
  if (seconds > -7 * 86_400) return relative.format(Math.round(seconds / 86_400), "day");
  return formatDay(at, timezone);
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
