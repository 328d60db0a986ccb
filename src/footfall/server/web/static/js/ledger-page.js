// @ts-check
/** What became of everything received: counts that add up, and what could not be understood. */

import { fill, h } from "./dom.js";
import { LedgerCounts } from "./ledger-counts.js";
import { LedgerRejects } from "./ledger-rejects.js";
import { loadSources } from "./sources.js";
import "./theme-button.js";

/** Milliseconds between looks while the page is seen. */
const LOOK = 3000;
const RANGES = { day: "Last 24 hours", week: "Last 7 days", month: "Last 30 days", all: "All time" };

/** The choices of the page, which its URL holds. @returns {{source: string, range: string, by: string, code: string}} */
function asked() {
  const params = new URLSearchParams(location.search);
  const range = params.get("range") ?? "";
  return {
    source: params.get("source") ?? "",
    range: range in RANGES ? range : "day",
    by: params.get("by") === "hour" ? "hour" : "protocol",
    code: params.get("code") ?? "",
  };
}

class LedgerPage extends HTMLElement {
  #source = h("select", { "aria-label": "Source", on: { change: () => this.#choose({ source: this.#source.value, code: "" }) } });
  #range = h("select", { "aria-label": "Received", on: { change: () => this.#choose({ range: this.#range.value }) } },
    ...Object.entries(RANGES).map(([value, label]) => h("option", { value }, label)));
  #by = h("select", { "aria-label": "Counted by", on: { change: () => this.#choose({ by: this.#by.value }) } },
    h("option", { value: "protocol" }, "By protocol"), h("option", { value: "hour" }, "By hour"));
  #counts = /** @type {LedgerCounts} */ (document.createElement("ff-ledger-counts"));
  #rejects = /** @type {LedgerRejects} */ (document.createElement("ff-ledger-rejects"));
  /** @type {number | undefined} */ #clock;

  connectedCallback() {
    this.#take();
    this.#rejects.choose = (code) => this.#choose({ code });
    this.append(
      h("div", { class: "tools ledger-tools" }, this.#source, this.#range, this.#by),
      h("section", { class: "card", "aria-label": "Counts" }, this.#counts),
      h("section", { class: "card", "aria-label": "Rejects" }, this.#rejects));
    addEventListener("popstate", () => this.#show());
    this.#clock = setInterval(() => this.#look(), LOOK);
    void this.#listSources();
  }

  disconnectedCallback() {
    clearInterval(this.#clock);
  }

  async #listSources() {
    const sources = await loadSources().catch(() => []);
    fill(this.#source, h("option", { value: "" }, "All sources"),
      ...sources.map(({ name }) => h("option", { value: name }, name)));
    this.#source.value = asked().source;
  }

  /** @param {Record<string, string>} changed */
  #choose(changed) {
    const params = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(changed)) value ? params.set(name, value) : params.delete(name);
    history.pushState(null, "", `/ledger?${params}`);
    this.#show();
  }

  #show() {
    this.#take();
    void this.#counts.reload();
    void this.#rejects.reload();
  }

  #take() {
    const { source, range, by, code } = asked();
    this.#source.value = source;
    this.#range.value = range;
    this.#by.value = by;
    Object.assign(this.#counts, { source, range, by });
    Object.assign(this.#rejects, { source, code });
  }

  #look() {
    if (document.hidden || this.contains(document.activeElement?.closest("dialog") ?? null)) return;
    this.#counts.look();
    if (!this.#rejects.is_read) this.#rejects.look();
  }
}

customElements.define("ff-ledger", LedgerPage);
