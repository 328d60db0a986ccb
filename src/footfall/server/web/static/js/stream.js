// @ts-check
/** Server-sent events read with `fetch`, which can send a header; `EventSource` cannot. */

/** The part of `EventSource` that the page uses, but for coming back by itself. */
export class HeaderStream extends EventTarget {
  /** @type {number} */ readyState = EventSource.CONNECTING;
  #gone = new AbortController();

  /** @param {string} url @param {Record<string, string>} headers @param {(status: number) => void} refused */
  constructor(url, headers, refused) {
    super();
    void this.#read(url, headers, refused);
  }

  close() {
    this.readyState = EventSource.CLOSED;
    this.#gone.abort();
  }

  /** @param {string} url @param {Record<string, string>} headers @param {(status: number) => void} refused */
  async #read(url, headers, refused) {
    try {
      const response = await fetch(url, { headers, credentials: "omit", cache: "no-store", signal: this.#gone.signal });
      if (!response.ok) refused(response.status);
      else await this.#hear(response);
    } catch {
      // Cut off: told below, like an answer that came to its end.
    }
    if (this.readyState === EventSource.CLOSED) return;
    this.readyState = EventSource.CLOSED;
    this.dispatchEvent(new Event("error"));
  }

  /** @param {Response} response */
  async #hear(response) {
    this.readyState = EventSource.OPEN;
    this.dispatchEvent(new Event("open"));
    let rest = "";
    const text = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await text?.read(); part && !part.done; part = await text?.read()) {
      const messages = (rest + part.value).split("\n\n");
      rest = messages.pop() ?? "";
      if (messages.some((message) => message.startsWith("data:"))) this.dispatchEvent(new Event("message"));
    }
  }
}
