// @ts-check
/** Whether the page stands in another application's frame, and what it may show there. */

/** @import { Condition } from "./types.js" */

/**
 * @typedef {object} Embed
 * @property {string} token  Sent with each question: cookies do not reach a frame.
 * @property {string} source
 * @property {string} period  To begin with, or empty.
 * @property {boolean} events  Whether single events may be seen.
 * @property {string[]} fields
 * @property {boolean} is_narrowed  Whether the token has a filter, with which nothing of whole sessions is told.
 * @property {Condition[]} filters  What the server cuts every answer down by; shown, not asked.
 */

/** Event on the document: the token is worth nothing any more; its detail says why. */
export const ENDED = "ff:ended";

/** @returns {Embed | null} */
function read() {
  const told = document.querySelector('meta[name="footfall-embed"]')?.getAttribute("content");
  return told ? JSON.parse(told) : null;
}

/** Null for a page of its own. */
export const embed = read();

/** Why the token is worth nothing; empty as long as it is good. */
let end = "";

export function ended() {
  return end;
}

/** Say once that the token is void: the page around the frame may bring a new one. @param {string} message */
export function sayEnded(message) {
  if (end) return;
  end = message;
  document.dispatchEvent(new CustomEvent(ENDED, { detail: message }));
  parent.postMessage({ footfall: "ended" }, "*");
}

/** Whether a field may be seen here. @param {string} field */
export function isShown(field) {
  if (embed?.is_narrowed && field.startsWith("session.")) return false;
  return !embed || embed.fields.includes(field);
}

/** Whether whole sessions may be described here. */
export function hasSessions() {
  return !embed?.is_narrowed;
}

/** Whether single events may be seen here. */
export function hasEvents() {
  return !embed || embed.events;
}
