// @ts-check
/** Headline numbers, in the order of the strip. */

/** @import { Kind } from "./format.js" */
import { hasSessions } from "./embed.js";
import { isOfSessions } from "./fields.js";

/**
 * @typedef {object} Headline
 * @property {string} id  As the URL names it.
 * @property {string} metric  As a query names it.
 * @property {string} label
 * @property {Kind} kind
 * @property {boolean} is_better_up  Whether more of it is good news.
 * @property {boolean} is_count  Whether parts of it can be shown as shares of the whole.
 * @property {string} hint
 */

/** @type {Headline[]} */
const ALL = [
  { id: "actors", metric: "actors", label: "Actors", kind: "count", is_better_up: true,
    is_count: true, hint: "Distinct people or devices" },
  { id: "sessions", metric: "sessions", label: "Sessions", kind: "count", is_better_up: true,
    is_count: true, hint: "Runs of events without a long gap" },
  { id: "events", metric: "events", label: "Events", kind: "count", is_better_up: true,
    is_count: true, hint: "Everything that happened" },
  { id: "depth", metric: "rate(events, sessions)", label: "Events per session", kind: "ratio",
    is_better_up: true, is_count: false, hint: "Events divided by sessions" },
  { id: "duration", metric: "median(session.duration)", label: "Median session", kind: "seconds",
    is_better_up: true, is_count: false, hint: "Half of the sessions last longer, from first to last event" },
  { id: "bounce", metric: "bounce_rate", label: "Bounce rate", kind: "percent",
    is_better_up: false, is_count: false, hint: "Sessions of a single event" },
];
const WHOLE = ["duration", "bounce"];

export const HEADLINES = ALL.filter((item) => hasSessions() || !WHOLE.includes(item.id));

/** @param {string} id @returns {Headline} */
export function headline(id) {
  return HEADLINES.find((item) => item.id === id) ?? HEADLINES[0];
}

/** The metric that lists and the heat map count: ratios have no shares. @param {string} id */
export function counted(id) {
  const chosen = headline(id);
  return chosen.is_count ? chosen : HEADLINES[0];
}

/** What can be counted by a field: not the actors of what describes sessions. @param {string} field */
export function countsBy(field) {
  return HEADLINES.filter((item) => item.is_count && !(isOfSessions(field) && item.id === "actors"));
}

/** The metric that the list of a field counts. @param {string} field @param {string} id @returns {Headline} */
export function countedBy(field, id) {
  const chosen = counted(id);
  return countsBy(field).find((item) => item.id === chosen.id) ?? headline("sessions");
}
