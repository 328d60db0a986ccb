// @ts-check
/** Received, stored, duplicates and rejects, which have to add up. */

/** @import { Entry } from "./types.js" */
import { readLedger } from "./api.js";
import { fill, h } from "./dom.js";
import { saveCsv } from "./export.js";
import { Part } from "./part.js";
import { table } from "./table.js";

/** Counts are of whole hours, in UTC. @type {Record<string, string>} */
const TIME_RANGES = { day: "last 24 hours", week: `last ${7 * 24} hours`, month: `last ${30 * 24} hours`, all: "all" };
const whole = new Intl.NumberFormat();
/** @type {("received" | "stored" | "duplicates" | "rejected" | "mismatched")[]} */
const COUNTS = ["received", "stored", "duplicates", "rejected", "mismatched"];

/** @typedef {Entry & {key: string}} Line */

/** @extends {Part<Entry[]>} */
export class LedgerCounts extends Part {
  static is_live = false;
  /** @type {(keyof import("./types.js").State)[]} */ static depends = [];
  source = "";
  range = "day";
  by = "protocol";
  /** What is sorted by, for each way to count. */
  #orders = { protocol: { column: 2, descending: true }, hour: { column: 1, descending: true } };

  /** @param {AbortSignal} signal */
  async load(signal) {
    return readLedger(this.source, TIME_RANGES[this.range], signal);
  }

  /** @param {Entry[]} entries */
  isSame(entries) {
    return JSON.stringify(entries) === JSON.stringify(this.data);
  }

  /** @param {Entry[]} entries */
  render(entries) {
    const lines = gathered(entries, this.by);
    if (lines.length === 0) return fill(this.body, h("p", { class: "quiet nothing" }, "Nothing was received in this time."));
    const first = this.by === "hour" ? "hour" : "protocol";
    const save = () => saveCsv("ledger", ["source", first, ...COUNTS], lines.map((line) => [line.source, line[first], ...COUNTS.map((name) => line[name])]));
    const columns = [
      { label: "Source", value: (/** @type {Line} */ line) => line.source },
      { label: first === "hour" ? "Hour (UTC)" : "Protocol", value: (/** @type {Line} */ line) => line[first], show: (/** @type {Line} */ line) => named(line[first]), is_whole: true },
      ...COUNTS.map((name) => ({ label: LABELS[name], value: (/** @type {Line} */ line) => line[name], show: (/** @type {Line} */ line) => whole.format(line[name]), is_number: true, hint: HINTS[name] })),
      { label: "Adds up", value: (/** @type {Line} */ line) => Number(isBalanced(line)), show: (/** @type {Line} */ line) => balance(line) },
    ];
    fill(this.body,
      h("div", { class: "card-head" }, h("h2", {}, "What became of what was received"), h("p", { class: "quiet num" }, total(lines)),
        h("button", { type: "button", class: "button", on: { click: save } }, "Download CSV")),
      h("div", { class: "table-scroll tall", tabindex: "0", role: "region", "aria-label": "Counts" },
        table({ columns, rows: lines, caption: "Counts", chosen: this.#orders[first], stacks: true })));
  }
}

const LABELS = { received: "Received", stored: "Stored", duplicates: "Duplicates", rejected: "Rejected", mismatched: "Odd values" };
/** @type {Partial<Record<keyof typeof LABELS, string>>} */
const HINTS = { mismatched: "Values of stored events that are not of the type that the source declares for them, such as a word where a number belongs; they are kept as they came" };

/** Sums by source and protocol or hour. @param {Entry[]} entries @param {string} by @returns {Line[]} */
function gathered(entries, by) {
  /** @type {Map<string, Line>} */
  const found = new Map();
  for (const entry of entries) {
    const key = `${entry.source} ${by === "hour" ? entry.hour : entry.protocol}`;
    const line = found.get(key);
    if (!line) found.set(key, { ...entry, key });
    else for (const name of COUNTS) line[name] += entry[name];
  }
  return [...found.values()];
}

/** @param {string} text */
function named(text) {
  return text.endsWith("Z") || text.includes("+00:00") ? text.slice(0, 16).replace("T", " ") : text;
}

/** @param {Entry} line */
function isBalanced({ received, stored, duplicates, rejected }) {
  return received === stored + duplicates + rejected;
}

/** @param {Entry} line */
function balance(line) {
  return isBalanced(line) ? "yes" : h("strong", { class: "problem" }, "no: run footfall doctor");
}

/** @param {Line[]} lines */
function total(lines) {
  const [received, rejected] = [sum(lines, "received"), sum(lines, "rejected")];
  return `${whole.format(received)} received, ${whole.format(rejected)} rejected`;
}

/** @param {Line[]} lines @param {"received" | "rejected"} name */
function sum(lines, name) {
  return lines.reduce((all, line) => all + line[name], 0);
}

customElements.define("ff-ledger-counts", LedgerCounts);
