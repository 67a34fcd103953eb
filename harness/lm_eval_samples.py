"""What lm-eval logs of each item (`samples_<task>_<date>.jsonl`), whoever ran it, as suites of per-item values."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.fingerprint import fingerprint
from harness.metrics import find
from harness.metrics.base import Values, mean_values
from harness.suite import Item, Suite, said_of
from tasks.errors import InputError
from tasks.jsonl import read_rows

#: Our metrics of generated text with one reference.
_TEXT_METRICS = ("bleu", "rouge", "chrf")
_FILE = re.compile(r"samples_(?P<task>.+?)(_\d{4}-\d\d-\d\dT[\d.-]+)?\.jsonl")
_OURS = {"id", "prompt", "reference", "section", "seen"}

Sample = Mapping[str, Any]


def find_samples(path: Path) -> dict[str, dict[str, Path]]:
    """The newest file of samples of each system and task: one file's, or all below a folder, a folder a system.

    Raises:
        InputError: no such file or folder, or none of lm-eval's samples in it.
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


def read_suites(path: Path, wanted: Callable[[str], bool]) -> list[Suite]:
    """The suites of lm-eval's samples at `path`; text metrics are computed only where `wanted(column)`.

    Raises:
        InputError: see `find_samples`; or a line that is no sample.
    """
    return [
        _suite(system, task, file, wanted)
        for system, tasks in find_samples(path).items()
        for task, file in tasks.items()
    ]


def _suite(system: str, task: str, file: Path, wanted: Callable[[str], bool]) -> Suite:
    samples = []
    for number, row in read_rows(file):
        if not {"doc_id", "doc", "arguments", "target", "filtered_resps"} <= row.keys():
            raise InputError(
                f"{file}:{number}: no sample of lm-eval's; doc_id, doc, target and filtered_resps are wanted"
            )
        samples.append(row)
    by_filter: dict[str, list[Sample]] = {}
    for sample in sorted(samples, key=lambda one: int(one["doc_id"])):
        by_filter.setdefault(str(sample.get("filter", "none")), []).append(sample)
    values: dict[str, Values] = {}
    for name, rows in by_filter.items():
        if len(rows) != len(next(iter(by_filter.values()))):
            raise InputError(
                f"{file}: filter {name!r} has {len(rows)} items, another has not; one run's file is wanted"
            )
        columns = sample_values(rows, wanted)
        values |= {c if len(by_filter) == 1 else f"{c},{name}": one for c, one in columns.items()}
    items = tuple(_item(sample) for sample in next(iter(by_filter.values())))
    said = said_of((f"{one['doc_id']} {one.get('filter')}", one["filtered_resps"]) for one in samples)
    return Suite(plain_task(task), items, {system: values}, {system: said})


def plain_task(task: str) -> str:
    """The document of one of our held-out tasks, `bcg` of `valign_bcg`; any other task as it is."""
    return task.removeprefix("valign_")


def _item(sample: Sample) -> Item:
    doc = sample["doc"]
    if doc.keys() >= _OURS:
        return Item(doc["id"], fingerprint(doc["prompt"], doc["reference"]), doc["section"], doc["seen"])
    document = sample.get("doc_hash") or fingerprint(doc)
    asked = [sample.get("prompt_hash") or fingerprint(sample["arguments"])]
    asked.append(sample.get("target_hash") or fingerprint(sample["target"]))
    section = doc.get("section")
    return Item(f"doc {sample['doc_id']} ({document[:8]})", fingerprint(document, asked), section and str(section))


def sample_values(samples: Sequence[Sample], wanted: Callable[[str], bool] = lambda column: True) -> dict[str, Values]:
    """Per-item values by column: every number that lm-eval logged per item, and our text metrics of generations.

    Text metrics are computed where answer and target are text; `wanted(column)` says which columns are worth it.
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
        if any(wanted(column) for column in metric.columns):
            values |= metric.score(hypotheses, references)
    return values


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else math.nan
