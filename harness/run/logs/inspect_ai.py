"""inspect_ai's eval logs (`.eval`), as systems.

A `.eval` file is a ZIP: `header.json` (task, model, results), `samples/<id>_epoch_<n>.json`, and `reductions.json` with
each scorer's values after the epochs' reducer. Source: `inspect_ai.log` of inspect_ai 0.3.285, log version 2, and
inspect.aisi.org.uk/eval-logs.html. inspect's own reader wants an older fsspec than ours, and 40 packages more.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.models.answers import Answer
from harness.run.logs.base import Logged, system_name, texts_fingerprint
from harness.run.logs.inspect_scores import EvalLog, Reduction, columns_of
from harness.run.logs.zip_files import BadZipFile, ZipFile, ZstdError
from harness.statistics.scored_items import Item
from valign.errors import InputError
from valign.fingerprint import fingerprint

#: The version of inspect's log format that this reader was written for.
_VERSION = 2
_ATTACHED = "attachment://"


def read_inspect(file: Path) -> Logged:
    """The log of one task.

    Values are those of inspect's reducers over epochs; where the task has none, each epoch is an item, and the
    bootstrap resamples all epochs of a sample together. Answers are those of the first epoch.

    Raises:
        InputError: no `.eval` file of a finished evaluation in a version that is known.
    """
    try:
        return _logged(file, _open(file))
    except InputError:
        raise
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{file}: not as inspect writes an eval log ({type(error).__name__}: {error})") from None


def _logged(file: Path, log: EvalLog) -> Logged:
    evaluated = log.header["eval"]
    epochs = not log.reductions and any(one["epoch"] > 1 for one in log.samples)
    first = {one["id"]: one for one in reversed(log.samples)}
    chosen = log.samples if epochs else tuple(one for one in log.samples if first[one["id"]] is one)
    items = tuple(_item(one, epochs) for one in chosen)
    columns, notes = columns_of(log, chosen, epochs)
    answers = tuple(
        Answer(item.id, item.section or "", "", True, _text_of(one["input"]), _reference(one), _completion(one))
        for one, item in zip(chosen, items, strict=True)
    )
    if log.header.get("invalidated"):
        notes.append("the log has samples that were marked as invalid")
    if empty := sum(not answer.text for answer in answers):
        notes.append(f"{empty} samples have no answer (an error, a limit); text metrics and judges see an empty one")
    if not epochs and len(chosen) < len(log.samples):
        notes.append("answers are those of the first epoch; scores are inspect's over all epochs")
    packages = evaluated.get("packages") or {}
    return Logged(
        system=system_name(str(evaluated["model"])),
        task=str(evaluated["task"]),
        file=file,
        harness=f"inspect_ai {packages.get('inspect_ai', '')}".strip(),
        model=str(evaluated["model"]),
        items=items,
        keys=tuple(item.content for item in items),
        columns=columns,
        answers=answers,
        fingerprint=texts_fingerprint(items, [answer.text for answer in answers]),
        notes=tuple(notes),
    )


def _open(file: Path) -> EvalLog:
    try:
        with ZipFile(file) as log:
            return _read(file, log)
    except (BadZipFile, ZstdError, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise InputError(f"{file}: cannot be read as an eval log of inspect ({error})") from None


def _read(file: Path, log: ZipFile) -> EvalLog:
    names = log.namelist()
    if "header.json" not in names:
        raise InputError(f"{file}: no log of a finished evaluation (no header.json); inspect eval-retry finishes it")
    header = _json(log.read("header.json"))
    _check(file, header)
    of_samples = [name for name in names if name.startswith("samples/") and name.endswith(".json")]
    if any(name.count("/") > 1 for name in of_samples):
        raise InputError(f"{file}: its samples are in chunks; inspect log convert --to eval writes them whole")
    if not of_samples:
        raise InputError(f"{file}: has no samples; expected a log made without --no-log-samples")
    samples = [_sample(_json(log.read(name))) for name in of_samples]
    order = {str(one): n for n, one in enumerate((header["eval"].get("dataset") or {}).get("sample_ids") or ())}
    samples.sort(key=lambda one: (order.get(one["id"], len(order)), one["id"], one["epoch"]))
    reduced = _json(log.read("reductions.json")) if "reductions.json" in names else None
    reductions = tuple(
        Reduction(str(one["scorer"]), one.get("reducer"), {str(s["sample_id"]): s["value"] for s in one["samples"]})
        for one in reduced or ()
    )
    return EvalLog(header, tuple(samples), reductions)


def _json(data: bytes) -> Any:
    return json.loads(data.decode("utf-8"))


def _check(file: Path, header: Any) -> None:
    """Raises InputError: another version of the format, or an evaluation that did not end well."""
    if not isinstance(header, dict) or not isinstance(header.get("eval"), dict):
        raise InputError(f"{file}: header.json is none of inspect's; expected the log of an evaluation")
    if header.get("version") != _VERSION:
        raise InputError(f"{file}: version {header.get('version')} of inspect's log format; expected {_VERSION}")
    if header.get("status") != "success":
        raise InputError(
            f"{file}: the evaluation's status is {header.get('status')!r}; expected a finished one (inspect eval-retry)"
        )


def _sample(data: Mapping[str, Any]) -> dict[str, Any]:
    """What of a sample is read, with long texts, which inspect keeps apart, in their places."""
    attachments = data.get("attachments") or {}

    def resolved(value: Any) -> Any:
        if isinstance(value, str) and value.startswith(_ATTACHED):
            return attachments.get(value.removeprefix(_ATTACHED), value)
        if isinstance(value, dict):
            return {key: resolved(one) for key, one in value.items()}
        return [resolved(one) for one in value] if isinstance(value, list) else value

    kept = ("input", "choices", "target", "output", "scores", "metadata", "error", "limit")
    return {"id": str(data["id"]), "epoch": int(data["epoch"]), **{key: resolved(data.get(key)) for key in kept}}


def _item(sample: Mapping[str, Any], epochs: bool) -> Item:
    section = (sample["metadata"] or {}).get("section")
    options = [sample["choices"]] if sample["choices"] else []
    content = fingerprint(_text_of(sample["input"]), _reference(sample), *options)
    if epochs:
        return Item(f"{sample['id']} epoch {sample['epoch']}", content, str(section or sample["id"]))
    return Item(sample["id"], content, str(section) if section else None)


def _text_of(content: Any) -> str:
    """The text of an input or a message: a string, messages, or parts; reasoning, images and tools are left out."""
    if isinstance(content, str):
        return content
    if isinstance(content, list) and all(isinstance(one, dict) and "role" in one for one in content):
        if len(content) == 1:
            return _text_of(content[0].get("content"))
        return "\n\n".join(f"{one['role']}: {_text_of(one.get('content'))}" for one in content)
    parts = content if isinstance(content, list) else []
    return "\n".join(str(one.get("text", "")) for one in parts if isinstance(one, dict) and one.get("type") == "text")


def _reference(sample: Mapping[str, Any]) -> str:
    """The target, the first of several."""
    target = sample["target"]
    return str(target[0] if target else "") if isinstance(target, list) else str(target)


def _completion(sample: Mapping[str, Any]) -> str:
    choices = (sample["output"] or {}).get("choices") or [{}]
    return _text_of((choices[0].get("message") or {}).get("content") or "").strip()
