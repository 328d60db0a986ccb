// @ts-check
/** What the page has to say about its address: what it could not take, and a filter that the server refused. */

import { ApiError } from "./api.js";
import { announce, fill, h, icon } from "./dom.js";
import { ENDED } from "./embed.js";
import { conditionLabel } from "./fields.js";
import { openFilterDialog } from "./filter-dialog.js";
import { removeFilter, store } from "./state.js";

/** Event on the document: a filter of the page was refused; its detail is a `Refusal`. */
const REFUSED = "ff:refused";

/** @typedef {{index: number, message: string}} Refusal */

/**
 * Tell the page when an error is about one of its filters: every part meets the same one, and
 * it is said once. Returns whether it is.
 * @param {unknown} error
 */
export function tellRefusal(error) {
  const index = error instanceof ApiError ? refusedFilter(error.parameter) : -1;
  if (index < 0) return false;
  const message = /** @type {ApiError} */ (error).message.replace(/^filter[^:]*: /, "");
  document.dispatchEvent(new CustomEvent(REFUSED, { detail: { index, message } }));
  return true;
}

/** Place of the page's filter that a parameter such as `filter.and[1].value` names, or -1. @param {string | null} parameter */
function refusedFilter(parameter) {
  const found = /^filter(?:\.and\[(\d+)\])?(?:\.|$)/.exec(parameter ?? "");
  if (!found) return -1;
  // Bots are left out by a condition of the page's own, which comes first.
  const index = Number(found[1] ?? 0) - (store.state.bots ? 0 : 1);
  return index < store.state.filters.length ? index : -1;
}

class Notices extends HTMLElement {
  /** @type {string[]} */ #sentences = [];
  /** @type {Refusal | null} */ #refusal = null;
  #end = "";

  constructor() {
    super();
    document.addEventListener(REFUSED, (event) => this.#refuse(/** @type {CustomEvent<Refusal>} */ (event).detail));
    document.addEventListener(ENDED, (event) => {
      this.#end = /** @type {CustomEvent<string>} */ (event).detail;
      this.#render();
    });
    store.subscribe((changed) => {
      if (!changed.has("filters") && !changed.has("bots") && !changed.has("source")) return;
      this.#refusal = null;
      this.#render();
    });
  }

  /** @param {string[]} sentences */
  say(sentences) {
    if (sentences.join() === this.#sentences.join()) return;
    this.#sentences = sentences;
    this.#render();
    announce(sentences.join(" "));
  }

  /** @param {Refusal} refusal */
  #refuse(refusal) {
    const before = this.#refusal;
    if (before?.index === refusal.index && before.message === refusal.message) return;
    this.#refusal = refusal;
    this.#render();
  }

  #render() {
    const [said, refused] = [this.#sentences, this.#refusal];
    fill(this, this.#end ? endNotice(this.#end) : null, said.length > 0 ? this.#misread(said) : null, refused ? refusedNotice(refused) : null);
  }

  /** @param {string[]} sentences */
  #misread(sentences) {
    return h("div", { class: "notice page-notice" }, h("div", {}, ...sentences.map((text) => h("p", {}, text))),
      h("button", { type: "button", class: "notice-close", "aria-label": "Close this notice", on: { click: () => this.say([]) } },
        icon("close")));
  }
}

/** @param {string} message */
function endNotice(message) {
  return h("div", { class: "notice page-notice", role: "alert" }, h("p", {}, message));
}

/** @param {Refusal} refusal */
function refusedNotice({ index, message }) {
  const item = store.state.filters[index];
  return h("div", { class: "notice page-notice bad-notice", role: "alert" },
    h("p", {}, h("strong", {}, `The filter “${conditionLabel(item)}” cannot be asked: `), message),
    h("div", { class: "buttons" },
      h("button", { type: "button", class: "button", on: { click: () => openFilterDialog(item, index) } }, "Change it"),
      h("button", { type: "button", class: "button primary", on: { click: () => removeFilter(index) } }, "Remove this filter")));
}

customElements.define("ff-notices", Notices);

/** @returns {Notices} */
export function noticesElement() {
  return /** @type {Notices} */ (document.createElement("ff-notices"));
}
