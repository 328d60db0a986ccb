// @ts-check
/** Requests to the server this page came from. */

/** @import { Condition, Event, Filter, Query, Result, Source, State, TimeRange } from "./types.js" */
import { embed, ended, sayEnded } from "./embed.js";
import { timeRange } from "./period.js";

/** What the server said went wrong, in words for people. */
export class ApiError extends Error {
  /** @param {string} message @param {string} code @param {number} status @param {string | null} [parameter] What of the request it is about. */
  constructor(message, code, status, parameter = null) {
    super(message);
    this.code = code;
    this.status = status;
    this.parameter = parameter;
  }
}

/**
 * @param {string} path @param {RequestInit & {signal?: AbortSignal}} [options]
 * @returns {Promise<any>}
 */
async function request(path, options = {}) {
  if (ended()) throw new ApiError(ended(), "token_expired", 401);
  let response;
  try {
    response = await fetch(path, { ...options, ...proof(options.headers) });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError("The server cannot be reached. Is it running?", "unreachable", 0);
  }
  if (!response.ok) throw await refusal(response);
  return response.json();
}

/** What shows who asks: a cookie, or in a frame the token alone. @param {HeadersInit} [headers] @returns {RequestInit} */
function proof(headers) {
  if (!embed) return { credentials: "same-origin", headers };
  return { credentials: "omit", headers: { ...headers, ...embedHeaders(embed.token) } };
}

/** @param {string} token */
export function embedHeaders(token) {
  return { Authorization: `Embed ${token}` };
}

const CLOSED = "This view has been closed. Load the page around it again; if that does not help, ask those who look after it.";

/** @param {Response} response */
async function refusal(response) {
  const body = await response.json().catch(() => ({}));
  const { message, code, parameter } = body.error ?? {};
  const usual = `The server answered ${response.status} ${response.statusText}`.trim() + ".";
  // Why else a token is void is no reader's business; the server's own words are for its signer.
  if (embed && response.status === 401) sayEnded(code === "token_expired" ? message : CLOSED);
  return new ApiError(message ?? usual, code ?? "error", response.status, parameter ?? null);
}

/** @param {string} path @param {unknown} body @param {AbortSignal} [signal] */
function post(path, body, signal) {
  return request(path, {
    method: "POST", signal, body: JSON.stringify(body), headers: { "Content-Type": "application/json" },
  });
}

/** @param {Query} query @param {AbortSignal} [signal] @returns {Promise<Result>} */
export function runQuery(query, signal) {
  return post("/api/v1/query", query, signal);
}

/** @param {string} sql @param {AbortSignal} [signal] @returns {Promise<Result>} */
export function runSql(sql, signal) {
  return post("/api/v1/sql", { sql }, signal);
}

/** @param {AbortSignal} [signal] @returns {Promise<Source[]>} */
export async function listSources(signal) {
  return (await request("/api/v1/sources", { signal })).sources;
}

/**
 * A page of events, newest first.
 * @param {{source: string, filter: Filter | null, time_range: TimeRange, limit: number, cursor?: string | null}} asked
 * @param {AbortSignal} [signal]
 * @returns {Promise<{events: Event[], cursor: string | null, sql?: string}>}
 */
export function listEvents(asked, signal) {
  const params = new URLSearchParams({ source: asked.source, limit: String(asked.limit) });
  if (asked.filter) params.set("filter", JSON.stringify(asked.filter));
  const range = asked.time_range;
  params.set("time_range", typeof range === "string" ? range : JSON.stringify(range));
  if (asked.cursor) params.set("cursor", asked.cursor);
  return request(`/api/v1/events?${params}`, { signal });
}

/**
 * What became of everything received in that time, by hour and protocol.
 * @param {string} source Empty for all. @param {string} time_range In words. @param {AbortSignal} [signal]
 * @returns {Promise<import("./types.js").Entry[]>}
 */
export async function readLedger(source, time_range, signal) {
  const params = new URLSearchParams({ time_range });
  if (source) params.set("source", source);
  return (await request(`/api/v1/ledger?${params}`, { signal })).entries;
}

/**
 * Rejects that are open still.
 * @param {{source: string, code: string, limit: number}} asked @param {AbortSignal} [signal]
 * @returns {Promise<{rejects: import("./types.js").Reject[], n_rejects: number, codes: Record<string, number>}>}
 */
export function listRejects({ source, code, limit }, signal) {
  const params = new URLSearchParams({ is_replayed: "false", limit: String(limit) });
  if (source) params.set("source", source);
  if (code) params.set("code", code);
  return request(`/api/v1/rejects?${params}`, { signal });
}

/** @param {string} source @returns {Promise<{read: number, stored: number, duplicates: number, rejected: number}>} */
export function replayRejects(source) {
  return post("/api/v1/rejects/replay", { source });
}

/** A new write key, shown this once. @param {string} source @returns {Promise<string>} */
export async function makeWriteKey(source) {
  return (await post(`/api/v1/sources/${encodeURIComponent(source)}/keys`, {})).key;
}

/** @param {string} name @param {string} timezone @param {string} mapping */
export function addSource(name, timezone, mapping) {
  return post("/api/v1/sources", { name, timezone, mapping });
}

/** All conditions of the page as one filter. @param {State} state @param {Condition[]} [more] @returns {Filter | null} */
export function pageFilter(state, more = []) {
  /** @type {Condition[]} */
  const bots = state.bots ? [] : [{ field: "is_bot", operator: "is", value: false }];
  const all = [...bots, ...state.filters, ...more];
  if (all.length === 0) return null;
  return all.length === 1 ? all[0] : { and: all };
}

/**
 * The page's question, to be completed by a part.
 * @param {State} state @param {Source | undefined} source @param {Partial<Query>} part
 * @returns {Query}
 */
export function pageQuery(state, source, part) {
  return {
    source: state.source,
    metrics: ["events"],
    filter: pageFilter(state),
    time_range: timeRange(state, source, new Date()),
    ...part,
  };
}
