"""Per-item values of lm-eval's metrics, each with the aggregation that lm-eval gives it; not every one is a mean.

The aggregations are those that `lm_eval.api.metrics` of lm-eval 0.4.13 registers. A task can name another one, or a
function of its own; where `results_<date>.json` lies beside the samples, lm-eval's own figure is the check.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.metrics.base import find
from harness.run.logs.base import differs
from harness.statistics.values import Values

Sample = Mapping[str, Any]
Rows = Sequence[Any]
#: Our metrics of generated text with one reference; lm-eval's values of these names are the two texts themselves.
_TEXT_METRICS = ("bleu", "rouge", "chrf")
#: Keys of a sample that are no metric; samples before lm-eval 0.4.7 do not list their metrics.
_NO_METRIC = frozenset(
    "doc_id doc target arguments resps filtered_resps filter metrics doc_hash prompt_hash target_hash".split()
)


def sample_values(
    samples: Sequence[Sample],
    needed: Callable[[str], bool] = lambda column: True,
    reported: Mapping[str, float] | None = None,
) -> tuple[dict[str, Values], list[str]]:
    """Per-item values by column of the samples of one filter: what lm-eval logged, and our text metrics of generations.

    Text metrics are computed where answer and target are text. needed: which of their columns to compute. reported:
    lm-eval's own figures by metric. Returns the notes too: a metric whose values do not give lm-eval's figure, or that
    has no figure of single items, is left out with one.
    """
    values, notes = dict[str, Values](), list[str]()
    for name in _metrics(samples):
        found = _values(name, [sample.get(name) for sample in samples])
        if found is None:
            if name not in _TEXT_METRICS:
                notes.append(f"{name} is left out: lm-eval logs no number of single items for it")
        elif why := differs(found, (reported or {}).get(name)):
            notes.append(f"{name} is left out: {why}")
        else:
            values[name] = found
    return _text_values(samples, needed) | values, notes


def _metrics(samples: Sequence[Sample]) -> list[str]:
    listed: dict[str, None] = {}
    for sample in samples:
        listed |= dict.fromkeys(sample.get("metrics", [key for key in sample if key not in _NO_METRIC]))
    return [name for name in listed if name != "bypass"]


def _values(name: str, rows: Rows) -> Values | None:
    """The values of a metric by what was logged; None where it is nothing that is aggregated over items."""
    there = [row for row in rows if row is not None]
    aggregate, table = "mean", None
    if there and all(isinstance(row, int | float) for row in there):
        aggregate, table = "perplexity" if name == "perplexity" else "mean", _numbers(rows)
    elif there and name in _OF_PAIRS and all(isinstance(row, list) and len(row) == 2 for row in there):
        aggregate, statistics = _OF_PAIRS[name]
        table = statistics(rows)
    if table is None:
        return None
    reasons = tuple((n, "lm-eval logged no value") for n, row in enumerate(table) if np.isnan(row).any())
    return Values(table, aggregate, f"lm-eval|{name}" + (f"|{aggregate}" if aggregate != "mean" else ""), reasons)


def _numbers(rows: Rows) -> NDArray[np.float64]:
    return np.array([[math.nan if row is None else float(row)] for row in rows])


def _pairs(rows: Rows) -> NDArray[np.float64]:
    return np.array([[math.nan] * 2 if row is None else [float(one) for one in row] for row in rows])


def _binary(rows: Rows) -> NDArray[np.float64] | None:
    """True positives, false positives and false negatives of (gold, predicted) labels; None unless they are 0 and 1."""
    if any(label not in (0, 1) for row in rows if row is not None for label in row):
        return None
    return np.array(
        [
            [math.nan] * 3 if row is None else [row[0] * row[1], (1 - row[0]) * row[1], row[0] * (1 - row[1])]
            for row in rows
        ],
        dtype=np.float64,
    )


def _confusion(rows: Rows) -> NDArray[np.float64]:
    labels = sorted({label for row in rows if row is not None for label in row}, key=str)
    table = np.zeros((len(rows), len(labels) ** 2))
    for n, row in enumerate(rows):
        if row is None:
            table[n] = math.nan
        else:
            table[n, labels.index(row[0]) * len(labels) + labels.index(row[1])] = 1.0
    return table


def _brier(rows: Rows) -> NDArray[np.float64]:
    """The squared distance of predicted probabilities from the gold label's."""
    scores = []
    for row in rows:
        if row is None:
            scores.append(math.nan)
            continue
        gold, predicted = row
        scores.append(sum((p - float(n == gold)) ** 2 for n, p in enumerate(predicted)))
    return np.array(scores)[:, None]


#: Metrics whose logged value is a pair -> aggregate, statistics; numbers are averaged, but for `perplexity`.
_OF_PAIRS: dict[str, tuple[str, Callable[[Rows], NDArray[np.float64] | None]]] = {
    "word_perplexity": ("weighted_perplexity", _pairs),
    "byte_perplexity": ("weighted_perplexity", _pairs),
    "bits_per_byte": ("bits_per_byte", _pairs),
    "f1": ("f1", _binary),
    "mcc": ("matthews", _confusion),
    "brier_score": ("mean", _brier),
}


def _text_values(samples: Sequence[Sample], needed: Callable[[str], bool]) -> dict[str, Values]:
    if not all(is_generated(sample) and isinstance(sample["target"], str) for sample in samples):
        return {}
    answers, targets = [sample["filtered_resps"][0] for sample in samples], [sample["target"] for sample in samples]
    values: dict[str, Values] = {}
    for name in _TEXT_METRICS:
        metric = find(name, {})
        if any(needed(column) for column in metric.columns):
            values |= metric.score(answers, targets)
    return values


def is_generated(sample: Sample) -> bool:
    """Whether a text was asked for; the calls of other tasks have options, or a whole text and nothing else."""
    first = next(iter(sample["filtered_resps"]), None)
    return isinstance(first, str) and all(len(call) > 1 and not isinstance(call[1], str) for call in calls(sample))


def options_of(sample: Sample) -> list[str]:
    """The options of a task that compares likelihoods; none for other tasks."""
    return [call[1] for call in calls(sample) if len(call) > 1 and isinstance(call[1], str)]


def calls(sample: Sample) -> Iterator[list[Any]]:
    """The arguments of each call of the model: lists, or mappings `arg_0`, `arg_1`, … below `gen_args_<n>`."""
    arguments = sample["arguments"]
    for call in arguments.values() if isinstance(arguments, Mapping) else arguments or ():
        yield list(call.values()) if isinstance(call, Mapping) else list(call)
