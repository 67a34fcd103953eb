import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { test } from "node:test";

import { Blocks } from "../../harness/report/page/scripts/blocks.js";
import { codeOf, oneLine } from "../../harness/report/page/scripts/dom.js";
import { differing } from "../../harness/report/page/scripts/diff.js";
import { duration, figure, pValue, signed } from "../../harness/report/page/scripts/format.js";
import { DEFAULTS, State, fragment, parsed } from "../../harness/report/page/scripts/state.js";
import { Texts } from "../../harness/report/page/scripts/texts.js";

const base64 = (data) => gzipSync(Buffer.from(data)).toString("base64");

test("a block is unpacked once, as JSON, numbers or bytes", async () => {
  let asked = 0;
  const content = {
    a: base64('{"x":"\\ud800"}'),
    b: base64(new Uint8Array(new Float32Array([1.5, NaN]).buffer)),
    c: base64([3, 255]),
  };
  const blocks = new Blocks((name) => {
    asked += 1;
    return content[name];
  });
  assert.deepEqual(await blocks.json("a"), { x: "\ud800" });
  assert.equal(await blocks.json("a"), await blocks.json("a"));
  assert.deepEqual([...(await blocks.floats("b"))], [1.5, NaN]);
  assert.deepEqual([...(await blocks.bytes("c"))], [3, 255]);
  assert.equal(asked, 3);
});

test("search wants every word, anywhere in an item's texts, in any case", async () => {
  const chunks = [
    { reference: ["No gifts.", "Yes"], answers: [["A WATCH is fine", null]] },
    { reference: ["Gifts"], answers: [["watch"]] },
  ];
  const blocks = { json: async (name) => chunks[Number(name.at(-1))] };
  const texts = new Texts(blocks, 0, { n_items: 3, blocks: { chunk: 2 } });
  const index = { id: ["i0", "i1", "i2"], prompt: ["May I?", "May we?", "Must I?"] };
  assert.deepEqual([...(await texts.search("watch gifts", index))], [0, 2]);
  assert.deepEqual([...(await texts.search("may", index))], [0, 1]);
  assert.deepEqual([...(await texts.search("i2", index))], [2]);
});

test("words that differ are marked, without regard to case and punctuation", () => {
  assert.deepEqual(differing("No, keep the watch.", "no keep a watch"), [
    ["No, keep ", false],
    ["the ", true],
    ["watch.", false],
  ]);
  assert.deepEqual(differing("same", "same"), [["same", false]]);
  assert.equal(differing("a ".repeat(2000), "b"), null, "too long to tell");
  assert.equal(
    differing("<b> x", "x")
      .map(([part]) => part)
      .join(""),
    "<b> x",
    "no character is lost",
  );
});

test("a state is a link and back, and says only what is not normal", () => {
  const state = { ...DEFAULTS, item: "gifts & more#1", q: "\u00fcber", a: "sft+rag" };
  assert.deepEqual(parsed(fragment(state)), state);
  assert.equal(fragment(DEFAULTS), "#");
  assert.deepEqual(parsed("#unknown=1&__proto__=2"), DEFAULTS);
});

test("listeners hear which keys changed", () => {
  const past = { kept: [], pushState: (...step) => past.kept.push(step[2]), replaceState: () => {} };
  const place = { hash: "#kind=fact" };
  const state = new State(place, past);
  const heard = [];
  state.listen((now, changed) => heard.push([...changed]));
  state.set({ kind: "", q: "x" });
  state.set({ q: "x" }, true);
  place.hash = "#q=y";
  state.follow();
  assert.deepEqual(heard, [["kind", "q"], [], ["q"]]);
  assert.deepEqual(past.kept, ["#q=x"]);
});

test("figures have their column's decimals, a true minus and no negative zero", () => {
  const column = { factor: 100, decimals: 1 };
  assert.equal(figure(-0.1234, column), "\u221212.3");
  assert.equal(figure(-0.0001, column), "0.0");
  assert.equal(figure(null, column), "\u2013");
  assert.equal(signed(0.05, column), "+5.0");
  assert.equal(pValue(0.0004), "<0.001");
  assert.deepEqual([4.21, 185, 4800, null].map(duration), ["4.2 s", "3 min 5 s", "1 h 20 min", "\u2013"]);
});

test("one line holds no character that acts", () => {
  assert.equal(oneLine("a\u202eb\u001b[31m\nc", 99), "a\u00b7b\u00b7[31m c");
  assert.equal(oneLine("\ud83d\ude00\ud83d\ude00", 1), "\ud83d\ude00\u2026");
  assert.equal(codeOf("\u202e"), "U+202E");
});
