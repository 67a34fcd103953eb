import assert from "node:assert/strict";
import { test } from "node:test";

import { side } from "../../harness/report/page/scripts/items.js";
import { smallItems } from "./small.mjs";

const items = smallItems();

test("a verdict reads the same from either system's side", () => {
  assert.equal(items.share(0, 0, 1, 0), 1);
  assert.equal(items.share(0, 1, 0, 0), 0);
  assert.equal(items.share(0, 0, 1, 1), 0.5);
});

test("an unparsed verdict is no tie and an absent one is none", () => {
  assert.ok(Number.isNaN(items.share(0, 0, 1, 2)));
  assert.deepEqual(items.orders(0, 0, 1, 2), [NaN, null]);
  assert.deepEqual([NaN, 0.5, 1, 0].map(side), ["unparsed", "tie", "a", "b"]);
  assert.equal(items.orders(0, 0, 0, 0), null);
});

test("a column is of verdicts where every score is 0, a half or 1", () => {
  assert.deepEqual(items.verdicts, [true, false]);
});
