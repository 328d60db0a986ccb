// @ts-check
/** Tells the parts when new events came: from the server's stream, else by asking. */

import { embedHeaders, listSources } from "./api.js";
import { ENDED, embed, ended } from "./embed.js";
import { allSources, currentSource, loadSources } from "./sources.js";
import { includesNow } from "./period.js";
import { store } from "./state.js";
import { HeaderStream } from "./stream.js";

/** Event on the document: numbers that include this moment are out of date. */
export const PULSE = "ff:pulse";
/** Event on the document: the connection's condition changed. */
export const CONDITION = "ff:condition";

const POLL = 2500;
const REOPEN = 2000;
const REOPEN_MOST = 60_000;

/** @typedef {"live" | "polling" | "waiting"} Condition */

class Live {
  /** @type {EventSource | HeaderStream | null} */ #stream = null;
  /** @type {number | undefined} */ #poll;
  /** @type {number | undefined} */ #reopen;
  #delay = REOPEN;
  /** @type {Condition} */ condition = "waiting";
  #is_owed = false;
  #was_lost = false;
  #is_started = false;

  /** Begin for the source that the page is about, and follow it when it changes. */
  start() {
    if (!this.#is_started) {
      document.addEventListener("visibilitychange", () => this.#pay());
      addEventListener("pagehide", () => this.stop());
      addEventListener("pageshow", (event) => event.persisted && this.#openAnew());
      document.addEventListener(ENDED, () => (this.stop(), this.#become("waiting")));
      store.subscribe((changed) => changed.has("source") && this.#openAnew());
    }
    this.#is_started = true;
    this.#open();
  }

  stop() {
    this.#stream?.close();
    this.#stream = null;
    clearTimeout(this.#poll);
    clearTimeout(this.#reopen);
  }

  #openAnew() {
    this.#delay = REOPEN;
    this.#open();
  }

  #open() {
    this.stop();
    if (ended()) return;
    const stream = listen(`/api/v1/live?source=${encodeURIComponent(store.state.source)}`);
    this.#stream = stream;
    stream.addEventListener("open", () => this.#onOpen());
    stream.addEventListener("message", () => this.#owe());
    stream.addEventListener("error", () => this.#onError(stream));
  }

  #onOpen() {
    // What came while there was no stream was told to nobody.
    if (this.#was_lost) this.#owe();
    this.#was_lost = false;
    this.#delay = REOPEN;
    this.#become("live");
  }

  /** @param {EventSource | HeaderStream} stream */
  #onError(stream) {
    if (stream !== this.#stream) return;
    this.#was_lost = true;
    const is_refused = stream.readyState === EventSource.CLOSED;
    this.#become(is_refused ? "polling" : "waiting");
    if (is_refused) this.#reopenLater();
    clearTimeout(this.#poll);
    // In a frame nobody tells how many events there are, so there is nothing to ask for.
    if (!embed) this.#poll = setTimeout(() => void this.#ask(), POLL);
  }

  /** A browser reconnects by itself, but never after an answer other than 200. */
  #reopenLater() {
    clearTimeout(this.#reopen);
    this.#reopen = setTimeout(() => this.#open(), this.#delay);
    this.#delay = Math.min(this.#delay * 2, REOPEN_MOST);
  }

  /** Stand in for the stream while there is none. */
  async #ask() {
    if (this.condition === "live") return;
    if (!document.hidden) await this.#compare();
    this.#poll = setTimeout(() => void this.#ask(), POLL);
  }

  async #compare() {
    const before = currentSource()?.n_events;
    try {
      await loadSources();
      this.#become("polling");
    } catch {
      this.#become("waiting");
    }
    if (allSources().length > 0 && currentSource()?.n_events !== before) this.#owe();
  }

  #owe() {
    this.#is_owed = true;
    this.#pay();
  }

  /** Hidden pages wait: what came meanwhile is told at once when they are seen again. */
  #pay() {
    if (!this.#is_owed || document.hidden || !includesNow(store.state, currentSource())) return;
    this.#is_owed = false;
    document.dispatchEvent(new CustomEvent(PULSE));
  }

  /** @param {Condition} condition */
  #become(condition) {
    if (condition === this.condition) return;
    this.condition = condition;
    document.dispatchEvent(new CustomEvent(CONDITION));
  }
}

/** @param {string} url */
function listen(url) {
  if (!embed) return new EventSource(url);
  // Asking for the source says in words why a stream was refused, and ends what has to end.
  return new HeaderStream(url, embedHeaders(embed.token), () => void listSources().catch(() => []));
}

export const live = new Live();
