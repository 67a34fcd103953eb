"""The page as one HTML file: a Jinja2 template with autoescape, styles, one script, and the blocks of data.

Nothing is loaded from anywhere: the content-security policy forbids it, and allows only the script and the styles whose
hashes it names. What models wrote never becomes markup: it lies in the compressed blocks and reaches the page as text.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.report.conclusions import conclusions
from harness.report.formats.base import Report
from harness.report.page.against import change_sentences, changes
from harness.report.page.bundle import bundle
from harness.report.page.data import MAIN, page_blocks
from harness.report.page.joined import PageRun, join

_HERE = Path(__file__).parent
_STYLES = ("base", "layout", "figures", "answers", "print")


def page_html(runs: Sequence[PageRun]) -> str:
    """The page of one run, or of several of which the later ones are held against the first."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    documents = join(runs)
    changed = [changes(document, runs) for document in documents]
    blocks = dict(page_blocks(runs, documents, changed).encoded)
    script, style = _script(), _style()
    verdicts = conclusions(runs[0].report)
    if len(runs) > 1:
        held = zip(documents, changed, strict=True)
        verdicts = [line for document, own in held for line in change_sentences(document, runs, own)]
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.jinja").render(
        title=" · ".join(run.name for run in runs),
        several=len(runs) > 1,
        verdicts=verdicts,
        rests=_rests(runs),
        alarms=_alarms(runs),
        policy=_policy(script, style),
        script=script,
        style=style,
        main=blocks.pop(MAIN),
        blocks=blocks,
    )


def _script() -> str:
    files = sorted((_HERE / "scripts").glob("*.js"))
    return bundle({file.stem: file.read_text(encoding="utf-8") for file in files}, "main")


def _style() -> str:
    return "".join((_HERE / "styles" / f"{name}.css").read_text(encoding="utf-8") for name in _STYLES)


def _policy(script: str, style: str) -> str:
    """default-src 'none': no request of any kind; only our script and styles run."""
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _rests(runs: Sequence[PageRun]) -> list[tuple[str, list[str]]]:
    """What the figures rest on, as (term, lines); a term that differs between runs is said of each."""
    each = [_rests_of(run.report) for run in runs]
    found: list[tuple[str, list[str]]] = []
    for term, lines in each[0].items():
        if all(own[term] == lines for own in each):
            found.append((term, lines))
        else:
            found += [(f"{term} of {run.name}", own[term]) for run, own in zip(runs, each, strict=True)]
    return found


def _rests_of(report: Report) -> dict[str, list[str]]:
    recipe, hardware = report.manifest.recipe, report.manifest.hardware
    statistics = recipe.statistics
    units = "whole sections" if statistics.clusters == "section" else "items"
    seeds = sorted({recipe.seed, *(t.seed for t in recipe.methods.values() if t.seed is not None)})
    return {
        "Seed model": [
            recipe.seed_model.model,
            f"answers in {hardware['dtype']} on {hardware['device']}" if hardware else "answers from a server",
        ],
        "Documents": [f"{d.title}: {d.n_items:,} prompts, {d.n_sections} sections" for d in report.documents],
        "Judges": [line for d in report.documents for line in _judged(d.judges)] or ["none"],
        "Seeds": [", ".join(map(str, seeds))],
        "Intervals": [f"{statistics.confidence:.0%}, {statistics.resamples:,} bootstrap resamples of {units}"],
    }


def _judged(judges: Any) -> list[str]:
    return [
        f"{name}: {'alarm in its audit' if one.alarms else 'warnings in its audit' if one.warnings else 'audit passed'}"
        for name, one in judges.items()
    ]


def _alarms(runs: Sequence[PageRun]) -> list[str]:
    """What a reader must know before any figure."""
    found = []
    for run in runs:
        prefix = f"{run.name}: " if len(runs) > 1 else ""
        found += [prefix + line.replace("**", "").replace("`", "") for line in run.report.preamble if "**" in line]
        found += [prefix + alarm for d in run.report.documents for judge in d.judges.values() for alarm in judge.alarms]
    return list(dict.fromkeys(found))
