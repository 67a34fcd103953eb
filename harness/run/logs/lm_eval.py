"""lm-eval's sample logs (`samples_<task>_<date>.jsonl`) of any run, as systems."""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.models.answers import Answer
from harness.run.logs.base import Logged
from harness.run.logs.lm_eval_values import Sample, calls, is_generated, options_of, sample_values
from harness.statistics.scored_items import Item, answers_fingerprint
from harness.statistics.values import Values
from valign.errors import InputError
from valign.fingerprint import fingerprint
from valign.jsonl import read_rows

_FILE = re.compile(r"samples_(?P<task>.+?)(?P<date>_\d{4}-\d\d-\d\dT[\d.-]+)?\.jsonl")
_HELD_OUT_KEYS = {"id", "prompt", "reference", "section", "seen"}
_HASHED = ("doc", "prompt", "target")
_KEYS = {"doc_id", "doc", "arguments", "target", "filtered_resps"}
#: The name that lm-eval gives to no filter.
_NONE = "none"


def task_of(file: Path) -> str:
    """The task by the file's name."""
    named = _FILE.fullmatch(file.name)
    return named["task"] if named else file.stem


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


def read_samples(file: Path, needed: Callable[[str], bool]) -> Logged:
    """The samples of one file. needed: which columns of text metrics to compute.

    A task with several filters has each metric once a filter, as `exact_match,strict-match`; only with one filter is it
    `exact_match`.

    Raises:
        InputError: a line is not a sample, or a document is there twice with different values.
    """
    task = task_of(file)
    by_filter, notes = _by_filter(file)
    figures, model, version = _results(file, task)
    values: dict[str, Values] = {}
    for name, rows in by_filter.items():
        reported = {key.removesuffix(f",{name}"): one for key, one in figures.items() if key.endswith(f",{name}")}
        columns, left_out = sample_values(rows, needed, reported)
        several = len(by_filter) > 1
        values |= {f"{column},{name}" if several else column: one for column, one in columns.items()}
        notes += [f"{line} ({name})" if several else line for line in left_out]
    rows = by_filter.get(_NONE) or next(iter(by_filter.values()))
    items = tuple(_item(sample) for sample in rows)
    given = [(f"{one['doc_id']} {name}", one["filtered_resps"]) for name, some in by_filter.items() for one in some]
    return Logged(
        system=file.parent.name,
        task=task,
        file=file,
        harness=f"lm-eval {version}".strip(),
        model=model,
        items=items,
        keys=tuple(_key(sample) for sample in rows),
        columns=values,
        answers=_answers(rows, items, filtered=_NONE in by_filter),
        fingerprint=answers_fingerprint(given),
        notes=tuple(notes),
    )


def _by_filter(file: Path) -> tuple[dict[str, list[Sample]], list[str]]:
    """The samples of each filter in the order of their documents, each document once."""
    by_filter: dict[str, dict[str, tuple[int, Sample]]] = {}
    repeated = 0
    for number, row in read_rows(file):
        if not row.keys() >= _KEYS:
            raise InputError(
                f"{file}:{number}: no sample of lm-eval's; expected doc_id, doc, target and filtered_resps"
            )
        if wrong := _malformed(row):
            raise InputError(f"{file}:{number}: {wrong} is not as lm-eval writes it in a sample")
        rows = by_filter.setdefault(str(row.get("filter", _NONE)), {})
        before = rows.setdefault(str(row["doc_id"]), (number, row))
        if before[1] is row:
            continue
        if before[1] != row:
            what = f"doc_id {row['doc_id']!r} was in line {before[0]} already, with other values"
            raise InputError(f"{file}:{number}: {what}; expected each document once a filter, from one run")
        repeated += 1
    counts = {name: len(rows) for name, rows in by_filter.items()}
    if len(set(counts.values())) > 1:
        found = ", ".join(f"{name} {count}" for name, count in counts.items())
        raise InputError(f"{file}: filters with different numbers of documents ({found}); expected the file of one run")
    notes = [f"{repeated} rows that repeat another one are left out"] if repeated else []
    return {name: [row for _, row in sorted(rows.values(), key=_order)] for name, rows in by_filter.items()}, notes


def _malformed(row: Sample) -> str | None:
    """The first key of a sample whose value is of another type than lm-eval's."""
    calls, resps = row["arguments"], row.get("resps", [])
    calls = list(calls.values()) if isinstance(calls, dict) else calls
    right = {
        "arguments": isinstance(calls, list) and all(isinstance(one, dict | list) for one in calls),
        "filtered_resps": isinstance(row["filtered_resps"], list),
        "resps": isinstance(resps, list) and all(isinstance(one, list) for one in resps),
        "metrics": _are_texts(row.get("metrics", [])),
        "doc_hash, prompt_hash or target_hash": _are_texts([row.get(f"{one}_hash") or "" for one in _HASHED]),
    }
    return next((name for name, holds in right.items() if not holds), None)


def _are_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(one, str) for one in values)


def _order(numbered: tuple[int, Sample]) -> tuple[int, int, str]:
    """Documents by number, those with an id of text after them by that."""
    identity = str(numbered[1]["doc_id"])
    return (0, int(identity), "") if identity.isdecimal() else (1, 0, identity)


def _results(file: Path, task: str) -> tuple[dict[str, float], str, str]:
    """lm-eval's own figures of the task by `metric,filter`, the model and lm-eval's version.

    They are in the `results_<date>.json` that lm-eval writes beside the samples; all empty where it is not there.
    """
    named = _FILE.fullmatch(file.name)
    path = file.with_name(f"results{named['date']}.json") if named and named["date"] else file
    if path == file or not path.is_file():
        return {}, "", ""
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path}: broken JSON ({error}); expected the results that lm-eval wrote") from None
    found = data.get("results", {}).get(task, {}) if isinstance(data, dict) else {}
    figures = {key: float(one) for key, one in found.items() if isinstance(one, int | float) and "_stderr" not in key}
    return figures, str(data.get("model_name") or ""), str(data.get("lm_eval_version") or "")


def _item(sample: Sample) -> Item:
    doc = sample["doc"]
    if _is_held_out(doc):
        return Item(doc["id"], fingerprint(doc["prompt"], doc["reference"]), doc["section"], doc["seen"])
    document = sample.get("doc_hash") or fingerprint(doc)
    prompt = [sample.get("prompt_hash") or fingerprint(sample["arguments"])]
    prompt.append(sample.get("target_hash") or fingerprint(sample["target"]))
    section = doc.get("section") if isinstance(doc, Mapping) else None
    return Item(f"doc {sample['doc_id']} ({document[:8]})", fingerprint(document, prompt), section and str(section))


def _is_held_out(doc: Any) -> bool:
    return isinstance(doc, Mapping) and doc.keys() >= _HELD_OUT_KEYS


def _key(sample: Sample) -> str:
    doc = sample["doc"]
    return fingerprint(doc["prompt"], doc["reference"]) if _is_held_out(doc) else fingerprint(doc, sample["target"])


def _answers(rows: Sequence[Sample], items: Sequence[Item], filtered: bool) -> tuple[Answer, ...]:
    """What the system answered: a text, or the likeliest option; nothing where neither was asked for.

    filtered: whether the filter's answer is meant; a filter can extract a part of what was written.
    """
    answers = []
    for sample, item in zip(rows, items, strict=True):
        found = _text(sample, filtered)
        if found is None:
            return ()
        text, reference = found
        prompt, doc = _prompt(sample), sample["doc"]
        kind = str(doc.get("kind", "")) if isinstance(doc, Mapping) else ""
        answers.append(Answer(item.id, item.section or "", kind, item.seen, prompt, reference, text))
    return tuple(answers)


def _text(sample: Sample, filtered: bool) -> tuple[str, str] | None:
    """Answer and reference."""
    options, responses = options_of(sample), sample["filtered_resps"]
    if is_generated(sample):
        first = responses[0] if filtered else (sample.get("resps") or [[None]])[0][0]
        return (str(first).strip(), str(sample["target"])) if isinstance(first, str) else None
    if not options or len(options) != len(responses):
        return None
    likelihoods = _likelihoods(responses)
    if likelihoods is None:
        return None
    known = not any(math.isnan(one) for one in likelihoods)
    likeliest = options[likelihoods.index(max(likelihoods))].strip() if known else ""
    return likeliest, _option(sample["target"], options)


def _likelihoods(responses: Sequence[Any]) -> list[float] | None:
    """The log-likelihood of each option, which lm-eval logs as text beside whether it was greedy."""
    try:
        return [float(one[0]) for one in responses]
    except (IndexError, KeyError, TypeError, ValueError):
        return None


def _option(target: Any, options: Sequence[str]) -> str:
    """The right option: lm-eval logs its number, or a list of numbers, as text."""
    try:
        number = ast.literal_eval(str(target))
    except (SyntaxError, ValueError):
        return str(target)
    number = number[0] if isinstance(number, list) and number else number
    return options[number].strip() if type(number) is int and 0 <= number < len(options) else str(target)


def _prompt(sample: Sample) -> str:
    doc = sample["doc"]
    if _is_held_out(doc):
        return str(doc["prompt"])
    return next((str(call[0]) for call in calls(sample) if call), "")
