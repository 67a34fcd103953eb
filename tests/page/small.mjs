// Three items of two systems and one judge, as the page reads them.

import { Items } from "../../harness/report/page/scripts/items.js";

const ABSENT = 254;
const UNPARSED = 255;

/** Columns: exact (verdicts 0 and 1) and rouge. Item 0: a right, b wrong; 1: both right, equal answers; 2: b unscored. */
export function smallItems() {
  const index = {
    id: ["x", "y", "z"],
    section: [0, 0, 1],
    kind: ["fact", "fact", "yes_no"],
    seen: [1, 1, 0],
    prompt: ["p", "q", "r"],
    value: ["care", "", ""],
    passage: ["", "", ""],
  };
  const alike = Uint8Array.from([0, 0, 0, 1, 0, 1]);
  const exact = [1, 1, 0, 0, 1, NaN];
  const rouge = [0.9, 0.5, 0.2, 0.3, 0.5, 0.7];
  // The judge's pair is (b, a): item 0 a wins in both orders, item 1 first shown wins, item 2 unparsed once, absent once.
  const codes = Uint8Array.from([0, 200, UNPARSED, 0, 0, ABSENT]);
  return new Items(
    index,
    alike,
    Float32Array.from([...exact, ...rouge]),
    [{ name: "judge", pairs: [[1, 0]], codes }],
    ["exact", "rouge"],
    2,
  );
}

/** Nothing chosen but the pair (a, b), the first column and the first judge. */
export const EVERYTHING = {
  section: -1,
  kind: "",
  value: "",
  seen: "",
  a: 0,
  b: 1,
  by: 0,
  judge: 0,
  differ: "",
  won: "",
  split: "",
  unscored: "",
  sort: "",
};
