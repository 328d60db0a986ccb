// @ts-check
/** Columns and operators by the names that people read. */

/** @import { Cell, Condition } from "./types.js" */
import { countryName, flag } from "./format.js";

/** @type {Record<string, string>} */
const LABELS = {
  name: "Event", path: "Page", url: "URL", host: "Host", title: "Title", referrer_host: "Referrer",
  referrer: "Referrer URL", channel: "Channel", utm_source: "Campaign source",
  utm_medium: "Campaign medium", utm_campaign: "Campaign", utm_term: "Campaign term",
  utm_content: "Campaign content", country: "Country", region: "Region", city: "City",
  language: "Language", browser: "Browser", browser_version: "Browser version",
  os: "Operating system", device: "Device", actor_id: "Actor", distinct_id: "Sender's id",
  session_id: "Session", user_agent: "User agent", is_bot: "Bot", event_id: "Event id",
  timestamp: "Time", hour_of_day: "Hour of day", day_of_week: "Weekday", received_at: "Received",
  properties: "Properties", "session.entry_page": "Entry page", "session.exit_page": "Exit page",
  "session.number": "Session number",
};

/** What a page that a session is described by is a value of, for conditions are about events. @type {Record<string, string>} */
const CONDITIONS = { "session.entry_page": "path", "session.exit_page": "path" };

/** Columns offered to filter by, the usual ones first. */
export const FILTER_FIELDS = [
  "name", "path", "host", "url", "title", "referrer_host", "referrer", "channel", "utm_source",
  "utm_medium", "utm_campaign", "utm_term", "utm_content", "country", "region", "city", "language",
  "browser", "browser_version", "os", "device", "actor_id", "distinct_id", "user_agent",
];

/** @type {{id: string, label: string, needs: "value" | "number" | "none"}[]} */
export const OPERATORS = [
  { id: "is", label: "is", needs: "value" },
  { id: "is_not", label: "is not", needs: "value" },
  { id: "contains", label: "contains", needs: "value" },
  { id: "starts_with", label: "starts with", needs: "value" },
  { id: "matches", label: "matches (regular expression)", needs: "value" },
  { id: "gt", label: "is more than", needs: "number" },
  { id: "gte", label: "is at least", needs: "number" },
  { id: "lt", label: "is less than", needs: "number" },
  { id: "lte", label: "is at most", needs: "number" },
  { id: "is_set", label: "is set", needs: "none" },
  { id: "is_not_set", label: "is not set", needs: "none" },
];

/** @type {Record<string, string>} */
const SHORT = { matches: "matches", in: "is one of", not_in: "is none of", between: "is between" };

/** @param {string} field */
export function fieldLabel(field) {
  return LABELS[field] ?? field.replace(/^properties\./, "");
}

/** Whether a field describes sessions, so that sessions are counted by it. @param {string} field */
export function isOfSessions(field) {
  return field.startsWith("session.");
}

/** The field by which a value of this one is filtered. @param {string} field */
export function conditionField(field) {
  return CONDITIONS[field] ?? field;
}

/** @param {string} operator */
export function operatorLabel(operator) {
  return SHORT[operator] ?? OPERATORS.find((item) => item.id === operator)?.label ?? operator;
}

/** A value of a field as people read it. @param {string} field @param {unknown} value @returns {string} */
export function valueLabel(field, value) {
  if (value === null || value === undefined || value === "") return "(none)";
  if (Array.isArray(value)) return value.map((item) => valueLabel(field, item)).join(", ");
  if (field === "country" && typeof value === "string") return countryName(value);
  if (field === "device" || field === "channel") return capital(String(value));
  return String(value);
}

/** Small picture before a value, or nothing. @param {string} field @param {Cell} value */
export function valueMark(field, value) {
  return field === "country" && typeof value === "string" ? flag(value) : "";
}

/** @param {string} text */
function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What a condition says, in words. @param {Condition} item */
export function conditionLabel(item) {
  const value = "value" in item ? ` ${valueLabel(item.field, item.value)}` : "";
  return `${fieldLabel(item.field)} ${operatorLabel(item.operator)}${value}`;
}

/** Condition that keeps the rows with this value of a field. @param {string} field @param {Cell} value @returns {Condition} */
export function only(field, value) {
  if (value === null || value === undefined) return { field, operator: "is_not_set" };
  return { field, operator: "is", value };
}

/** Condition that leaves them out. @param {string} field @param {Cell} value @returns {Condition} */
export function except(field, value) {
  if (value === null || value === undefined) return { field, operator: "is_set" };
  return { field, operator: "is_not", value };
}
