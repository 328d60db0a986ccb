// @ts-check
/** The Overview page: finds the sources, then puts the parts in their places. */

import { ApiError } from "./api.js";
import { followAll } from "./all-dialog.js";
import { misread } from "./asked.js";
import { Controls, choosePeriod, cycleCompare, periodLabel } from "./controls.js";
import { fill, h } from "./dom.js";
import { embed, hasEvents } from "./embed.js";
import { openFilterDialog } from "./filter-dialog.js";
import { listenForShortcuts, openHelp, periodShortcuts, shortcut } from "./help.js";
import { live } from "./live.js";
import { headline } from "./metrics.js";
import { noticesElement } from "./notices.js";
import { PERIODS } from "./period.js";
import { allSources, currentSource, currentZone, firstSource, loadSources } from "./sources.js";
import { store } from "./state.js";
import "./chart.js";
import "./empty.js";
import "./heatmap.js";
import "./lists.js";
import "./pills.js";
import "./recent.js";
import "./strip.js";
import "./theme-button.js";

const main = /** @type {HTMLElement} */ (document.getElementById("main"));
const notices = noticesElement();
const OLD = 30 * 86_400_000;
const WAIT = 2000;

async function start() {
  fill(main, h("div", { class: "card waiting-card" }, h("div", { class: "skeleton" })));
  try {
    await loadSources();
  } catch (error) {
    return fill(main, failure(error));
  }
  const asked = location.search;
  choose();
  // Only now is it settled what the page asks: every part asks once.
  follow();
  // Before the questions: what comes after they are answered is told.
  live.start();
  mount();
  entitle();
  say(asked);
}

/** Say what of an address the page could not take. @param {string} search */
function say(search) {
  const { state } = store;
  notices.say(misread(search, {
    sources: allSources().map((source) => source.name), source: state.source,
    period: periodLabel(), metric: headline(state.metric).label,
  }));
}

/** Take the source and period to begin with where the URL names none. */
function choose() {
  if (currentSource() && !embed) return;
  const source = currentSource() ?? firstSource();
  // An old log would show an empty month: it is shown whole instead.
  const is_old = source?.last && Date.now() - Date.parse(source.last) > OLD;
  const has_period = Boolean(embed?.period) || PERIODS.some(({ id }) => id === new URLSearchParams(location.search).get("period"));
  store.set({ source: source?.name ?? "", ...(is_old && !has_period ? { period: "all" } : {}) }, { replace: true });
}

function entitle() {
  document.title = [store.state.source, periodLabel(), "Footfall"].filter(Boolean).join(" · ");
  const zone = document.getElementById("zone");
  if (zone) zone.textContent = store.state.source ? `Days and hours in ${currentZone()}` : "";
}

function mount() {
  const source = currentSource();
  if (!source || source.n_events === 0) return mountEmpty();
  fill(main, notices,
    h("section", { class: "card lead-card", "aria-label": "Numbers and chart" }, part("ff-strip"), part("ff-chart")),
    h("div", { class: "grid" },
      ...["content", "events", "origins", "places", "technology"].map(list),
      hasEvents() ? h("section", { class: "card", "aria-label": "Newest events" }, part("ff-recent")) : null,
      h("section", { class: "card whole", "aria-label": "Weekdays and hours" }, part("ff-heatmap"))));
}

/** @param {string} tag */
function part(tag) {
  return document.createElement(tag);
}

/** @param {string} card */
function list(card) {
  const element = part("ff-list");
  element.setAttribute("card", card);
  return h("section", { class: "card" }, element);
}

/** Wait for the first event, then show the numbers. */
function mountEmpty() {
  const empty = part("ff-empty");
  fill(main, notices, empty);
  const look = async () => {
    if (!empty.isConnected) return;
    if (!document.hidden) await loadSources().catch(() => []);
    if (!empty.isConnected) return;
    if ((currentSource()?.n_events ?? 0) > 0) mount();
    else setTimeout(look, WAIT);
  };
  setTimeout(look, WAIT);
}

/** @param {unknown} error */
function failure(error) {
  const is_logged_out = error instanceof ApiError && error.status === 401;
  if (is_logged_out && embed) return notices;
  return h("div", { class: "card failure", role: "alert" },
    h("h1", {}, is_logged_out ? "You are logged out" : "The sources cannot be read"),
    h("p", {}, error instanceof Error ? error.message : String(error)),
    is_logged_out ? h("a", { class: "button primary", href: "/login" }, "Log in")
      : h("button", { type: "button", class: "button primary", on: { click: () => void start() } }, "Try again"));
}

function listen() {
  periodShortcuts(choosePeriod);
  shortcut("c", "Next comparison", cycleCompare);
  shortcut("/", "Add a filter", () => openFilterDialog());
  shortcut("b", "Show or hide bots", () => store.set({ bots: !store.state.bots }));
  if (!embed) shortcut("t", "Next theme", () => /** @type {any} */ (document.querySelector("ff-theme"))?.next());
  shortcut("?", "This list", openHelp);
  listenForShortcuts();
}

/** Keep the page in step with its state from here on. */
function follow() {
  /** @type {Controls | null} */ (document.querySelector("ff-controls"))?.begin();
  store.subscribe((changed) => {
    if (changed.has("source")) mount();
    entitle();
    say(location.search);
  });
}

listen();
await start();
followAll();
