// @ts-check
/** What stands where numbers will be: the snippets that bring the first events. */

import { addSource, makeWriteKey } from "./api.js";
import { copyText, fill, h } from "./dom.js";
import { loadSources } from "./sources.js";
import { store } from "./state.js";

const KEY = "YOUR_WRITE_KEY";

class Empty extends HTMLElement {
  #key = KEY;
  #snippets = h("div", { class: "snippets" });
  #key_line = h("div", { class: "key-line" });

  connectedCallback() {
    if (store.state.source) this.#waitForEvents();
    else this.append(h("h1", {}, "No source yet"), h("p", { class: "lead" },
      "A source is where events come from: an application, a site, a log. Name the first one."), new SourceForm().form);
  }

  #waitForEvents() {
    this.append(
      h("h1", {}, `Nothing in “${store.state.source}” yet`),
      h("p", { class: "lead" },
        "Send the first event in one of these ways. This page fills by itself as soon as it is there."),
      this.#key_line, this.#snippets,
      h("p", { class: "waiting" }, h("span", { class: "dot", "aria-hidden": "true" }), "Waiting for the first event…"));
    this.#draw();
  }

  #draw() {
    const { source } = store.state;
    fill(this.#snippets,
      snippet("Any program, over HTTP", curl(this.#key)),
      snippet("A web page", tag(this.#key)),
      snippet("Python", python(source)),
      snippet("A log file", `footfall ingest access.log --source ${source}`));
    const has_key = this.#key !== KEY;
    fill(this.#key_line, ...(has_key
      ? [h("p", {}, "Your write key, shown only now: ", h("code", { class: "write-key" }, this.#key))]
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

/** @type {[string, string][]} */
const MAPPINGS = [["canonical", "An application that sends events"], ["combined", "An access log"]];

class SourceForm {
  #name = h("input", { name: "name", required: true, pattern: "[a-z][a-z0-9_]*", placeholder: "web", autocomplete: "off" });
  #zone = h("input", { name: "timezone", required: true, value: new Intl.DateTimeFormat().resolvedOptions().timeZone });
  #mapping = h("select", { name: "mapping" }, ...MAPPINGS.map(([value, text]) => h("option", { value }, text)));
  #problem = h("p", { class: "problem", role: "alert" });
  form = h("form", { class: "stack card source-form", on: { submit: (event) => void this.#submit(event) } },
    h("label", {}, "Name: lower-case letters, digits and _", this.#name), h("label", {}, "What sends its events", this.#mapping),
    h("label", {}, "Time zone of its days", this.#zone), this.#problem,
    h("div", { class: "buttons" }, h("button", { type: "submit", class: "button primary" }, "Add the source")));

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault();
    try {
      await addSource(this.#name.value, this.#zone.value, this.#mapping.value);
      await loadSources();
      store.set({ source: this.#name.value });
    } catch (error) {
      this.#problem.textContent = error instanceof Error ? error.message : String(error);
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

/** @param {string} key */
function tag(key) {
  return `<script defer src="${location.origin}/footfall.js"\n  data-key="${key}"></script>`;
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
