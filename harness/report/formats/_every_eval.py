"""Records of Every Eval Ever's schema 0.3.0: one evaluation log a system and document, and its instances.

Source: github.com/evaleval/every_eval_ever, `eval.schema.json` and `instance_level_eval.schema.json`.
"""

from __future__ import annotations

import hashlib
import json
import math
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.models.answers import Answer
from harness.report.columns import heading
from harness.report.hub.card import hub_id
from harness.run.columns import PREFERENCE, judge_of
from harness.run.figures import DocumentResults
from harness.run.manifest import Manifest
from harness.run.reading import Reading
from harness.statistics import Estimate, item_figures

SCHEMA = "0.3.0"
_SHARES = ("section_hit", "exact_match", PREFERENCE)
_LOWER_IS_BETTER = ("perplexity", "bits_per_byte", "brier_score")
_UNBOUNDED = ("-Infinity", "Infinity")


@dataclass(frozen=True)
class Record:
    """One system on one document. path: of the log below `data/`, without its ending. lines: of its instances."""

    path: str
    log: Mapping[str, Any]
    lines: tuple[str, ...]


def record(manifest: Manifest, results: DocumentResults, reading: Reading, system: str, made: int) -> Record:
    """The record of a system on a document. made: seconds since 1970 when the run was finished."""
    document, model = results.document, _model_id(manifest, results, system)
    evaluation = f"{document}/{model}/{system}/{made}"
    figures = {c: one for c, one in results.figures[system].items() if not math.isnan(one.value)}
    lines = tuple(_instances(reading, system, evaluation, model, tuple(figures)))
    number = uuid.UUID(bytes=hashlib.sha256(evaluation.encode()).digest()[:16], version=4)
    path = f"data/{document}/{model}/{number}"
    log = {
        "schema_version": SCHEMA,
        "evaluation_id": evaluation,
        "evaluation_timestamp": str(made),
        "retrieved_timestamp": str(made),
        "source_metadata": {
            "source_name": manifest.recipe.name,
            "source_type": "evaluation_run",
            "source_organization_name": "unknown",
            "evaluator_relationship": "other",
        },
        "eval_library": {"name": "valign", "version": manifest.valign},
        "model_info": _model(manifest, results, system, model),
        "evaluation_results": [_result(manifest, results, column, figure) for column, figure in figures.items()],
        "detailed_evaluation_results": {
            "format": "jsonl",
            "file_path": f"{path}_samples.jsonl",
            "hash_algorithm": "sha256",
            "checksum": hashlib.sha256("".join(lines).encode()).hexdigest(),
            "total_rows": len(lines),
        },
    }
    return Record(path, log, lines)


def _model_id(manifest: Manifest, results: DocumentResults, system: str) -> str:
    """developer/model: the hub's id of a seed model or an imported one, else `local/<run>-<document>-<system>`."""
    named = next((one.model for one in manifest.imported if one.system == system), None)
    found = next(one for one in results.systems if one.name == system)
    if named is None and found.method == "seed" and not found.retrieval:
        named = manifest.recipe.seed_model.model
    return (hub_id(named) if named else None) or f"local/{manifest.recipe.name}-{results.document}-{system}"


def _model(manifest: Manifest, results: DocumentResults, system: str, model: str) -> dict[str, Any]:
    found = next(one for one in results.systems if one.name == system)
    details = {
        "deployment_type": "self_deployed" if manifest.hardware else "unknown",
        "model_availability": "unknown",
        "system": system,
        "method": found.method,
        "retrieval": str(found.retrieval).lower(),
    }
    if not manifest.imported:
        details["seed_model"] = manifest.recipe.seed_model.model
    developer = model.partition("/")[0]
    return {"name": results.labels[system], "id": model, "developer": developer, "additional_details": details}


def _result(manifest: Manifest, results: DocumentResults, column: str, figure: Estimate) -> dict[str, Any]:
    settings, judge = manifest.recipe.statistics, judge_of(column)
    uncertainty: dict[str, Any] = {"num_samples": figure.n, "num_bootstrap_samples": settings.resamples}
    if not math.isnan(figure.low):
        uncertainty["confidence_interval"] = {
            "lower": figure.low, "upper": figure.high, "confidence_level": settings.confidence,
            "method": f"bootstrap, {settings.interval}",
        }  # fmt: skip
    low, high = _bounds(column, figure.signature)
    result: dict[str, Any] = {
        "evaluation_result_id": f"{results.document}/{column}",
        "evaluation_name": results.document,
        "source_data": {
            "dataset_name": results.document,
            "source_type": "other",
            "additional_details": {"title": results.title, "items": str(results.n_items)},
        },
        "metric_config": {
            "metric_id": f"valign.{column}" if judge else column,
            "metric_name": heading(column),
            "metric_kind": "win_rate" if judge else column,
            "lower_is_better": any(one in column for one in _LOWER_IS_BETTER),
            "score_type": "continuous",
            "min_score": low,
            "max_score": high,
            "additional_details": {"signature": figure.signature, **({"judge": judge} if judge else {})},
        },
        "score_details": {
            "score": figure.value,
            "details": {"unscored_items": str(figure.n_unscored)},
            "uncertainty": uncertainty,
        },
    }
    if not manifest.imported:
        generation = manifest.recipe.generation
        result["generation_config"] = {
            "generation_args": {
                "temperature": generation.temperature if generation.do_sample else 0.0,
                "top_p": generation.top_p,
                "max_tokens": generation.max_gen_toks,
            }
        }
    return result


def _bounds(column: str, signature: str) -> tuple[float | str, float | str]:
    """The range of a metric; that of other harnesses' metrics is not known."""
    if column.startswith("bertscore") and "rescaled:no" in signature:
        return -1.0, 1.0
    if column in ("bleu", "chrf"):
        return 0.0, 100.0
    if column.startswith("rouge") or column in _SHARES or judge_of(column):
        return 0.0, 1.0
    return (0.0, "Infinity") if column == "length_ratio" else _UNBOUNDED


def _instances(reading: Reading, system: str, evaluation: str, model: str, columns: Sequence[str]) -> Iterator[str]:
    """One line a column and item that has a value; an item without one is only counted, since a score is a number.

    Preference pairs have none: a run keeps their log-likelihoods, not their texts.
    """
    held_out = reading.scored[0]
    for column in columns:
        values = held_out.values[system].get(column)
        if values is None:
            continue
        best = _bounds(column, values.signature)[1]
        for answer, score in zip(reading.answers[system], item_figures(values).tolist(), strict=True):
            if not math.isnan(score):
                row = _instance(answer, score, best)
                head = {
                    "schema_version": SCHEMA, "evaluation_id": evaluation, "model_id": model,
                    "evaluation_name": reading.record.name, "evaluation_result_id": f"{reading.record.name}/{column}",
                }  # fmt: skip
                yield json.dumps({**head, **row}, ensure_ascii=True) + "\n"


def _instance(answer: Answer, score: float, best: float | str) -> dict[str, Any]:
    """is_correct: whether the score is the metric's best; the schema wants it of every metric."""
    asked = {"raw": answer.prompt, "reference": [answer.reference]}
    metadata = {"section": answer.section, "kind": answer.kind, "seen_in_training": str(answer.seen).lower()}
    attribution = {
        "turn_idx": 0, "source": "output.raw", "extracted_value": answer.text, "extraction_method": "whole_output",
        "is_terminal": True,
    }  # fmt: skip
    return {
        "sample_id": answer.item,
        "sample_hash": hashlib.sha256(json.dumps(asked, sort_keys=True, separators=(",", ":")).encode()).hexdigest(),
        "interaction_type": "single_turn",
        "input": asked,
        "output": {"raw": [answer.text]},
        "answer_attribution": [attribution],
        "evaluation": {"score": score, "is_correct": isinstance(best, float) and score >= best},
        "metadata": {key: value for key, value in metadata.items() if value},
    }
