// @ts-check
/** The newest events, as they come. */

/** @import { Event } from "./types.js" */
import { listEvents, pageFilter } from "./api.js";
import { fill, h } from "./dom.js";
import { facts } from "./drawer.js";
import { isShown } from "./embed.js";
import { valueMark } from "./fields.js";
import { formatAgo, formatMoment } from "./format.js";
import { Part } from "./part.js";
import { timeRange } from "./period.js";
import { currentSource, currentZone } from "./sources.js";
import { addFilter, store } from "./state.js";

const N_EVENTS = 9;
const AGES = 10_000;

/** @extends {Part<Event[]>} */
class Recent extends Part {
  /** @type {Set<string> | null} */ #seen = null;
  /** @type {number | undefined} */ #clock;

  build() {
    this.append(h("div", { class: "card-head" }, h("h2", {}, "Newest events")), this.body);
  }

  connectedCallback() {
    super.connectedCallback();
    this.#clock = setInterval(() => this.#age(), AGES);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.#clock);
  }

  /** @param {AbortSignal} signal */
  async load(signal) {
    const { state } = store;
    const page = await listEvents({
      source: state.source, filter: pageFilter(state), limit: N_EVENTS,
      time_range: timeRange(state, currentSource(), new Date()),
    }, signal);
    return page.events;
  }

  /** @param {Set<keyof import("./types.js").State>} changed */
  changed(changed) {
    // What another question brings is not new, only different.
    this.#seen = null;
    super.changed(changed);
  }

  skeleton() {
    return [h("ol", { class: "rows" }, ...Array.from({ length: N_EVENTS }, () => h("li", { class: "skeleton row" })))];
  }

  /** @param {Event[]} events */
  render(events) {
    const seen = this.#seen;
    this.#seen = new Set(events.map((event) => event.event_id));
    if (this.querySelector("details[open]") && seen) return;
    if (events.length === 0) return fill(this.body, h("p", { class: "quiet nothing" }, "No events in this period."));
    fill(this.body, h("ol", { class: "event-list" },
      ...events.map((event) => entry(event, seen !== null && !seen.has(event.event_id)))));
  }

  #age() {
    const now = new Date();
    for (const time of this.querySelectorAll("time")) time.textContent = formatAgo(time.dateTime, now, currentZone());
  }
}

/** @param {Event} event @param {boolean} is_new */
function entry(event, is_new) {
  const country = /** @type {string | null} */ (event.country ?? null);
  const actor = String(event.actor_id ?? "");
  return h("li", { class: is_new ? "new" : null, "data-event": event.event_id }, h("details", {},
    h("summary", {},
      h("strong", {}, event.name),
      h("span", { class: "event-path" }, String(event.path ?? "")),
      h("span", { class: "event-who" }, valueMark("country", country), ` ${actor.slice(0, 12)}`),
      h("time", { class: "num", datetime: event.timestamp, title: formatMoment(event.timestamp, currentZone()) },
        formatAgo(event.timestamp, new Date(), currentZone()))),
    isShown("actor_id") ? h("button", { type: "button", class: "link", on: {
      click: () => addFilter({ field: "actor_id", operator: "is", value: actor }),
    } }, "Only this actor") : null,
    facts(event, currentZone())));
}

customElements.define("ff-recent", Recent);
