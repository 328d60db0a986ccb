// @ts-check
/** The sources that there are, and the one the page is about. */

/** @import { Source } from "./types.js" */
import { listSources } from "./api.js";
import { store } from "./state.js";

/** @type {Source[]} */
let known = [];

/** @param {AbortSignal} [signal] @returns {Promise<Source[]>} */
export async function loadSources(signal) {
  known = await listSources(signal);
  return known;
}

export function allSources() {
  return known;
}

/** The source that the URL names, or undefined where there is none of that name. */
export function currentSource() {
  return known.find((source) => source.name === store.state.source);
}

export function currentZone() {
  return currentSource()?.timezone ?? "UTC";
}

/** The source to begin with: the one with the newest events. @returns {Source | undefined} */
export function firstSource() {
  const by_last = [...known].sort((a, b) => (b.last ?? "").localeCompare(a.last ?? ""));
  return by_last[0];
}
