// How the runs were made: training curves, retrieval's recall, time and cost, recipe, fingerprints.

import { h, svg } from "./dom.js";
import { count, counted, duration, figure, interval } from "./format.js";
import { systemName } from "./names.js";
import { headings, row, scrolling } from "./tables.js";

const SIZE = [260, 110];
const SAY = {
  loss: "training loss",
  eval_loss: "evaluation loss",
  "rewards/accuracies": "chosen rewarded more",
  "rewards/margins": "reward margin",
  mean_token_accuracy: "token accuracy",
  grad_norm: "gradient norm",
};

/** Everything of all runs, and the retrieval of the document. */
export function makingView({ main, document, runs }) {
  return [
    recalls(document, runs),
    main.making.map((run) => [
      main.making.length > 1 ? h("h3.of-run", run.name) : null,
      run.training.length
        ? h(
            "div.panel",
            h("h3", "Training"),
            h(
              "div.curves",
              run.training.map((one) => curves(one, run.training)),
            ),
          )
        : null,
      h("div.panel", h("h3", "Time and cost"), times(run)),
      h("details.more", h("summary", "Recipe"), h("pre", { tabindex: "0" }, run.recipe)),
      h("details.more", h("summary", "Fingerprints"), fingerprints(run)),
    ]),
  ];
}

function recalls(document, runs) {
  if (!document.recall.length) return null;
  const percent = { factor: 100, decimals: 1 };
  const say = (estimate) =>
    estimate[0] === null ? "\u2013" : `${figure(estimate[0], percent)} ${interval(estimate, percent)}`;
  return h(
    "div.panel",
    h("h3", "Retrieval\u2019s recall"),
    scrolling(
      "Retrieval's recall",
      h(
        "table.simple",
        headings("System", "Passages shown", "Its section, %", "by chance", "Its passage, %", "by chance"),
        h(
          "tbody",
          document.recall.map((one) =>
            row(
              systemName(document.systems[one.system], runs),
              h("td", `${one.shown} of ${one.passages || "unknown"}`),
              h("td", say(one.section)),
              h("td", figure(one.chance, percent)),
              h("td", say(one.passage)),
              h("td", figure(one.passages ? one.shown / one.passages : null, percent)),
            ),
          ),
        ),
      ),
    ),
    h(
      "p.note",
      "Prompts for which a passage of their own section, or the one they were written from, was among those shown.",
    ),
  );
}

function curves({ document, method, curves: all }, trainings) {
  const several = new Set(trainings.map((one) => one.document)).size > 1;
  return h(
    "div.training",
    h("h4", several ? `${method} on ${document}` : method),
    Object.entries(all).map(([name, points]) => curve(name, points)),
  );
}

function curve(name, points) {
  const known = points.filter(([, value]) => value !== null);
  if (!known.length) return null;
  const [width, height] = SIZE;
  const steps = known.map(([step]) => step);
  const values = known.map(([, value]) => value);
  const [low, high, last] = [Math.min(...values), Math.max(...values), steps.at(-1)];
  const x = (step) => 4 + ((width - 8) * (step - steps[0])) / (last - steps[0] || 1);
  const y = (value) => height - 6 - ((height - 12) * (value - low)) / (high - low || 1);
  const line = known
    .map(([step, value], at) => `${at ? "L" : "M"}${x(step).toFixed(1)} ${y(value).toFixed(1)}`)
    .join("");
  const ends = `${digits(values[0])} at step ${steps[0]}, ${digits(values.at(-1))} at step ${last}`;
  const say = `${SAY[name] ?? name}: ${ends}`;
  return h(
    "figure",
    h(
      "figcaption",
      SAY[name] ?? name,
      h("span.about", `${digits(values[0])} \u2192 ${digits(values.at(-1))}, ${counted(last, "step")}`),
    ),
    svg(
      "svg",
      { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": say },
      [low, high].map((value) => svg("line.track", { x1: 4, x2: width - 4, y1: y(value), y2: y(value) })),
      svg("path.curve", { d: line }),
      svg("circle.dot", { cx: x(last), cy: y(values.at(-1)), r: 3 }),
    ),
  );
}

const digits = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)).replace("-", "\u2212");

function times({ stages, cost }) {
  const kinds = new Map();
  for (const { kind, seconds } of stages) {
    const [known, sum] = kinds.get(kind) ?? [0, 0];
    kinds.set(kind, [known + 1, sum + (seconds ?? 0)]);
  }
  const most = Math.max(...[...kinds.values()].map(([, sum]) => sum), 1e-9);
  const total = [...kinds.values()].reduce((sum, [, own]) => sum + own, 0);
  return [
    scrolling(
      "Time by stage",
      h(
        "table.simple",
        headings("Stage", "Made", "Time", ""),
        h(
          "tbody",
          [...kinds].map(([kind, [made, sum]]) =>
            row(
              kind,
              h("td", count(made)),
              h("td", duration(sum)),
              h(
                "td",
                svg(
                  "svg",
                  { width: 160, height: 10, "aria-hidden": "true" },
                  svg("rect.amount", { width: Math.max(1, (158 * sum) / most), height: 10, rx: 2 }),
                ),
              ),
            ),
          ),
        ),
        h("tfoot", row("all", h("td", count(stages.length)), h("td", duration(total)), h("td"))),
      ),
    ),
    cost.map((one) =>
      h(
        "p.note",
        `Judge ${one.judge} on ${one.document}: ${count(one.calls)} calls, ` +
          `${count(one.prompt_tokens)} tokens read, ${count(one.completion_tokens)} written.`,
      ),
    ),
    cost.length ? null : h("p.note", "No judge called a language model."),
  ];
}

function fingerprints({ stages, held_out, valign, hardware }) {
  const files = Object.entries(held_out).flatMap(([document, own]) =>
    Object.entries(own).map(([file, id]) => `${document}, ${file}.jsonl: ${id}`),
  );
  const on = Object.entries(hardware)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
  return [
    h("p.note", `valign ${valign}${on ? `; ${on}` : ""}; ${files.join("; ")}`),
    scrolling(
      "Fingerprints",
      h(
        "table.simple",
        headings("Document", "Stage", "What", "Fingerprint", "Time"),
        h(
          "tbody",
          stages.map((one) =>
            h(
              "tr",
              h("td", one.document),
              h("td", one.kind),
              h("td", one.title),
              h("td", h("code", one.id)),
              h("td", duration(one.seconds)),
            ),
          ),
        ),
      ),
    ),
  ];
}
