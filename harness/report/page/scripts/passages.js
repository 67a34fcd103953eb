// Long texts, cut until a reader wants them whole.

import { fill, h, visible } from "./dom.js";
import { count } from "./format.js";

const MOST = 4000;

/** A text as nodes; parts: from `differing`, or null. What is beyond the first characters waits for a button. */
export function marked(text, parts = null) {
  if (text === "") return [h("span", { class: "none" }, "(empty)")];
  if (text.length <= MOST) return nodes(text, parts);
  const place = h("div", null, visible(text.slice(0, MOST).replace(/[\ud800-\udbff]$/, "")));
  const button = h("button", { type: "button", class: "quiet", onclick: () => fill(place, nodes(text, parts)) },
    `Show all ${count(text.length)} characters`);
  place.append("\u2026 ", button);
  return [place];
}

function nodes(text, parts) {
  return parts ? parts.map(([part, differs]) => (differs ? h("mark", null, visible(part)) : visible(part))) : visible(text);
}
