// @ts-check
/** What could not be understood: to look at, to take along, and to read once more. */

/** @import { Reject } from "./types.js" */
import { listRejects, replayRejects } from "./api.js";
import { announce, fill, h } from "./dom.js";
import { Part } from "./part.js";
import { table } from "./table.js";

const SHOWN = 100;
const LONG = 120;
const whole = new Intl.NumberFormat();

/** @typedef {{rejects: Reject[], n_rejects: number, codes: Record<string, number>}} Found */

/** @extends {Part<Found>} */
export class LedgerRejects extends Part {
  static is_live = false;
  /** @type {(keyof import("./types.js").State)[]} */ static depends = [];
  source = "";
  code = "";
  /** Called with the code that is to be shown alone, or "". @type {(code: string) => void} */ choose = () => {};
  #order = { column: -1, descending: true };
  #said = h("p", { class: "quiet", role: "status" });

  /** Whether somebody has opened a reject, which a reload would close. */
  get is_read() {
    return this.querySelector("details[open]") !== null;
  }

  /** @param {AbortSignal} signal */
  async load(signal) {
    return listRejects({ source: this.source, code: this.code, limit: SHOWN }, signal);
  }

  /** @param {Found} found */
  isSame(found) {
    return JSON.stringify(found) === JSON.stringify(this.data);
  }

  /** @param {Found} found */
  render({ rejects, n_rejects, codes }) {
    const head = h("div", { class: "card-head" }, h("h2", {}, "Rejects"),
      h("p", { class: "quiet num" }, n_rejects ? `${whole.format(n_rejects)} open` : "None."), this.#export(n_rejects), this.#replay(n_rejects));
    fill(this.body, head, this.#said, ...this.#list(rejects, codes));
  }

  /** @param {Reject[]} rejects @param {Record<string, number>} codes */
  #list(rejects, codes) {
    if (rejects.length === 0) return [h("p", { class: "quiet nothing" }, "Everything that came could be understood.")];
    const columns = [
      { label: "Received", value: (/** @type {Reject} */ each) => each.received_at, show: (/** @type {Reject} */ each) => each.received_at.slice(0, 19).replace("T", " "), is_whole: true },
      { label: "Source", value: (/** @type {Reject} */ each) => each.source },
      { label: "Protocol", value: (/** @type {Reject} */ each) => each.protocol },
      { label: "Place", value: (/** @type {Reject} */ each) => `${each.origin}:${each.line}` },
      { label: "Reason", value: (/** @type {Reject} */ each) => each.reason },
      { label: "What came", value: (/** @type {Reject} */ each) => each.raw, show: raw },
    ];
    return [this.#codes(codes), h("div", { class: "table-scroll tall", tabindex: "0", role: "region", "aria-label": "Rejects" },
      table({ columns, rows: rejects, caption: "Rejects", chosen: this.#order, stacks: true }))];
  }

  /** A button for each reason, pressed for the one that is shown alone. @param {Record<string, number>} codes */
  #codes(codes) {
    return h("div", { class: "ledger-codes", role: "group", "aria-label": "Reasons" }, ...Object.entries(codes).map(([code, n]) =>
      h("button", { type: "button", class: "button small", "aria-pressed": String(code === this.code), on: { click: () => this.choose(code === this.code ? "" : code) } },
        `${code} ${whole.format(n)}`)));
  }

  /** @param {number} n_rejects */
  #export(n_rejects) {
    const params = new URLSearchParams({ is_replayed: "false", ...(this.source && { source: this.source }) });
    return n_rejects ? h("a", { class: "button", href: `/api/v1/rejects/export?${params}`, download: "rejects.jsonl" }, "Export") : null;
  }

  /** @param {number} n_rejects */
  #replay(n_rejects) {
    if (!n_rejects) return null;
    const title = this.source ? "Read them once more by the mapping as it is now" : "Choose a source first";
    return h("button", { type: "button", class: "button primary", title, disabled: !this.source, on: { click: () => void this.#read() } }, "Replay");
  }

  async #read() {
    try {
      const { read, stored, duplicates, rejected } = await replayRejects(this.source);
      this.#say(`${whole.format(read)} read: ${whole.format(stored)} stored, ${whole.format(duplicates)} duplicates, ${whole.format(rejected)} are rejects still.`);
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error));
    }
    void this.reload({ quiet: true });
  }

  /** @param {string} text */
  #say(text) {
    this.#said.textContent = text;
    announce(text);
  }
}

/** @param {Reject} reject */
function raw({ raw, is_cut }) {
  const text = is_cut ? `${raw}…` : raw;
  if (text.length <= LONG) return h("code", {}, text);
  return h("details", {}, h("summary", {}, h("code", {}, `${text.slice(0, LONG)}…`)), h("pre", { class: "ledger-raw" }, text));
}

customElements.define("ff-ledger-rejects", LedgerRejects);
