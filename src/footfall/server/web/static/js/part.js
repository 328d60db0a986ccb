// @ts-check
/** A part of the page that loads, waits, fails and is retried on its own. */

/** @import { State } from "./types.js" */
import { ApiError } from "./api.js";
import { ended } from "./embed.js";
import { announce, fill, h } from "./dom.js";
import { PULSE } from "./live.js";
import { tellRefusal } from "./notices.js";
import { store } from "./state.js";

/** What takes longer is shown as work that can be cancelled. */
const SLOW = 2000;
/** A part is refreshed at most this often, and rests several times as long as it took. */
const LEAST_REST = 1200;
const REST_FACTOR = 4;

/** @typedef {"loading" | "ready" | "failed" | "cancelled"} Phase */

/** @template T */
export class Part extends HTMLElement {
  /** Keys of the state that this part is about. @type {(keyof State)[]} */
  static depends = ["source", "period", "from", "to", "filters", "bots"];
  /** Whether new events concern this part. */
  static is_live = true;
  /** Whether there is room to say that an answer takes its time. */
  static has_room = true;

  /** @type {AbortController | null} */ #request = null;
  /** @type {number | undefined} */ #slow;
  /** @type {number | undefined} */ #later;
  /** @type {(() => void) | null} */ #leave = null;
  #rests_until = 0;
  #is_built = false;
  /** @type {T | null} */ data = null;
  body = h("div", { class: "part-body" });
  status = h("div", { class: "part-status" });

  /** Build the frame around `body`; called once. */
  build() {
    this.append(this.body);
  }

  /** @param {AbortSignal} _signal @returns {Promise<T>} */
  load(_signal) {
    return Promise.reject(new Error("load() is not written"));
  }

  /** @param {T} _data */
  render(_data) {}

  /** Whether something newer is identical to what is shown, which then stays as it is. @param {T} _data */
  isSame(_data) {
    return false;
  }

  /** What stands in for content that was never there. @returns {Node[]} */
  skeleton() {
    return [h("div", { class: "skeleton" })];
  }

  /** Called when the state changed; parts that only draw anew override it. @param {Set<keyof State>} changed */
  changed(changed) {
    const own = /** @type {typeof Part} */ (this.constructor).depends;
    if (own.some((key) => changed.has(key))) void this.reload();
  }

  connectedCallback() {
    if (!this.#is_built) this.build();
    this.#is_built = true;
    this.classList.add("part");
    const leave = store.subscribe((changed) => this.changed(changed));
    const pulse = () => this.#onPulse();
    if (/** @type {typeof Part} */ (this.constructor).is_live) document.addEventListener(PULSE, pulse);
    this.#leave = () => {
      leave();
      document.removeEventListener(PULSE, pulse);
    };
    void this.reload();
  }

  disconnectedCallback() {
    this.#leave?.();
    this.#request?.abort("gone");
    clearTimeout(this.#slow);
    clearTimeout(this.#later);
  }

  /** Load anew. Quietly means: what is shown stays until something newer is there. */
  async reload({ quiet = false } = {}) {
    this.#request?.abort("replaced");
    clearTimeout(this.#later);
    const request = (this.#request = new AbortController());
    const began = performance.now();
    if (!quiet) this.#wait(began);
    try {
      const data = await this.load(request.signal);
      if (request.signal.aborted) return;
      this.#show(data, quiet);
    } catch (error) {
      this.#fail(request, error, quiet);
    } finally {
      if (this.#request === request) this.#settle(began);
    }
  }

  /** Look for something newer, unless an answer is waited for: asking anew would put it off, for ever where answers are slow. */
  look() {
    if (!this.#request) void this.reload({ quiet: true });
  }

  cancel() {
    this.#request?.abort("cancelled");
  }

  /** @param {number} began */
  #wait(began) {
    this.#phase("loading");
    clearTimeout(this.#slow);
    if (this.data === null) fill(this.body, ...this.skeleton());
    this.status.remove();
    if (/** @type {typeof Part} */ (this.constructor).has_room) this.#slow = setTimeout(() => this.#showSlow(began), SLOW);
  }

  /** @param {T} data @param {boolean} quiet */
  #show(data, quiet) {
    const is_shown = quiet && this.data !== null && this.isSame(data);
    this.data = data;
    this.#phase("ready");
    this.status.remove();
    if (!is_shown) this.render(data);
  }

  /** @param {AbortController} request @param {unknown} error @param {boolean} quiet */
  #fail(request, error, quiet) {
    const { aborted, reason } = request.signal;
    if (aborted && reason !== "cancelled") return;
    if (aborted) this.#stop("cancelled", "Cancelled.", "Load");
    else if (quiet && this.data !== null) this.dataset.stale = "";
    else if (ended() || tellRefusal(error)) this.#rest();
    else this.#stop("failed", describe(error), "Try again", error);
  }

  /** @param {number} began */
  #settle(began) {
    clearTimeout(this.#slow);
    this.#request = null;
    const now = performance.now();
    this.#rests_until = now + Math.max(LEAST_REST, REST_FACTOR * (now - began));
  }

  /** @param {Phase} phase */
  #phase(phase) {
    this.dataset.phase = phase;
    delete this.dataset.stale;
    this.setAttribute("aria-busy", String(phase === "loading"));
  }

  /** @param {Phase} phase @param {string} text @param {string} action @param {unknown} [error] */
  #stop(phase, text, action, error) {
    this.#phase(phase);
    this.data = null;
    const again = error instanceof ApiError && error.status === 401
      ? h("a", { class: "button", href: "/login" }, "Log in")
      : h("button", { class: "button", type: "button", on: { click: () => void this.reload() } }, action);
    fill(this.body);
    fill(this.status, message(text, phase === "failed"), again);
    this.body.before(this.status);
  }

  /** Stand back: what keeps this part from its numbers is said at the top of the page. */
  #rest() {
    this.#phase("failed");
    this.data = null;
    fill(this.body, h("p", { class: "quiet nothing" }, "Not counted."));
    this.status.remove();
  }

  /** @param {number} began */
  #showSlow(began) {
    const seconds = h("span", { class: "num" });
    const tick = () => {
      if (!this.#request || this.dataset.phase !== "loading") return;
      seconds.textContent = `${Math.round((performance.now() - began) / 1000)} s`;
      this.#slow = setTimeout(tick, 1000);
    };
    fill(this.status, h("progress", { "aria-label": "Still counting" }),
      h("p", {}, "Still counting… ", seconds),
      h("button", { class: "button", type: "button", on: { click: () => this.cancel() } }, "Cancel"));
    this.body.before(this.status);
    announce("Still counting");
    tick();
  }

  #onPulse() {
    const wait = this.#rests_until - performance.now();
    clearTimeout(this.#later);
    if (this.#request) this.#later = setTimeout(() => this.#onPulse(), LEAST_REST);
    else this.#later = setTimeout(() => void this.reload({ quiet: true }), Math.max(0, wait));
  }
}

/** Lines stay lines, and a caret below a word stays below it: only lines without one may go on in the next. @param {string} text @param {boolean} is_alert */
function message(text, is_alert) {
  const role = is_alert ? "alert" : null;
  const [first, ...rest] = text.split("\n");
  if (rest.length === 0) return h("p", { role }, text);
  return h("div", { role, class: "lines" }, h("p", {}, first), h("pre", { tabindex: "0" }, ...lines(rest.join("\n").trim())));
}

/** @param {string} text */
function lines(text) {
  const all = text.split("\n");
  const has_caret = (/** @type {number} */ i) => /^\s*\^/.test(all[i] ?? "");
  return all.map((line, i) => h("span", { class: has_caret(i) || has_caret(i + 1) ? "pointed" : null }, line || " "));
}

/** @param {unknown} error */
function describe(error) {
  if (error instanceof ApiError) return error.message;
  return `This part could not be drawn: ${error instanceof Error ? error.message : String(error)}`;
}
