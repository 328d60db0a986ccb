// @ts-check
/** A small form that adds a condition or changes one, with values from the data. */

/** @import { Condition } from "./types.js" */
import { pageFilter, runQuery } from "./api.js";
import { fill, h } from "./dom.js";
import { embed, isShown } from "./embed.js";
import { FILTER_FIELDS, OPERATORS, fieldLabel, valueLabel } from "./fields.js";
import { timeRange } from "./period.js";
import { currentSource } from "./sources.js";
import { addFilter, store } from "./state.js";

/** @param {Condition} [item] Condition to change. @param {number} [index] Its place. */
export function openFilterDialog(item, index) {
  document.body.append(new FilterDialog(item, index).dialog);
}

class FilterDialog {
  dialog = h("dialog", { class: "dialog small", "aria-labelledby": "filter-title" });
  #field = h("select", { name: "field" });
  #property = h("input", { name: "property", placeholder: "plan.tier", spellcheck: "false", autocomplete: "off" });
  #operator = h("select", { name: "operator" });
  #value = h("input", { name: "value", list: "filter-values", autocomplete: "off", spellcheck: "false" });
  #known = h("datalist", { id: "filter-values" });
  #problem = h("p", { class: "problem", role: "alert" });
  #asking = new AbortController();

  /** @param {Condition} [item] @param {number} [index] */
  constructor(item, index) {
    this.item = item;
    this.index = index;
    this.#build();
    if (item) this.#preset(item);
    this.#adapt();
    queueMicrotask(() => {
      this.dialog.showModal();
      (item ? this.#value : this.#field).focus();
    });
  }

  #build() {
    const declared = Object.keys(currentSource()?.properties ?? {});
    this.#field.append(
      h("optgroup", { label: "Columns" }, ...FILTER_FIELDS.filter(isShown).map((id) => h("option", { value: id }, fieldLabel(id)))),
      embed && declared.length === 0 ? "" : h("optgroup", { label: "Properties" },
        ...declared.map((key) => h("option", { value: `properties.${key}` }, key)),
        embed ? null : h("option", { value: "properties." }, "Another property…")));
    this.#operator.append(...OPERATORS.map((item) => h("option", { value: item.id }, item.label)));
    this.#field.addEventListener("change", () => this.#adapt());
    this.#operator.addEventListener("change", () => this.#adapt());
    this.#property.addEventListener("change", () => void this.#suggest());
    this.dialog.addEventListener("close", () => this.#leave());
    this.dialog.append(h("form", { class: "stack", on: { submit: (event) => this.#submit(event) } },
      h("h2", { id: "filter-title" }, this.item ? "Change the filter" : "Keep only events where"),
      h("label", {}, "Field", this.#field),
      h("label", { class: "property-field" }, "Property", this.#property),
      h("label", {}, "Condition", this.#operator),
      h("label", { class: "value-field" }, "Value", this.#value),
      this.#known, this.#problem,
      h("div", { class: "buttons" },
        h("button", { type: "button", class: "button", on: { click: () => this.dialog.close() } }, "Cancel"),
        h("button", { type: "submit", class: "button primary" }, this.item ? "Change" : "Add filter"))));
  }

  /** @param {Condition} item */
  #preset(item) {
    if ([...this.#field.options].some((option) => option.value === item.field)) this.#field.value = item.field;
    else {
      this.#field.value = "properties.";
      this.#property.value = item.field.replace(/^properties\./, "");
    }
    this.#operator.value = item.operator;
    this.#value.value = item.value === undefined ? "" : String(item.value);
  }

  /** Show only the inputs that the choice needs. */
  #adapt() {
    const rows = this.dialog.querySelectorAll(".property-field, .value-field");
    /** @type {HTMLElement} */ (rows[0]).hidden = this.#field.value !== "properties.";
    /** @type {HTMLElement} */ (rows[1]).hidden = this.#needs === "none";
    this.#value.inputMode = this.#needs === "number" ? "decimal" : "text";
    void this.#suggest();
  }

  get #needs() {
    return OPERATORS.find((item) => item.id === this.#operator.value)?.needs ?? "value";
  }

  get #name() {
    const chosen = this.#field.value;
    return chosen === "properties." ? chosen + this.#property.value.trim() : chosen;
  }

  /** Offer the most frequent values of the field. */
  async #suggest() {
    fill(this.#known);
    this.#asking.abort();
    this.#asking = new AbortController();
    if (this.#name === "properties." || this.#needs !== "value") return;
    const { state } = store;
    const others = { ...state, filters: state.filters.filter((_, i) => i !== this.index) };
    try {
      const result = await runQuery({
        source: state.source, metrics: ["events"], dimensions: [this.#name], filter: pageFilter(others),
        time_range: timeRange(state, currentSource(), new Date()), limit: 30,
      }, this.#asking.signal);
      const rows = result.rows.filter((row) => !row.is_other && row[this.#name] !== null);
      fill(this.#known, ...rows.map((row) => this.#suggestion(row[this.#name])));
    } catch {
      // Suggestions help; without them the value is typed.
    }
  }

  /** @param {import("./types.js").Cell} value */
  #suggestion(value) {
    return h("option", { value: String(value) }, valueLabel(this.#name, value));
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault();
    const problem = this.#check();
    this.#problem.textContent = problem;
    if (problem) return;
    const made = this.#condition();
    this.dialog.close();
    if (this.index === undefined) addFilter(made);
    else store.set({ filters: store.state.filters.map((item, i) => (i === this.index ? made : item)) });
  }

  /** What keeps the form from being a condition; empty where nothing does. */
  #check() {
    const text = this.#value.value.trim();
    if (this.#name === "properties.") return "Name the property, such as plan or plan.tier.";
    if (this.#needs === "none") return "";
    if (text === "") return "Write a value, or choose “is not set”.";
    if (this.#needs === "number" && !Number.isFinite(Number(text))) return `“${text}” is not a number, such as 12.5.`;
    return "";
  }

  /** @returns {Condition} */
  #condition() {
    const field = this.#name;
    const operator = this.#operator.value;
    if (this.#needs === "none") return { field, operator };
    return { field, operator, value: typed(field, this.#value.value.trim(), this.#needs) };
  }

  #leave() {
    this.#asking.abort();
    this.dialog.remove();
  }
}

/** A value in the type of its field. @param {string} field @param {string} text @param {string} needs */
function typed(field, text, needs) {
  const kind = currentSource()?.properties[field.replace(/^properties\./, "")];
  const is_number = needs === "number" || kind === "int" || kind === "float";
  if (is_number && Number.isFinite(Number(text))) return Number(text);
  if (kind === "bool" && (text === "true" || text === "false")) return text === "true";
  return text;
}
