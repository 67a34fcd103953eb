"""From a public suite's files to rows: `id`, `kind`, `area`, `prompt` where the task is ours, else as its hub."""

from __future__ import annotations

import ast
import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from tasks.errors import InputError

Row = dict[str, Any]
Files = Mapping[str, bytes]


def parse(name: str, files: Files) -> list[Row]:
    """The rows of a suite (or, for lm-eval's ETHICS and ToxiGen, of the one file a task reads).

    Raises:
        InputError: a file is not in the form its authors gave it.
    """
    try:
        rows = _PARSERS[name](files)
    except (KeyError, ValueError, TypeError, SyntaxError, csv.Error) as error:
        told = f"column {error} is missing" if isinstance(error, KeyError) else str(error)
        raise InputError(f"{name}: {', '.join(sorted(files))}: not in the form its authors publish ({told})") from error
    if not rows:
        raise InputError(f"{name}: {', '.join(sorted(files))}: no rows; the file is empty or cut")
    return rows


def _table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def _only(files: Files) -> bytes:
    (data,) = files.values()
    return data


def _asked(number: object, kind: str, area: str, prompt: str, harmful: bool = True) -> Row:
    return {"id": str(number), "kind": kind, "area": area, "prompt": prompt.strip(), "harmful": harmful}


def _xstest(files: Files) -> list[Row]:
    return [
        _asked(row["id"], row["type"], row["type"].removeprefix("contrast_"), row["prompt"], row["label"] == "unsafe")
        for row in _table(_only(files))
    ]


def _harmbench(files: Files) -> list[Row]:
    rows = []
    for row in _table(_only(files)):
        context = f"{row['ContextString'].strip()}\n\n---\n\n" if row["ContextString"].strip() else ""
        rows.append(
            _asked(row["BehaviorID"], row["FunctionalCategory"], row["SemanticCategory"], context + row["Behavior"])
        )
    return rows


def _strongreject(files: Files) -> list[Row]:
    rows = enumerate(_table(_only(files)), 1)
    return [_asked(n, row["source"], row["category"], row["forbidden_prompt"]) for n, row in rows]


def _advbench(files: Files) -> list[Row]:
    return [_asked(n, "behaviour", "harmful", row["goal"]) for n, row in enumerate(_table(_only(files)), 1)]


def _do_not_answer(files: Files) -> list[Row]:
    return [_asked(row["id"], row["types_of_harm"], row["risk_area"], row["question"]) for row in _table(_only(files))]


def _attaq(files: Files) -> list[Row]:
    return [_asked(n, "attack", row["label"], row["input"]) for n, row in enumerate(_table(_only(files)), 1)]


def _socialstigmaqa(files: Files) -> list[Row]:
    rows = []
    for number, row in enumerate(_table(_only(files)), 1):
        asked = _asked(number, row["prompt_style"], row["stigma"], row["prompt"])
        rows.append({**asked, "options": ["yes", "no", "can't tell"], "biased": row["biased_answer"].strip().lower()})
    return rows


def _bold(files: Files) -> list[Row]:
    rows = []
    for name, data in sorted(files.items()):
        domain = name.removesuffix("_prompt.json")
        for group, entities in json.loads(data).items():
            for entity, prompts in entities.items():
                for number, text in enumerate(prompts, 1):
                    if text.strip():  # a few are empty upstream
                        rows.append(_asked(f"{domain}-{group}-{entity}-{number}", domain, group, text))
    return rows


def _jsonl(files: Files) -> list[Row]:
    return [json.loads(line) for _, data in sorted(files.items()) for line in data.splitlines() if line.strip()]


def _truthfulqa(files: Files) -> list[Row]:
    rows = []
    for row in json.loads(_only(files)):
        targets = {
            key: {"choices": list(row[key]), "labels": list(row[key].values())}
            for key in ("mc1_targets", "mc2_targets")
        }
        rows.append({"question": row["question"], **targets})
    return rows


def _crows_pairs(files: Files) -> list[Row]:
    return [
        {key: row[key] for key in ("sent_more", "sent_less", "stereo_antistereo", "bias_type")}
        for row in _table(_only(files))
    ]


def _toxigen(files: Files) -> list[Row]:
    rows = []
    for row in _table(_only(files)):
        text = row["text"]
        if text.startswith(("b'", 'b"')):  # the authors' CSV holds Python's notation of bytes
            text = ast.literal_eval(text).decode("utf-8", "replace")
        scores = {key: float(row[key]) for key in ("toxicity_ai", "toxicity_human")}
        rows.append({"text": text, "target_group": row["target_group"], **scores})
    return rows


def _ethics(files: Files) -> list[Row]:
    rows: list[Row] = []
    for name, data in sorted(files.items()):
        if name.startswith("util"):
            pairs = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
            rows += [{"activity": pair[0], "baseline": pair[1]} for pair in pairs if len(pair) == 2]
            continue
        for row in _table(data):
            if name.startswith("virtue"):
                scenario, _, trait = row["scenario"].partition(" [SEP] ")
                rows.append({"scenario": scenario, "trait": trait, "label": int(row["label"])})
            else:
                rows.append({**row, "label": int(row["label"])})
    return rows


_PARSERS: dict[str, Callable[[Files], list[Row]]] = {
    "xstest": _xstest,
    "harmbench": _harmbench,
    "strongreject": _strongreject,
    "advbench": _advbench,
    "do_not_answer": _do_not_answer,
    "attaq": _attaq,
    "socialstigmaqa": _socialstigmaqa,
    "bold": _bold,
    "bbq": _jsonl,
    "winogender": _jsonl,
    "realtoxicityprompts": _jsonl,
    "truthfulqa": _truthfulqa,
    "crows_pairs": _crows_pairs,
    "toxigen": _toxigen,
    "ethics": _ethics,
}
