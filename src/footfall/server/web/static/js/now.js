// @ts-check
/** Actors of the last five minutes, and whether the page hears of new events at once. */

/** @import { Result } from "./types.js" */
import { pageFilter, runQuery } from "./api.js";
import { fill, h } from "./dom.js";
import { formatValue } from "./format.js";
import { CONDITION, live } from "./live.js";
import { Part } from "./part.js";
import { store } from "./state.js";

const WORDS = {
  live: "New events show at once",
  polling: "New events show within seconds",
  waiting: "Waiting for the server",
};

/** The number goes down as time passes, though nothing happens. */
const AGES = 30_000;

/** @extends {Part<Result | null>} */
class Now extends Part {
  static has_room = false;
  static depends = /** @type {(keyof import("./types.js").State)[]} */ (["source", "filters", "bots"]);
  /** @type {number | undefined} */ #clock;
  #listen = () => this.render(this.data);

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener(CONDITION, this.#listen);
    this.#clock = setInterval(() => document.hidden || void this.reload({ quiet: true }), AGES);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener(CONDITION, this.#listen);
    clearInterval(this.#clock);
  }

  skeleton() {
    return [];
  }

  /** @param {AbortSignal} signal */
  async load(signal) {
    if (!store.state.source) return null;
    try {
      return await runQuery({
        source: store.state.source, metrics: ["actors"], filter: pageFilter(store.state),
        time_range: "last 5 minutes",
      }, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      // The controls have no room for a sentence; the parts below say what is wrong.
      return null;
    }
  }

  /** @param {Result | null} result */
  render(result) {
    const n = result?.rows[0]?.actors;
    const words = WORDS[live.condition];
    const has_focus = this.contains(document.activeElement);
    fill(this.body, h("button", {
      type: "button", class: "active-now", "data-condition": live.condition,
      title: `${words}. Actors of the last 5 minutes; click for the last 30 (R)`,
      on: { click: () => store.set({ period: "realtime", from: "", to: "", granularity: "" }) },
    }, h("span", { class: "dot", "aria-hidden": "true" }),
    h("span", { class: "num" }, formatValue(n, "count")), h("span", { class: "now-text" }, " active now")));
    if (has_focus) this.querySelector("button")?.focus();
  }
}

customElements.define("ff-now", Now);
