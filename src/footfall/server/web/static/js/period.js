// @ts-check
/** Periods, comparisons and granularities that the page offers, with their keys. */

/** @import { Source, State, TimeRange } from "./types.js" */

/**
 * @typedef {object} Period
 * @property {string} id
 * @property {string} label
 * @property {string} key
 * @property {string} text  What the query layer is asked for; empty where it is computed here.
 * @property {string[]} granularities  Allowed buckets, the usual one first.
 */

/** @type {Period[]} */
export const PERIODS = [
  { id: "realtime", label: "Last 30 minutes", key: "r", text: "last 30 minutes", granularities: ["minute"] },
  { id: "today", label: "Today", key: "d", text: "today", granularities: ["hour", "minute"] },
  { id: "yesterday", label: "Yesterday", key: "e", text: "yesterday",
    granularities: ["hour", "minute"] },
  { id: "7d", label: "Last 7 days", key: "w", text: "last 7 days", granularities: ["day", "hour"] },
  { id: "30d", label: "Last 30 days", key: "m", text: "last 30 days",
    granularities: ["day", "hour", "week"] },
  { id: "12mo", label: "Last 12 months", key: "y", text: "last 12 months",
    granularities: ["month", "week", "day"] },
  { id: "all", label: "All time", key: "a", text: "", granularities: [] },
  { id: "custom", label: "Custom…", key: "", text: "", granularities: [] },
];

/** @type {{id: string, label: string, short: string}[]} */
export const COMPARISONS = [
  { id: "", label: "No comparison", short: "No comparison" },
  { id: "previous_period", label: "Previous period", short: "vs previous period" },
  { id: "week", label: "A week earlier", short: "vs a week earlier" },
  { id: "month", label: "A month earlier", short: "vs a month earlier" },
  { id: "quarter", label: "A quarter earlier", short: "vs a quarter earlier" },
  { id: "year", label: "A year earlier", short: "vs a year earlier" },
];

export const GRANULARITIES = ["minute", "hour", "day", "week", "month", "quarter", "year"];

const DAY = 86_400_000;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** @param {string} id @returns {Period} */
export function period(id) {
  return PERIODS.find((item) => item.id === id) ?? PERIODS[4];
}

/** Whether both days of a custom period are dates. @param {string} from @param {string} to */
export function isSpan(from, to) {
  return DATE.test(from) && DATE.test(to) && from <= to;
}

/**
 * What the query layer is asked for.
 * @param {State} state @param {Source | undefined} source @param {Date} now
 * @returns {TimeRange}
 */
export function timeRange(state, source, now) {
  if (state.period === "custom") return `${state.from}..${state.to}`;
  if (state.period === "all") return allTime(source, now);
  return period(state.period).text;
}

/** @param {Source | undefined} source @param {Date} now @returns {TimeRange} */
function allTime(source, now) {
  if (!source?.first || !source.last) return "last 30 days";
  // A source that still gets events goes on to now; an old log ends where it ends.
  const last = Date.parse(source.last);
  const until = now.getTime() - last > DAY ? last : Math.max(last, now.getTime());
  return `${day(new Date(source.first), source.timezone)}..${day(new Date(until), source.timezone)}`;
}

/** Earlier time that is compared with; all time has none. @param {State} state @returns {string | null} */
export function comparison(state) {
  return (state.period !== "all" && state.compare) || null;
}

/** Calendar day in a zone, as `2026-11-01`. @param {Date} at @param {string} timezone */
export function day(at, timezone) {
  return new Intl.DateTimeFormat("en-CA", {
    timeZone: timezone, year: "numeric", month: "2-digit", day: "2-digit",
  }).format(at);
}

/** Buckets that make sense, the usual one first. @param {State} state @param {Source | undefined} source */
export function granularities(state, source) {
  const fixed = period(state.period).granularities;
  return fixed.length > 0 ? fixed : byLength(nDays(state, source));
}

/** The bucket that is drawn. @param {State} state @param {Source | undefined} source */
export function granularity(state, source) {
  const allowed = granularities(state, source);
  return allowed.includes(state.granularity) ? state.granularity : allowed[0];
}

/** @param {State} state @param {Source | undefined} source */
function nDays(state, source) {
  const text = timeRange(state, source, new Date());
  const [from, to] = typeof text === "string" ? text.split("..") : [];
  return from && to ? Math.round((Date.parse(to) - Date.parse(from)) / DAY) + 1 : 30;
}

/** @param {number} n @returns {string[]} */
function byLength(n) {
  if (n <= 2) return ["hour", "minute"];
  if (n <= 5) return ["hour", "day"];
  if (n <= 31) return ["day", "hour", "week"];
  if (n <= 120) return ["day", "week", "month"];
  if (n <= 800) return ["month", "week", "day"];
  return ["month", "quarter", "year", "week"];
}

/** Whether events of this moment belong to the period. @param {State} state @param {Source | undefined} source */
export function includesNow(state, source) {
  if (state.period === "yesterday") return false;
  if (state.period !== "custom") return true;
  return state.to >= day(new Date(), source?.timezone ?? "UTC");
}
