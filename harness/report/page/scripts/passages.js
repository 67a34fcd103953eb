// Long texts, cut until a reader wants them whole.

import { button, fill, h, visible } from "./dom.js";
import { count } from "./format.js";

const MOST = 4000;

/** A text as nodes; parts: from `differing`, or null. What is beyond the first characters waits for a button. */
export function marked(text, parts = null) {
  if (text === "") return [h("span.none", "(empty)")];
  if (text.length <= MOST) return nodes(text, parts);
  const place = h("div", visible(text.slice(0, MOST).replace(/[\ud800-\udbff]$/, "")));
  const whole = button(`Show all ${count(text.length)} characters`, () => fill(place, nodes(text, parts)), "quiet");
  place.append("\u2026 ", whole);
  return [place];
}

function nodes(text, parts) {
  return parts ? parts.map(([part, differs]) => (differs ? h("mark", visible(part)) : visible(part))) : visible(text);
}
