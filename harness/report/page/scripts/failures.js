// The failing answers of a system on a section, with the passage that they rest on.

import { button, fill, h, visible } from "./dom.js";
import { withoutFilters } from "./filterbar.js";
import { counted, figure } from "./format.js";
import { systemName } from "./names.js";
import { marked } from "./passages.js";

const FAILING = 5;

/** Opens a section's answers of a system below its row, or closes them. */
export async function opened(page, section, system, column, below, pressed) {
  const { document, runs } = page;
  const cell = below.firstElementChild;
  const key = `${section}:${system}:${column.key}`;
  const again = !below.hidden && below.dataset.key === key;
  for (const one of below.previousElementSibling.querySelectorAll("button")) one.setAttribute("aria-expanded", "false");
  below.hidden = again;
  if (again) return;
  below.dataset.key = key;
  pressed.setAttribute("aria-expanded", "true");
  const items = await page.items();
  const by = document.blocks.columns.indexOf(column.key);
  const own = [...items.index.section.keys()].filter((item) => items.index.section[item] === section);
  const score = (item) => items.score(by, system, item);
  own.sort(
    (a, b) => (Number.isNaN(score(a)) ? Infinity : score(a)) - (Number.isNaN(score(b)) ? Infinity : score(b)) || a - b,
  );
  const failing = items.verdicts[by] ? own.filter((item) => score(item) < 0.5) : own;
  const shown = await Promise.all(
    failing.slice(0, FAILING).map((item) => failure(page, items, item, system, column, score(item))),
  );
  const name = systemName(document.systems[system], runs);
  const all = () =>
    page.set(
      {
        ...withoutFilters(),
        at: "answers",
        section: document.sections[section].id,
        a: document.systems[system].key,
        by: column.key,
        sort: "low",
        differ: items.verdicts[by] && failing.length ? "wrong" : "",
        item: failing.length ? items.index.id[failing[0]] : "",
      },
      true,
    );
  const what = items.verdicts[by]
    ? `${counted(failing.length, "failing answer")} of ${own.length}`
    : `${counted(own.length, "answer")}${own.length > 1 ? ", the lowest first" : ""}`;
  fill(
    cell,
    h(
      "div.failures",
      h("h3", `${name} on \u201c${document.sections[section].title}\u201d: ${what}`),
      shown,
      button("Read them all side by side", all, "primary"),
    ),
  );
}

async function failure(page, items, item, system, column, score) {
  const [texts, passages] = await Promise.all([page.texts.item(item), page.blocks.json(page.document.blocks.passages)]);
  const gold = passages[items.index.passage[item]];
  return h(
    "article.failure",
    h(
      "header",
      h(
        "a",
        { href: page.link({ at: "answers", item: items.index.id[item], section: "" }) },
        visible(items.index.prompt[item]),
      ),
      h("span.score", `${column.heading} ${figure(score, column)}`),
    ),
    h(
      "div.pair",
      h("div", h("h4", "Answer"), h("div.text", { dir: "auto" }, marked(texts.answers[system] ?? ""))),
      h(
        "div",
        h("h4", gold ? "The passage it rests on" : "Reference"),
        h("div.text", { dir: "auto" }, visible(gold ? gold[1] : texts.reference)),
      ),
    ),
  );
}
