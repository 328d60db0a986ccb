// @ts-check
/** The line of controls: source, live, filter, comparison, period, help. */

import { fill, h, icon } from "./dom.js";
import { embed } from "./embed.js";
import { openFilterDialog } from "./filter-dialog.js";
import { formatDay } from "./format.js";
import { openHelp } from "./help.js";
import { menu } from "./menu.js";
import { COMPARISONS, PERIODS, comparison, isSpan, period } from "./period.js";
import { allSources, currentZone } from "./sources.js";
import { store } from "./state.js";
import "./now.js";

export class Controls extends HTMLElement {
  #source = menu();
  #bots = h("button", {
    type: "button", class: "toggle", title: "Crawlers and scripts, told by their user agent (B)",
    on: { click: () => store.set({ bots: !store.state.bots }) },
  });
  #compare = menu();
  #period = menu();

  connectedCallback() {
    this.#source.items = () => allSources().map((source) => ({
      id: source.name, label: source.name, is_chosen: source.name === store.state.source,
      choose: () => store.set({ source: source.name, filters: [], all: "" }),
    }));
    this.#compare.items = compareItems;
    this.#period.items = () => periodItems();
    this.append(
      ...(embed ? [] : [this.#source]),
      h("span", { class: "spacer" }),
      iconButton("filter", "Filter", "/", () => openFilterDialog(), "with-text"),
      this.#bots,
      this.#compare,
      this.#period,
      iconButton("help", "Keyboard shortcuts", "?", openHelp),
    );
    this.#compare.classList.add("compare-menu");
    this.#period.classList.add("period-menu");
    store.subscribe(() => this.refresh());
    this.refresh();
  }

  /** The sources are known and one is chosen: what asks about it may ask. */
  begin() {
    this.querySelector(".spacer")?.before(document.createElement("ff-now"));
    this.refresh();
  }

  /** Say what is chosen now. */
  refresh() {
    const { state } = store;
    this.#source.label(state.source || "No source", "Source");
    this.#compare.label(COMPARISONS.find((item) => item.id === (comparison(state) ?? ""))?.short ?? "", "Compare");
    this.#compare.hidden = state.period === "all";
    this.#period.label(periodLabel(), "Period");
    fill(this.#bots, icon("bot"), h("span", {}, state.bots ? "Bots shown" : "Bots hidden"));
    this.#bots.setAttribute("aria-pressed", String(state.bots));
    this.#bots.setAttribute("aria-label", state.bots ? "Bots shown" : "Bots hidden");
  }
}

function compareItems() {
  return COMPARISONS.map((item, i) => ({
    id: item.id || "none", label: item.label, is_chosen: item.id === store.state.compare,
    hint: item === nextComparison() ? "C" : undefined,
    starts_group: i === 1, choose: () => store.set({ compare: item.id }),
  }));
}

/** In the menu's order; after the last comes none. */
function nextComparison() {
  const at = COMPARISONS.findIndex((item) => item.id === store.state.compare);
  return COMPARISONS[(at + 1) % COMPARISONS.length];
}

export function cycleCompare() {
  store.set({ compare: nextComparison().id });
}

function periodItems() {
  return PERIODS.map((item) => ({
    id: item.id, label: item.label, hint: item.key.toUpperCase(),
    is_chosen: item.id === store.state.period,
    starts_group: ["today", "7d", "all"].includes(item.id),
    choose: () => choosePeriod(item.id),
  }));
}

/** @param {string} id */
export function choosePeriod(id) {
  if (id === "custom") openSpanDialog();
  else store.set({ period: id, from: "", to: "", granularity: "" });
}

/** What the period's button says. */
export function periodLabel() {
  const { state } = store;
  if (state.period !== "custom") return period(state.period).label;
  const from = formatDay(`${state.from}T12:00:00Z`, "UTC");
  return state.from === state.to ? from : `${from} – ${formatDay(`${state.to}T12:00:00Z`, "UTC")}`;
}

function openSpanDialog() {
  const from = h("input", { type: "date", name: "from", required: true, value: store.state.from || null });
  const to = h("input", { type: "date", name: "to", required: true, value: store.state.to || null });
  const dialog = h("dialog", { class: "dialog small", "aria-labelledby": "span-title", on: { close: () => dialog.remove() } });
  const apply = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const [first, last] = [from.value, to.value].sort();
    if (!isSpan(first, last)) return;
    dialog.close();
    store.set({ period: "custom", from: first, to: last, granularity: "" });
  };
  dialog.append(h("form", { class: "stack", on: { submit: apply } },
    h("h2", { id: "span-title" }, "From one day to another"),
    h("p", { class: "quiet" }, `Both days count in full, in ${currentZone()}.`),
    h("div", { class: "two" }, h("label", {}, "First day", from), h("label", {}, "Last day", to)),
    h("div", { class: "buttons" },
      h("button", { type: "button", class: "button", on: { click: () => dialog.close() } }, "Cancel"),
      h("button", { type: "submit", class: "button primary" }, "Show"))));
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * @param {Parameters<typeof icon>[0]} name @param {string} label @param {string} key
 * @param {() => void} act @param {string} [look]
 */
function iconButton(name, label, key, act, look = "") {
  return h("button", {
    type: "button", class: `icon-button ${look}`.trim(), "aria-label": label,
    title: `${label} (${key})`, on: { click: act },
  }, icon(name), look ? h("span", { class: "button-text" }, label, " ", h("kbd", {}, key)) : null);
}

customElements.define("ff-controls", Controls);
