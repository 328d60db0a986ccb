// @ts-check
/** The page's state: what the URL says, and nothing else. */

/** @import { Condition, State } from "./types.js" */
import { embed } from "./embed.js";
import { HEADLINES } from "./metrics.js";
import { COMPARISONS, GRANULARITIES, PERIODS, isSpan } from "./period.js";

/** @type {State} */
export const DEFAULTS = {
  source: embed?.source ?? "", period: embed?.period || "30d", from: "", to: "", compare: "previous_period", granularity: "",
  metric: "actors", filters: [], bots: false, view: "chart", tabs: {}, all: "",
};

const WITHOUT_VALUE = ["is_set", "is_not_set"];

/** State said by a query string. @param {string} search @returns {State} */
export function parse(search) {
  const params = new URLSearchParams(search);
  const from = params.get("from") ?? "";
  const to = params.get("to") ?? "";
  const asked = params.get("period") ?? DEFAULTS.period;
  const is_custom = asked === "custom" && isSpan(from, to);
  return {
    source: embed?.source ?? params.get("source") ?? "",
    period: is_custom ? "custom" : oneOf(asked, PERIODS.map((p) => p.id), ["custom"]) || DEFAULTS.period,
    from: is_custom ? from : "",
    to: is_custom ? to : "",
    compare: params.has("compare")
      ? oneOf(params.get("compare") ?? "", COMPARISONS.map((c) => c.id)) : DEFAULTS.compare,
    granularity: oneOf(params.get("granularity") ?? "", GRANULARITIES),
    metric: oneOf(params.get("metric") ?? "", HEADLINES.map((item) => item.id)) || DEFAULTS.metric,
    filters: params.getAll("filter").map(parseCondition).filter((item) => item !== null),
    bots: params.get("bots") === "shown",
    view: params.get("view") === "table" ? "table" : "chart",
    tabs: Object.fromEntries(params.getAll("tab").map((text) => text.split(":", 2))),
    all: params.get("all") ?? "",
  };
}

/** @param {string} value @param {string[]} allowed @param {string[]} [except] */
function oneOf(value, allowed, except = []) {
  return allowed.includes(value) && !except.includes(value) ? value : "";
}

/** Query string that says a state; what is usual is left out. @param {State} state */
export function format(state) {
  const params = new URLSearchParams();
  for (const key of /** @type {const} */ (["source", "period", "from", "to", "granularity", "metric", "view", "all"]))
    if (state[key] && state[key] !== DEFAULTS[key]) params.set(key, state[key]);
  if (state.compare !== DEFAULTS.compare) params.set("compare", state.compare || "none");
  for (const item of state.filters) params.append("filter", formatCondition(item));
  if (state.bots) params.set("bots", "shown");
  for (const [card, tab] of Object.entries(state.tabs)) params.append("tab", `${card}:${tab}`);
  // Commas and colons are legal here, and a link that can be read is a link that is trusted.
  if (embed) params.set("token", embed.token);
  const text = params.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%2F", "/");
  return text ? `?${text}` : "";
}

/** `field,operator,value`; a value that is not plain text is JSON. @param {Condition} condition */
export function formatCondition({ field, operator, value }) {
  if (WITHOUT_VALUE.includes(operator)) return `${field},${operator}`;
  const plain = typeof value === "string" && !readsAsJson(value);
  return `${field},${operator},${plain ? value : JSON.stringify(value)}`;
}

/** @param {string} text @returns {Condition | null} */
export function parseCondition(text) {
  const [field, operator, ...rest] = text.split(",");
  if (!field || !operator) return null;
  if (WITHOUT_VALUE.includes(operator)) return { field, operator };
  const value = rest.join(",");
  return { field, operator, value: readsAsJson(value) ? JSON.parse(value) : value };
}

/** @param {string} text */
function readsAsJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** @param {Condition} a @param {Condition} b */
export function isSame(a, b) {
  return formatCondition(a) === formatCondition(b);
}

/** Holds the state; the URL follows it, and it follows the browser's back and forward. */
class Store {
  /** @type {Set<(changed: Set<keyof State>) => void>} */
  #readers = new Set();
  /** @type {State} */
  #state = parse(location.search);

  constructor() {
    addEventListener("popstate", () => this.#take(parse(location.search)));
  }

  get state() {
    return this.#state;
  }

  /** Change some of the state and tell the readers. @param {Partial<State>} patch */
  set(patch, { replace = false } = {}) {
    const next = { ...this.#state, ...patch };
    const url = location.pathname + format(next);
    if (url !== location.pathname + location.search)
      // Going back belongs to the page around a frame.
      history[replace || embed ? "replaceState" : "pushState"](null, "", url);
    this.#take(next);
  }

  /**
   * Call `reader` with the keys that changed; returns how to stop.
   * @param {(changed: Set<keyof State>) => void} reader
   */
  subscribe(reader) {
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  }

  /** @param {State} next */
  #take(next) {
    const before = this.#state;
    this.#state = next;
    const keys = /** @type {(keyof State)[]} */ (Object.keys(next));
    const changed = new Set(keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(next[key])));
    if (changed.size > 0) for (const reader of [...this.#readers]) reader(changed);
  }
}

export const store = new Store();

/** Add a condition, or leave the state as it is where the same one is there. @param {Condition} item */
export function addFilter(item) {
  const { filters } = store.state;
  if (!filters.some((other) => isSame(other, item))) store.set({ filters: [...filters, item] });
}

/** @param {number} index */
export function removeFilter(index) {
  store.set({ filters: store.state.filters.filter((_, i) => i !== index) });
}
