// @ts-check
/** What stands where numbers will be: the snippets that bring the first events. */

import { makeWriteKey } from "./api.js";
import { copyText, fill, h } from "./dom.js";
import { store } from "./state.js";

const KEY = "YOUR_WRITE_KEY";

class Empty extends HTMLElement {
  #key = KEY;
  #snippets = h("div", { class: "snippets" });
  #key_line = h("div", { class: "key-line" });

  connectedCallback() {
    const { source } = store.state;
    this.append(
      h("h1", {}, source ? `Nothing in “${source}” yet` : "No source yet"),
      h("p", { class: "lead" }, source
        ? "Send the first event in one of these ways. This page fills by itself as soon as it is there."
        : "A source is where events come from: an application, a site, a log. Add one in the terminal, then load this page again."));
    if (source) this.append(this.#key_line, this.#snippets,
      h("p", { class: "waiting" }, h("span", { class: "dot", "aria-hidden": "true" }), "Waiting for the first event…"));
    else this.append(snippet("Add a source", "footfall source add web --mapping combined\nfootfall ingest access.log --source web"));
    if (source) this.#draw();
  }

  #draw() {
    const { source } = store.state;
    fill(this.#snippets,
      snippet("Any program, over HTTP", curl(this.#key)),
      snippet("Python", python(source)),
      snippet("A log file", `footfall ingest access.log --source ${source}`));
    const has_key = this.#key !== KEY;
    fill(this.#key_line, ...(has_key
      ? [h("p", {}, "Your write key, shown only now: ", h("code", { class: "key" }, this.#key))]
      : [h("button", { type: "button", class: "button primary", on: { click: (event) => void this.#make(event.currentTarget) } },
        "Make a write key"), h("p", { class: "quiet" }, "A write key lets a program send events to this source, and nothing else.")]));
  }

  /** @param {HTMLButtonElement} button */
  async #make(button) {
    button.disabled = true;
    try {
      this.#key = await makeWriteKey(store.state.source);
      this.#draw();
    } catch (error) {
      button.disabled = false;
      const text = error instanceof Error ? error.message : String(error);
      fill(this.#key_line, button, h("p", { class: "problem", role: "alert" }, text));
    }
  }
}

/** @param {string} key */
function curl(key) {
  return [
    `curl ${location.origin}/v1/events \\`,
    `  -H "Authorization: Bearer ${key}" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d '{"name": "signed_up", "distinct_id": "ada", "properties": {"plan": "pro"}}'`,
  ].join("\n");
}

/** @param {string} source */
function python(source) {
  return [
    "import footfall",
    "",
    'lake = footfall.open("./footfall")',
    `lake.append("${source}", [{"name": "signed_up", "distinct_id": "ada"}])`,
  ].join("\n");
}

/** @param {string} title @param {string} text */
function snippet(title, text) {
  const copy = h("button", { type: "button", class: "button small", "aria-label": `Copy: ${title}`,
    on: { click: () => void copyText(copy, text) } }, "Copy");
  return h("section", { class: "snippet-card" }, h("div", { class: "card-head" }, h("h2", {}, title), copy),
    h("pre", { class: "snippet", tabindex: "0" }, h("code", {}, text)));
}

customElements.define("ff-empty", Empty);
