import assert from "node:assert/strict";
import { test } from "node:test";

import { filtered, flips } from "../../harness/report/page/scripts/filters.js";
import { EVERYTHING, smallItems } from "./small.mjs";

const items = smallItems();
const left = (chosen, found = null) => filtered(items, { ...EVERYTHING, ...chosen }, found);

test("each filter leaves the items that it names", () => {
  assert.deepEqual(left({}), [0, 1, 2]);
  assert.deepEqual(left({ section: 1 }), [2]);
  assert.deepEqual(left({ kind: "fact" }), [0, 1]);
  assert.deepEqual(left({ value: "care" }), [0]);
  assert.deepEqual(left({ seen: "unseen" }), [2]);
  assert.deepEqual(left({}, new Set([1])), [1]);
  assert.deepEqual(left({ section: 0, seen: "unseen" }), []);
});

test("the chosen pair's filters go by answers, scores and verdicts", () => {
  assert.deepEqual(left({ differ: "texts" }), [0, 2]);
  assert.deepEqual(left({ differ: "a" }), [0], "right and wrong in a column of verdicts; unscored is neither");
  assert.deepEqual(left({ differ: "b" }), []);
  assert.deepEqual(left({ by: 1, differ: "b" }), [2], "higher and lower in another column");
  assert.deepEqual(left({ differ: "wrong" }), [2]);
  assert.deepEqual(left({ won: "a" }), [0]);
  assert.deepEqual(left({ won: "tie" }), [1]);
  assert.deepEqual(left({ split: "yes" }), [1]);
  assert.deepEqual(left({ unscored: "yes" }), [2]);
  assert.deepEqual(left({ a: 1, b: 0, won: "b" }), [0], "the same pair the other way round");
});

test("sorting is by the score chosen, unscored items last", () => {
  assert.deepEqual(left({ by: 1, sort: "low" }), [2, 1, 0]);
  assert.deepEqual(left({ by: 1, sort: "fell" }), [0, 1, 2]);
  assert.deepEqual(left({ by: 1, sort: "rose" }), [2, 1, 0]);
  assert.deepEqual(left({ a: 1, b: 0, sort: "low" }), [0, 1, 2]);
});

test("flips count right to wrong and wrong to right, and never an unscored item", () => {
  assert.deepEqual(flips(items, 0, 0, 1), { lost: [0], gained: [] });
  assert.deepEqual(flips(items, 0, 1, 0), { lost: [], gained: [0] });
});
