// @ts-check
/** The events behind a number, in a drawer at the side, with the SQL that counted them. */

/** @import { Condition, Event } from "./types.js" */
import { listEvents, pageFilter } from "./api.js";
import { append, copyText, fill, h } from "./dom.js";
import { hasEvents } from "./embed.js";
import { fieldLabel, valueLabel, valueMark } from "./fields.js";
import { formatDay, formatMoment } from "./format.js";
import { Part } from "./part.js";
import { store } from "./state.js";

const N_EVENTS = 50;

/**
 * @typedef {object} Behind
 * @property {string} title
 * @property {Condition[]} conditions  On top of the page's filters.
 * @property {{start: string, end: string, timezone: string}} range
 * @property {string} [sql]  The SQL of the number itself.
 */

/** @typedef {{events: Event[], cursor: string | null, sql?: string}} Page */

/** @extends {Part<Page>} */
class EventList extends Part {
  static is_live = false;
  /** @type {(keyof import("./types.js").State)[]} */ static depends = [];
  /** @type {Behind} */ behind = { title: "", conditions: [], range: { start: "", end: "", timezone: "UTC" } };
  #rows = h("ol", { class: "event-list" });

  /** @param {AbortSignal} signal @returns {Promise<Page>} */
  load(signal) {
    return this.#page(null, signal);
  }

  /** @param {string | null} cursor @param {AbortSignal} [signal] */
  #page(cursor, signal) {
    const { start, end } = this.behind.range;
    return listEvents({
      source: store.state.source, filter: pageFilter(store.state, this.behind.conditions),
      time_range: { start, end }, limit: N_EVENTS, cursor,
    }, signal);
  }

  skeleton() {
    return Array.from({ length: 10 }, () => h("div", { class: "skeleton row" }));
  }

  /** @param {Page} page */
  render(page) {
    fill(this.#rows);
    if (page.events.length === 0) fill(this.body, h("p", { class: "quiet nothing" }, "No events."));
    else fill(this.body, this.#rows);
    this.#add(page);
  }

  /** @param {Page} page */
  #add(page) {
    append(this.#rows, page.events.map((event) => entry(event, this.behind.range.timezone)));
    if (!page.cursor) return;
    const more = h("button", { type: "button", class: "button", on: { click: () => void this.#more(more, page.cursor) } }, "More");
    this.body.append(more);
  }

  /** @param {HTMLButtonElement} button @param {string | null} cursor */
  async #more(button, cursor) {
    button.disabled = true;
    try {
      const page = await this.#page(cursor);
      button.remove();
      const first = this.#rows.children.length;
      this.#add(page);
      this.#rows.children[first]?.querySelector("summary")?.focus();
    } catch (error) {
      button.disabled = false;
      button.textContent = `Try again: ${error instanceof Error ? error.message : ""}`;
    }
  }
}

customElements.define("ff-event-list", EventList);

/** @param {Event} event @param {string} timezone */
function entry(event, timezone) {
  const country = /** @type {string | null} */ (event.country ?? null);
  return h("li", {}, h("details", {},
    h("summary", {},
      h("time", { class: "num", datetime: event.timestamp }, formatMoment(event.timestamp, timezone)),
      h("strong", {}, event.name),
      h("span", { class: "event-path" }, String(event.path ?? "")),
      h("span", { class: "event-who" }, valueMark("country", country), ` ${String(event.actor_id ?? "").slice(0, 12)}`)),
    facts(event, timezone)));
}

/** Everything that is known of an event. @param {Event} event @param {string} timezone */
export function facts(event, timezone) {
  const known = Object.entries(event).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h("dl", { class: "facts" }, ...known.flatMap(([key, value]) => [
    h("dt", {}, fieldLabel(key)), h("dd", {}, factValue(key, value, timezone)),
  ]));
}

/** @param {string} key @param {unknown} value @param {string} timezone */
function factValue(key, value, timezone) {
  if (key === "timestamp" || key === "received_at") return formatMoment(String(value), timezone);
  if (value !== null && typeof value === "object") return h("pre", {}, JSON.stringify(value, null, 2));
  return valueLabel(key, value);
}

/** @param {Behind} behind */
export function openEvents(behind) {
  if (!hasEvents()) return;
  const list = /** @type {EventList} */ (document.createElement("ff-event-list"));
  list.behind = behind;
  /** @type {HTMLDialogElement} */
  const dialog = h("dialog", { class: "drawer", "aria-labelledby": "drawer-title", on: {
    close: () => dialog.remove(),
    // A click beside the drawer lands on the dialog itself, not on what is in it.
    click: (event) => event.target === dialog && dialog.close(),
  } });
  dialog.append(h("div", { class: "drawer-inside" },
    h("div", { class: "dialog-head" },
      h("div", {}, h("h2", { id: "drawer-title" }, behind.title), h("p", { class: "quiet" }, rangeText(behind.range))),
      h("button", { type: "button", class: "button", on: { click: () => dialog.close() } }, "Close")),
    behind.sql ? sqlSection(behind.sql) : null,
    list));
  document.body.append(dialog);
  dialog.showModal();
}

/** @param {Behind["range"]} range */
function rangeText({ start, end, timezone }) {
  const is_short = Date.parse(end) - Date.parse(start) < 86_400_000;
  const last = new Date(Date.parse(end) - 1).toISOString();
  if (is_short) return `${formatMoment(start, timezone)} – ${formatMoment(end, timezone)}, ${timezone}`;
  return `${formatDay(start, timezone)} – ${formatDay(last, timezone)}, ${timezone}`;
}

/** Metrics over events and over sessions have a statement each. @param {string} sql */
function sqlSection(sql) {
  return h("details", { class: "sql-behind" }, h("summary", {}, "SQL behind the number"),
    ...sql.split(";\n\n").flatMap(statement));
}

/** @param {string} sql */
function statement(sql) {
  const copy = h("button", { type: "button", class: "button", on: { click: () => void copyText(copy, sql) } }, "Copy");
  const asked = new URLSearchParams({ source: store.state.source, sql });
  return [
    h("pre", { class: "snippet", tabindex: "0" }, h("code", {}, sql)),
    h("div", { class: "buttons" }, copy, h("a", { class: "button", href: `/sql?${asked}` }, "Ask in SQL")),
  ];
}
