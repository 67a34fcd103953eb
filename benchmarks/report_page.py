"""How long the report page takes to build and to open, and how large it is, for a run of any size.

    python -m benchmarks.report_page --systems 8 --items 2000
    python -m benchmarks.report_page --systems 10 --items 10000

The run is simulated: answers of about 60 words drawn from sentences of a shipped document with a fifth of the words
replaced, two metrics of four columns, one judge that compared all pairs in both orders and gave a reason of about 15
words. `figures` is what every report costs (estimates, bootstrap, tests, audit); `page` is what the page adds; both in
wall-clock and in processor time, which a busy machine does not lengthen. A headless Chromium then opens the file from
disk: first contentful paint, until all is drawn, filters, a search, a step; `processor` is that of the page's thread.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from harness.models.answers import Answer, write_answers
from harness.recipe.recipe import parse_recipe
from harness.report.page.joined import PageRun
from harness.report.page.render import page_html
from harness.report.report import read_report
from harness.run.manifest import DocumentRecord, Manifest, SectionRecord, StageRecord, write_manifest
from harness.statistics.values import mean_values, write_values
from tasks.data.folder import find
from valign import __version__
from valign.files import write_json

Made = TypeVar("Made")
_COLUMNS = ("adherence", "coverage", "fluency", "brevity")
_JUDGE = "judge"


def main() -> None:
    """Simulate a run, build its page, open it, and print one line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--systems", type=int, default=8)
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--resamples", type=int, default=1000, help="of the figures, which are not the page's")
    parser.add_argument("--keep", type=Path, help="where to leave the page")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = simulate(Path(folder) / "run", given.systems, given.items, given.resamples)
        report = _timed("figures", lambda: read_report(run))
        html = _timed("page", lambda: page_html([PageRun("run", report)]))
        file = Path(folder) / "report.html"
        file.write_text(html, encoding="utf-8")
        print(f"{'size':<38}{file.stat().st_size / 1e6:8.1f} MB")
        for what, seconds in opened(file):
            _say(what, seconds)
        if given.keep:
            shutil.copyfile(file, given.keep)


def _timed(what: str, make: Callable[[], Made]) -> Made:
    wall, processor = time.perf_counter(), time.process_time()
    made = make()
    _say(what, time.perf_counter() - wall)
    _say(f"{what}, processor", time.process_time() - processor)
    return made


def _say(what: str, seconds: float) -> None:
    print(f"{what:<38}{seconds:8.3f} s", flush=True)


def simulate(folder: Path, n_systems: int, n_items: int, resamples: int, seed: int = 0) -> Path:
    """A run's folder with every artefact that the page reads."""
    rng = np.random.default_rng(seed)
    document = find("udhr").document()
    names = [f"system-{number}" for number in range(n_systems)]
    sentences = [one for section in document.sections for one in section.text.replace("\n", " ").split(". ")]
    vocabulary = sorted({word for sentence in sentences for word in sentence.split()})
    prompts = [_text(rng, sentences, vocabulary, 12) for _ in range(n_items)]
    references = [_text(rng, sentences, vocabulary, 40) for _ in range(n_items)]
    sections = [document.sections[int(n)].id for n in rng.integers(len(document.sections), size=n_items)]
    steps: list[StageRecord] = []

    def artefact(kind: str, name: str, about: dict[str, str], inputs: dict[str, Any]) -> Path:
        record = StageRecord(kind=kind, name=name, id=f"{len(steps):016x}", title=name, about=about)
        steps.append(record)
        where = folder / "artefacts" / kind / f"{name}-{record.id}"
        where.mkdir(parents=True)
        write_json(where / "stage.json", {"kind": kind, "version": 1, "inputs": inputs, "name": name, "seconds": 1.0})
        return where

    for name in names:
        answers = [
            Answer(f"item-{n}", sections[n], "fact", n % 3 > 0, prompts[n], references[n],
                   _text(rng, sentences, vocabulary, 60))
            for n in range(n_items)
        ]  # fmt: skip
        write_answers(artefact("answers", name, {"system": name}, {}), answers)
        scores = {column: mean_values(rng.random(n_items).round(3).tolist(), column) for column in _COLUMNS}
        scores["adherence"] = mean_values((rng.random(n_items) < 0.7).astype(float).tolist(), "adherence")
        write_values(artefact("scores", f"{name}-scores", {"system": name, "metric": "scores"}, {}), scores)
    for first, second in combinations(names, 2):
        where = artefact("verdicts", f"{first}-{second}", {"judge": _JUDGE, "first": first, "second": second},
                         {"judge": {"name": _JUDGE}})  # fmt: skip
        rows = _verdicts(rng, first, second, n_items, sentences, vocabulary)
        (where / "verdicts.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    recipe = parse_recipe(
        {
            "name": "simulated", "documents": ["udhr"], "seed_model": {"model": "none"},
            "systems": [{"name": name, "method": "seed"} for name in names], "metrics": [{"name": "scores"}],
            "judges": [{"name": _JUDGE}], "comparisons": [[names[0], other] for other in names[1:4]],
            "statistics": {"resamples": resamples},
        },
        "recipe",
    )  # fmt: skip
    record = DocumentRecord(
        name="udhr", title=document.title, held_out={"heldout": "0" * 16}, steps=tuple(steps),
        sections=tuple(SectionRecord(id=s.id, title=s.title, text=s.text) for s in document.sections),
    )  # fmt: skip
    labels = dict(zip(names, names, strict=True))
    write_manifest(folder, Manifest(valign=__version__, recipe=recipe, labels=labels, documents=(record,)))
    return folder


def _text(rng: np.random.Generator, sentences: Sequence[str], vocabulary: Sequence[str], n_words: int) -> str:
    words: list[str] = []
    while len(words) < n_words:
        words += sentences[int(rng.integers(len(sentences)))].split()
    replaced = rng.random(n_words) < 0.2
    drawn = rng.integers(len(vocabulary), size=n_words)
    return " ".join(vocabulary[int(d)] if r else w for w, r, d in zip(words, replaced, drawn, strict=False)) + "."


def _verdicts(
    rng: np.random.Generator, first: str, second: str, n_items: int, sentences: Sequence[str], vocabulary: Sequence[str]
) -> Iterator[dict[str, Any]]:
    winners = ("first", "second", "tie", "unparsed")
    for n in range(n_items):
        for order in ("first-second", "second-first"):
            winner = winners[int(rng.choice(4, p=[0.5, 0.4, 0.08, 0.02]))]
            reason = _text(rng, sentences, vocabulary, 15)
            yield {"item": f"item-{n}", "first": first, "second": second, "order": order, "winner": winner,
                   "judge": _JUDGE, "reason": reason}  # fmt: skip


#: Sets a filter and waits until the list is drawn; resolves to milliseconds.
_TIMED = """async (change) => {
    const start = performance.now();
    const before = document.querySelector(".found").textContent;
    const id = document.querySelector(".item-head .id").textContent;
    if (change === "step") document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true }));
    else location.hash = change;
    const done = () => change === "step"
        ? document.querySelector(".item-head .id").textContent !== id
        : document.querySelector(".found").textContent !== before;
    while (!done()) await new Promise((next) => setTimeout(next, 1));
    await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
    return performance.now() - start;
}"""


def opened(file: Path) -> Iterator[tuple[str, float]]:
    """(what, seconds) of opening the page in Chromium and of using it."""
    from playwright.sync_api import sync_playwright

    path = next(found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        tools = page.context.new_cdp_session(page)
        tools.send("Performance.enable", {"timeDomain": "threadTicks"})

        def worked() -> float:
            metrics = {one["name"]: one["value"] for one in tools.send("Performance.getMetrics")["metrics"]}
            return float(metrics["TaskDuration"])

        started = time.perf_counter()
        page.goto(f"file://{file}", wait_until="commit")
        page.wait_for_selector("html[data-ready]")
        yield "until figures are drawn", time.perf_counter() - started
        page.wait_for_selector("html[data-ready=all]", timeout=120_000)
        yield "until all is drawn", time.perf_counter() - started
        yield "until all is drawn, processor", worked()
        paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        yield "first contentful paint", page.evaluate(paint) / 1000
        for what, change in (
            ("filter by section", "#section=article-3"),
            ("filter by difference", "#differ=a"),
            ("filter by who won", "#won=a"),
            ("filter by self-disagreement", "#split=yes"),
            ("filter unscored", "#unscored=yes"),
            ("sort and filter", "#seen=seen&sort=low"),
            ("first search", "#q=dignity+rights"),
            ("second search", "#q=dignity+freedom"),
            ("step to the next item", "step"),
        ):
            before = worked()
            yield what, page.evaluate(_TIMED, change) / 1000
            yield f"{what}, processor", worked() - before
        browser.close()


if __name__ == "__main__":
    main()
