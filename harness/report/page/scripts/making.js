// How the runs were made: training curves, retrieval's recall, time and cost, recipe, fingerprints.

import { h, svg } from "./dom.js";
import { count, counted, duration, figure, interval } from "./format.js";
import { systemName } from "./names.js";

const SIZE = [260, 110];
const SAY = { loss: "training loss", eval_loss: "evaluation loss", "rewards/accuracies": "chosen rewarded more", "rewards/margins": "reward margin",
  mean_token_accuracy: "token accuracy", grad_norm: "gradient norm" };

/** Everything of all runs, and the retrieval of the document. */
export function makingView({ main, document, runs }) {
  return [recalls(document, runs), main.making.map((run) => [
    main.making.length > 1 ? h("h3", { class: "of-run" }, run.name) : null,
    run.training.length ? h("div", { class: "panel" }, h("h3", null, "Training"), h("div", { class: "curves" }, run.training.map((one) => curves(one, run.training)))) : null,
    h("div", { class: "panel" }, h("h3", null, "Time and cost"), times(run)),
    h("details", { class: "more" }, h("summary", null, "Recipe"), h("pre", { tabindex: "0" }, run.recipe)),
    h("details", { class: "more" }, h("summary", null, "Fingerprints"), fingerprints(run))])];
}

function recalls(document, runs) {
  if (!document.recall.length) return null;
  const percent = { factor: 100, decimals: 1 };
  const say = (estimate) => (estimate[0] === null ? "\u2013" : `${figure(estimate[0], percent)} ${interval(estimate, percent)}`);
  return h("div", { class: "panel" }, h("h3", null, "Retrieval\u2019s recall"), h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Retrieval's recall" },
    h("table", { class: "simple" }, h("thead", null, h("tr", null, ["System", "Passages shown", "Its section, %", "by chance", "Its passage, %", "by chance"].map((one) => h("th", { scope: "col" }, one)))),
      h("tbody", null, document.recall.map((row) => h("tr", null, h("th", { scope: "row" }, systemName(document.systems[row.system], runs)),
        h("td", null, `${row.shown} of ${row.passages || "unknown"}`), h("td", null, say(row.section)), h("td", null, figure(row.chance, percent)), h("td", null, say(row.passage)), h("td", null, figure(row.passages ? row.shown / row.passages : null, percent))))))),
  h("p", { class: "note" }, "Prompts for which a passage of their own section, or the very passage they were written from, was among those shown."));
}

function curves({ document, method, curves: all }, trainings) {
  const several = new Set(trainings.map((one) => one.document)).size > 1;
  return h("div", { class: "training" }, h("h4", null, several ? `${method} on ${document}` : method), Object.entries(all).map(([name, points]) => curve(name, points)));
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
  const line = known.map(([step, value], at) => `${at ? "L" : "M"}${x(step).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const say = `${SAY[name] ?? name}: ${digits(values[0])} at step ${steps[0]}, ${digits(values.at(-1))} at step ${last}`;
  return h("figure", null, h("figcaption", null, SAY[name] ?? name, h("span", { class: "about" }, `${digits(values[0])} \u2192 ${digits(values.at(-1))}, ${counted(last, "step")}`)),
    svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": say },
      [low, high].map((value) => svg("line", { class: "track", x1: 4, x2: width - 4, y1: y(value), y2: y(value) })), svg("path", { class: "curve", d: line }),
      svg("circle", { class: "dot", cx: x(last), cy: y(values.at(-1)), r: 3 })));
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
  return [h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Time by stage" }, h("table", { class: "simple" }, h("thead", null, h("tr", null, ["Stage", "Made", "Time", ""].map((one, at) => (at < 3 ? h("th", { scope: "col" }, one) : h("td", null))))),
    h("tbody", null, [...kinds].map(([kind, [made, sum]]) => h("tr", null, h("th", { scope: "row" }, kind), h("td", null, count(made)), h("td", null, duration(sum)),
      h("td", null, svg("svg", { width: 160, height: 10, "aria-hidden": "true" }, svg("rect", { class: "amount", width: Math.max(1, (158 * sum) / most), height: 10, rx: 2 })))))),
    h("tfoot", null, h("tr", null, h("th", { scope: "row" }, "all"), h("td", null, count(stages.length)), h("td", null, duration(total)), h("td", null))))),
  cost.map((one) => h("p", { class: "note" }, `Judge ${one.judge} on ${one.document}: ${count(one.calls)} calls, ${count(one.prompt_tokens)} tokens read, ${count(one.completion_tokens)} written.`)),
  cost.length ? null : h("p", { class: "note" }, "No judge called a language model.")];
}

function fingerprints({ stages, held_out, valign, hardware }) {
  const files = Object.entries(held_out).flatMap(([document, own]) => Object.entries(own).map(([file, id]) => `${document}, ${file}.jsonl: ${id}`));
  const on = Object.entries(hardware).map(([name, value]) => `${name} ${value}`).join(", ");
  return [h("p", { class: "note" }, `valign ${valign}${on ? `; ${on}` : ""}; ${files.join("; ")}`),
    h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Fingerprints" }, h("table", { class: "simple" },
      h("thead", null, h("tr", null, ["Document", "Stage", "What", "Fingerprint", "Time"].map((one) => h("th", { scope: "col" }, one)))),
      h("tbody", null, stages.map((one) => h("tr", null, h("td", null, one.document), h("td", null, one.kind), h("td", null, one.title), h("td", null, h("code", null, one.id)), h("td", null, duration(one.seconds)))))))];
}
