// @ts-check
/** The conditions in force, each a pill that can be changed and removed. */

import { announce, fill, h, icon } from "./dom.js";
import { embed } from "./embed.js";
import { conditionLabel, fieldLabel, operatorLabel, valueLabel } from "./fields.js";
import { openFilterDialog } from "./filter-dialog.js";
import { removeFilter, store } from "./state.js";

class Pills extends HTMLElement {
  /** @type {(() => void) | null} */ #leave = null;

  connectedCallback() {
    this.#leave = store.subscribe((changed) => {
      if (!changed.has("filters")) return;
      this.render();
      announce(store.state.filters.map(conditionLabel).join("; ") || "No filters");
    });
    this.render();
  }

  disconnectedCallback() {
    this.#leave?.();
  }

  render() {
    const { filters } = store.state;
    fill(this, h("ul", { class: "pills", "aria-label": "Filters" },
      ...(embed?.filters ?? []).map(fixedPill),
      ...filters.map((item, i) => this.#pill(item, i)),
      filters.length > 1 ? h("li", {}, clearButton()) : null));
  }

  /** @param {import("./types.js").Condition} item @param {number} i */
  #pill(item, i) {
    const edit = () => openFilterDialog(item, i);
    const remove = () => {
      removeFilter(i);
      this.querySelector("button")?.focus();
    };
    return h("li", { class: "pill" },
      h("button", { type: "button", class: "pill-text", title: "Change this filter", on: { click: edit } },
        `${fieldLabel(item.field)} `, h("span", { class: "pill-operator" }, operatorLabel(item.operator)),
        "value" in item ? h("strong", {}, ` ${valueLabel(item.field, item.value)}`) : null),
      h("button", { type: "button", class: "pill-remove", "aria-label": `Remove filter: ${conditionLabel(item)}`,
        on: { click: remove } }, icon("close")));
  }
}

/** A condition that whoever embeds the page has set. @param {import("./types.js").Condition} item */
function fixedPill(item) {
  return h("li", { class: "pill fixed" }, h("span", { class: "pill-text", title: "Always so here" }, conditionLabel(item)));
}

function clearButton() {
  return h("button", { type: "button", class: "link", on: { click: () => store.set({ filters: [] }) } }, "Clear all");
}

customElements.define("ff-pills", Pills);
