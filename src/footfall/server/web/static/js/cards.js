// @ts-check
/** The cards of ranked lists: which lists have a tab, and which are behind "More". */

/** @import { Condition, Source } from "./types.js" */
import { isShown } from "./embed.js";
import { fieldLabel, isOfSessions } from "./fields.js";

/**
 * `among` narrows a list to the events that it is about: those without the value, which are
 * said to be left out.
 * @typedef {{without: {field: string, value: string}, left_out: string}} Among
 * @typedef {{field: string, label: string, among?: Among}} Tab
 * @typedef {{tabs: Tab[], more: Tab[]}} Lists
 */

/** Moves from page to page within the source would outnumber all that come from elsewhere. */
const FROM_OUTSIDE = { without: { field: "channel", value: "internal" }, left_out: "moves within the source" };

/** Of what a server's log holds, style sheets, scripts, images and fonts are no pages. */
const PAGES = { without: { field: "name", value: "asset" }, left_out: "assets" };

/** Properties that get a tab; the others stay within reach. */
const N_PROPERTIES = 3;

/** Words in the name of a number that is measured or added up, whose single values say little. */
const MEASURES = new Set(["amount", "bytes", "byte", "cost", "count", "duration", "height", "items", "latency", "length", "ms",
  "n", "price", "quantity", "revenue", "score", "seconds", "size", "sum", "time", "total", "value", "width", "x", "y"]);

/** @type {Record<string, {title: string, tabs: Tab[], more: string[]}>} */
const CARDS = {
  content: { title: "Pages", tabs: [
    { field: "path", label: "Pages", among: PAGES }, { field: "session.entry_page", label: "Entry pages" },
    { field: "session.exit_page", label: "Exit pages" }],
  more: ["title", "host", "url"] },
  events: { title: "Events", tabs: [{ field: "name", label: "Events" }], more: [] },
  origins: { title: "Origins", tabs: [
    { field: "channel", label: "Channels", among: FROM_OUTSIDE },
    { field: "referrer_host", label: "Referrers", among: FROM_OUTSIDE },
    { field: "utm_campaign", label: "Campaigns" }],
  more: ["referrer", "utm_source", "utm_medium", "utm_term", "utm_content"] },
  places: { title: "Places", tabs: [
    { field: "country", label: "Countries" }, { field: "city", label: "Cities" }, { field: "language", label: "Languages" }],
  more: ["region"] },
  technology: { title: "Technology", tabs: [
    { field: "browser", label: "Browsers" }, { field: "os", label: "Operating systems" },
    { field: "device", label: "Devices" }],
  more: ["browser_version", "user_agent"] },
};

/** @param {string} card */
export function cardTitle(card) {
  return CARDS[card].title;
}

/** Lists of a card; the events' card has those of the source's declared properties too. @param {string} card @param {Source | undefined} source @returns {Lists} */
export function listsOf(card, source) {
  const { more } = CARDS[card];
  // What sessions are described by tells of events that a frame may not show.
  const tabs = CARDS[card].tabs.filter(({ field }) => !isOfSessions(field) || isShown(field));
  const own = { tabs, more: more.filter(isShown).map((field) => ({ field, label: fieldLabel(field) })) };
  if (card !== "events") return own;
  const properties = Object.entries(source?.properties ?? {});
  const telling = properties.filter(([key, type]) => isTelling(key, type)).slice(0, N_PROPERTIES);
  const others = properties.filter((item) => !telling.includes(item));
  return { tabs: [...tabs, ...telling.map(propertyTab)], more: [...own.more, ...others.map(propertyTab)] };
}

/** @param {[string, string]} property @returns {Tab} */
function propertyTab([key]) {
  return { field: `properties.${key}`, label: key };
}

/** Whether single values of a property say something: states and kinds do, measures do not. @param {string} key @param {string} type */
function isTelling(key, type) {
  if (type === "text" || type === "bool") return true;
  const words = key.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase().split(/[^a-z]+/);
  return type === "int" && !words.some((word) => MEASURES.has(word));
}

/** Conditions that the list of a field is narrowed by. @param {string} field @returns {Condition[]} */
export function among(field) {
  const found = narrowed(field);
  return found ? [{ ...found.without, operator: "is_not" }] : [];
}

/** What the list of a field leaves out, in words and as a condition. @param {string} field @returns {{text: string, condition: Condition} | null} */
export function leftOut(field) {
  const found = narrowed(field);
  return found ? { text: found.left_out, condition: { ...found.without, operator: "is" } } : null;
}

/** @param {string} field @returns {Among | undefined} */
function narrowed(field) {
  const tabs = Object.values(CARDS).flatMap((card) => card.tabs);
  return tabs.find((tab) => tab.field === field)?.among;
}
