import assert from "node:assert/strict";
import { test } from "node:test";

import { Labels, annotationRows, preferenceRows } from "../../harness/report/page/scripts/labels.js";

function memory() {
  const kept = {};
  return {
    getItem: (key) => kept[key] ?? null,
    setItem: (key, value) => {
      kept[key] = value;
    },
  };
}

test("a preference is kept for the pair, whichever way round, and the same once more takes it back", () => {
  const storage = memory();
  const labels = new Labels(storage, "run");
  labels.set("d", "i", "sft", "dpo", "a");
  assert.equal(labels.get("d", "i", "dpo", "sft"), "b");
  assert.equal(new Labels(storage, "run").get("d", "i", "sft", "dpo"), "a", "kept in the browser");
  assert.equal(new Labels(storage, "other").size, 0);
  labels.set("d", "i", "dpo", "sft", "b");
  assert.equal(labels.size, 0);
});

test("a browser that forbids or garbles its storage costs nothing but the keeping", () => {
  const broken = {
    getItem: () => "{",
    setItem: () => {
      throw new Error("full");
    },
  };
  const labels = new Labels(broken, "run");
  labels.set("d", "i", "a", "b", "tie");
  assert.equal(labels.get("d", "i", "a", "b"), "tie");
});

const row = (preferred) => ({
  prompt: "p",
  answers: ["one", "two\ud800"],
  names: ["x", "y"],
  preferred,
  document: "d",
  item: "i",
  section: "s",
  reference: "r",
});

test("TRL's rows hold the preferred answer as chosen and leave ties out", () => {
  const lines = preferenceRows([row("b"), row("tie"), row("a")])
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(lines, [
    { prompt: "p", chosen: "two\ud800", rejected: "one" },
    { prompt: "p", chosen: "one", rejected: "two\ud800" },
  ]);
});

test("annotations say 1, 2 or 1.5", () => {
  const lines = annotationRows([row("a"), row("b"), row("tie")])
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map((one) => one.preference),
    [1, 2, 1.5],
  );
  assert.equal(lines[0].generator_2, "y");
});
