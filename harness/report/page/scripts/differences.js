// How systems differ: paired differences, win rates, refusal against over-refusal.

import { h } from "./dom.js";
import { forest } from "./forest.js";
import { matrix } from "./matrix.js";
import { safety } from "./scatter.js";

/** All three. */
export function differencesView(page) {
  return [
    h("div.panel", forest(page)),
    page.document.judges.map((judge) => h("div.panel", matrix(page, judge))),
    safety(page),
  ];
}
