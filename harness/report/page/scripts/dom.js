// Elements, and texts that models wrote: always as text nodes, never as markup.

/** An HTML element. attributes: `onclick` and the like are listeners, others attributes; false and null are left out. */
export function h(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function svg(tag, attributes, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Puts children in place of all that an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// Control and format characters but line feed, tab, soft hyphen and the joiners; lone surrogates.
const HIDDEN = /(?![\n\t\u00ad\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}]/gu;

/** A text as nodes, in which characters that act without being seen (ANSI escapes, overrides) are shown by their code. */
export function visible(text) {
  const plain = text.replaceAll("\r\n", "\n");
  const nodes = [];
  let from = 0;
  for (const found of plain.matchAll(HIDDEN)) {
    if (found.index > from) nodes.push(plain.slice(from, found.index));
    nodes.push(h("span", { class: "control" }, codeOf(found[0])));
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
  const select = h("select", { ...attributes, onchange: () => onpick(select.value) },
    options.map(([key, text]) => h("option", { value: key, selected: key === value }, text)));
  return h("label", { class: "choice" }, h("span", null, label), select);
}
