// @ts-check
/** Small helpers to build elements. Styles go through CSSOM, which the page's CSP allows. */

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * @typedef {object} Special
 * @property {string | null} [class]
 * @property {Record<string, string>} [style]
 * @property {Record<string, (event: any) => void>} [on]
 */

/** @typedef {Special & {[name: string]: any}} Props */

/**
 * An HTML element. Props are attributes, but for `class`, `style` and `on`; true sets an empty
 * attribute, false, null and undefined none.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  dress(element, props);
  append(element, children);
  return element;
}

/**
 * An SVG element, in the same way.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function s(tag, props = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  dress(element, props);
  append(element, children);
  return element;
}

/** @param {HTMLElement | SVGElement} element @param {Props} props */
function dress(element, props) {
  for (const [name, value] of Object.entries(props)) {
    if (name === "on") listen(element, value);
    else if (name === "style") paint(element, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, String(value));
  }
}

/** @param {Element} element @param {Record<string, (event: any) => void>} handlers */
function listen(element, handlers) {
  for (const [name, handler] of Object.entries(handlers)) element.addEventListener(name, handler);
}

/** @param {HTMLElement | SVGElement} element @param {Record<string, string>} values */
function paint(element, values) {
  for (const [name, value] of Object.entries(values)) element.style.setProperty(name, value);
}

/** @param {Element} element @param {Child[]} children */
export function append(element, children) {
  for (const child of children)
    if (child !== null && child !== undefined && child !== false)
      element.append(child instanceof Node ? child : String(child));
}

/** @param {Element} element @param {...Child} children */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

/** Say something to people who listen to the page. @param {string} text */
export function announce(text) {
  const announcer = document.getElementById("announcer");
  if (announcer) announcer.textContent = text;
}

/** Icons as 16-unit strokes; drawn, not loaded. */
const ICONS = {
  close: "M4 4l8 8M12 4l-8 8",
  chevron: "M4 6l4 4 4-4",
  filter: "M2.5 4h11M4.5 8h7M6.5 12h3",
  download: "M8 2.5v8M4.5 7.5L8 11l3.5-3.5M3 13.5h10",
  table: "M2.5 3.5h11v9h-11zM2.5 6.5h11M6.5 6.5v6",
  chart: "M2.5 13V3M2.5 13h11M5 10l3-3.5 2 2 3.5-4.5",
  list: "M3 4h10M3 8h10M3 12h6",
  sun: "M8 5.2a2.8 2.8 0 100 5.6 2.8 2.8 0 000-5.6zM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9",
  help: "M6 6.2a2 2 0 113 1.7c-.7.4-1 .8-1 1.6M8 12.2v.1",
  bot: "M3.5 6h9v7h-9zM8 3.2V6M6.2 9v.6M9.8 9v.6",
};

/** @param {keyof typeof ICONS} name */
export function icon(name) {
  return s("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" },
    s("path", { d: ICONS[name] }));
}

/**
 * Copy text and say so on the button.
 * @param {HTMLElement} button @param {string} text
 */
export async function copyText(button, text) {
  const before = button.textContent ?? "";
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Press Ctrl+C";
    const range = document.createRange();
    const code = button.parentElement?.querySelector("code");
    if (code) range.selectNodeContents(code);
    getSelection()?.removeAllRanges();
    getSelection()?.addRange(range);
  }
  announce(button.textContent ?? "");
  setTimeout(() => (button.textContent = before), 1600);
}
