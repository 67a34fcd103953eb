// Elements, and texts that models wrote: always as text nodes, never as markup.

/**
 * An HTML element. named: its tag with classes, as `div.wide`. attributes, which may be left out: `onclick` and the
 * like are listeners, false and null are no attribute. children: nodes and texts, in lists of any depth; null is none.
 */
export function h(named, attributes, ...children) {
  const [tag, ...classes] = named.split(".");
  return filled(document.createElement(tag), classes, attributes, children);
}

/** An SVG element, as `h` makes one of HTML. */
export function svg(named, attributes, ...children) {
  const [tag, ...classes] = named.split(".");
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), classes, attributes, children);
}

function filled(element, classes, attributes, children) {
  const named = attributes?.constructor === Object;
  element.classList.add(...classes);
  for (const [name, value] of Object.entries(named ? attributes : {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "class") element.classList.add(...value.split(" ").filter(Boolean));
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...present(named ? children : [attributes, ...children]));
  return element;
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** Puts children in place of all that an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...present(children));
  return element;
}

// Control and format characters but line feed, tab, soft hyphen and the joiners; lone surrogates.
const HIDDEN = /(?![\n\t\u00ad\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}]/gu;

/** A text as nodes; characters that act without being seen (ANSI escapes, overrides) are shown by their code. */
export function visible(text) {
  const plain = text.replaceAll("\r\n", "\n");
  const nodes = [];
  let from = 0;
  for (const found of plain.matchAll(HIDDEN)) {
    if (found.index > from) nodes.push(plain.slice(from, found.index));
    nodes.push(h("span.control", codeOf(found[0])));
    from = found.index + found[0].length;
  }
  if (from < plain.length) nodes.push(plain.slice(from));
  return nodes;
}

/** "U+202E" for a character. */
export function codeOf(character) {
  return `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** A text on one line, at most so many characters, without characters that act. */
export function oneLine(text, most) {
  const short = [...text.slice(0, 2 * most)].slice(0, most).join("");
  return short.replace(HIDDEN, "\u00b7").replace(/\s+/g, " ") + (short.length < text.length ? "\u2026" : "");
}

/** A select with a label. options: [value, text] each. */
export function choice(label, options, value, onpick, attributes) {
  const select = h(
    "select",
    { ...attributes, onchange: () => onpick(select.value) },
    options.map(([key, text]) => h("option", { value: key, selected: key === value }, text)),
  );
  return h("label.choice", h("span", label), select);
}

/** A checkbox with its label. onpick: is given "yes" or "". */
export function check(label, value, onpick) {
  const onchange = (event) => onpick(event.target.checked ? "yes" : "");
  return h("label.check", h("input", { type: "checkbox", checked: Boolean(value), onchange }), label);
}

/** A button. look: "", "quiet" or "primary". */
export function button(text, onclick, look = "", attributes = {}) {
  return h("button", { type: "button", class: look, onclick, ...attributes }, text);
}

/** Fills an element anew; what had the focus, and what was opened, stays so. */
export function redraw(element, ...children) {
  const reachable = () => [...element.querySelectorAll("button, select, input, summary, [tabindex]")];
  const focused = reachable().indexOf(document.activeElement);
  const open = [...element.querySelectorAll("details")].map((one) => one.open);
  const scrolled = [...element.querySelectorAll(".wide")].map((one) => one.scrollLeft);
  fill(element, ...children);
  element.querySelectorAll("details").forEach((one, at) => {
    one.open = open[at] ?? false;
  });
  element.querySelectorAll(".wide").forEach((one, at) => {
    one.scrollLeft = scrolled[at] ?? 0;
  });
  if (focused >= 0) reachable()[focused]?.focus({ preventScroll: true });
}
