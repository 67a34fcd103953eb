"""lm-eval's sample logs (`samples_<task>_<date>.jsonl`) of any run, as scored items."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.metrics.base import find
from harness.statistics.scored_items import Item, ScoredItems, answers_fingerprint
from harness.statistics.values import Values, mean_values
from valign.errors import InputError
from valign.fingerprint import fingerprint
from valign.jsonl import read_rows

#: Our metrics of generated text with one reference.
_TEXT_METRICS = ("bleu", "rouge", "chrf")
_FILE = re.compile(r"samples_(?P<task>.+?)(_\d{4}-\d\d-\d\dT[\d.-]+)?\.jsonl")
_HELD_OUT_KEYS = {"id", "prompt", "reference", "section", "seen"}

Sample = Mapping[str, Any]


def find_samples(path: Path) -> dict[str, dict[str, Path]]:
    """The newest sample file by system and task: one file, or all files below a folder with a folder per system.

    Raises:
        InputError: no such file or folder, or no sample file in it.
    """
    files = [path] if path.is_file() else sorted(path.rglob("samples_*.jsonl")) if path.is_dir() else []
    found: dict[str, dict[str, Path]] = {}
    for file in files:
        named = _FILE.fullmatch(file.name)
        task = named["task"] if named else file.stem
        found.setdefault(file.parent.name, {})[task] = file
    if not found:
        raise InputError(
            f"{path}: neither a run (run.json) nor lm-eval's samples (samples_*.jsonl, from --log_samples)"
        )
    return found


def read_samples(path: Path, needed: Callable[[str], bool]) -> list[ScoredItems]:
    """The scored items of lm-eval's samples at `path`. needed: which columns of text metrics to compute.

    Raises:
        InputError: see `find_samples`; or a line is not a sample.
    """
    return [
        _scored_items(system, task, file, needed)
        for system, tasks in find_samples(path).items()
        for task, file in tasks.items()
    ]


def sample_docs(folder: Path, task: str) -> list[dict[str, Any]]:
    """The data of a task's items, in lm-eval's order, from the newest samples below an artefact's folder.

    Raises:
        InputError: there are none.
    """
    named = [(file, _FILE.fullmatch(file.name)) for file in sorted(folder.rglob("samples_*.jsonl"))]
    files = [file for file, name in named if name and name["task"] == task]
    if not files:
        raise InputError(f"{folder}: holds no samples of {task} (samples_*.jsonl); run the recipe again")
    samples = sorted((row for _, row in read_rows(files[-1])), key=lambda row: int(row["doc_id"]))
    return [sample["doc"] for sample in samples]


def _scored_items(system: str, task: str, file: Path, needed: Callable[[str], bool]) -> ScoredItems:
    samples = []
    for number, row in read_rows(file):
        if not {"doc_id", "doc", "arguments", "target", "filtered_resps"} <= row.keys():
            raise InputError(
                f"{file}:{number}: no sample of lm-eval's; expected doc_id, doc, target and filtered_resps"
            )
        samples.append(row)
    by_filter: dict[str, list[Sample]] = {}
    for sample in sorted(samples, key=lambda one: int(one["doc_id"])):
        by_filter.setdefault(str(sample.get("filter", "none")), []).append(sample)
    values: dict[str, Values] = {}
    for name, rows in by_filter.items():
        if len(rows) != len(next(iter(by_filter.values()))):
            raise InputError(
                f"{file}: filter {name!r} has {len(rows)} items, another filter does not; expected the file of one run"
            )
        columns = sample_values(rows, needed)
        values |= {c if len(by_filter) == 1 else f"{c},{name}": one for c, one in columns.items()}
    items = tuple(_item(sample) for sample in next(iter(by_filter.values())))
    answers = answers_fingerprint((f"{one['doc_id']} {one.get('filter')}", one["filtered_resps"]) for one in samples)
    return ScoredItems(plain_task(task), items, {system: values}, {system: answers})


def plain_task(task: str) -> str:
    """A task's name without our prefix: `bcg` of `valign_bcg`."""
    return task.removeprefix("valign_")


def _item(sample: Sample) -> Item:
    doc = sample["doc"]
    if doc.keys() >= _HELD_OUT_KEYS:
        return Item(doc["id"], fingerprint(doc["prompt"], doc["reference"]), doc["section"], doc["seen"])
    document = sample.get("doc_hash") or fingerprint(doc)
    prompt = [sample.get("prompt_hash") or fingerprint(sample["arguments"])]
    prompt.append(sample.get("target_hash") or fingerprint(sample["target"]))
    section = doc.get("section")
    return Item(f"doc {sample['doc_id']} ({document[:8]})", fingerprint(document, prompt), section and str(section))


def sample_values(samples: Sequence[Sample], needed: Callable[[str], bool] = lambda column: True) -> dict[str, Values]:
    """Per-item values by column: every number that lm-eval logged per item, and our text metrics of generations.

    Text metrics are computed where answer and target are text. needed: which of their columns to compute.
    """
    first = samples[0]
    logged = [name for name in first.get("metrics", ()) if isinstance(first.get(name), int | float)]
    values = {name: mean_values([_number(s.get(name)) for s in samples], f"lm-eval|{name}") for name in logged}
    if not (isinstance(first["filtered_resps"][0], str) and isinstance(first["target"], str)):
        return values
    hypotheses = [str(sample["filtered_resps"][0]) for sample in samples]
    references = [str(sample["target"]) for sample in samples]
    for name in _TEXT_METRICS:
        metric = find(name, {})
        if any(needed(column) for column in metric.columns):
            values |= metric.score(hypotheses, references)
    return values


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else math.nan
