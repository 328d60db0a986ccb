// @ts-check
/** What an address asks for that there is not: said in words, never passed over. */

import { HEADLINES } from "./metrics.js";
import { COMPARISONS, GRANULARITIES, PERIODS, isSpan } from "./period.js";
import { parseCondition } from "./state.js";

/**
 * A sentence for each thing in a query string that the page cannot show.
 * @param {string} search
 * @param {{sources: string[], source: string, period: string, metric: string}} shown What stands instead.
 * @returns {string[]}
 */
export function misread(search, shown) {
  const params = new URLSearchParams(search);
  return [
    unknown("source", params.get("source"), shown.sources, shown.source),
    unknownPeriod(params, shown.period),
    unknown("comparison", params.get("compare"), ["none", ...COMPARISONS.map((item) => item.id)], "none"),
    unknown("granularity", params.get("granularity"), GRANULARITIES, "the usual one"),
    unknown("number", params.get("metric"), HEADLINES.map((item) => item.id), shown.metric),
    ...params.getAll("filter").map(unreadable),
  ].filter((text) => text !== "");
}

/** @param {string} what @param {string | null} asked @param {string[]} known @param {string} instead */
function unknown(what, asked, known, instead) {
  if (!asked || known.includes(asked)) return "";
  return `There is no ${what} “${asked}”${instead ? `; showing ${instead}` : ""}.`;
}

/** @param {URLSearchParams} params @param {string} instead */
function unknownPeriod(params, instead) {
  const [asked, from, to] = [params.get("period"), params.get("from") ?? "", params.get("to") ?? ""];
  if (asked === "custom" && !isSpan(from, to))
    return `“${from}” to “${to}” is no span of days such as 2026-05-01 to 2026-05-31; showing ${instead}.`;
  return unknown("period", asked, PERIODS.map((item) => item.id), instead);
}

/** @param {string} text */
function unreadable(text) {
  if (parseCondition(text)) return "";
  return `The filter “${text}” is left out; it is written field,operator,value, such as country,is,DE.`;
}
