"""BERTScore with bert-score's functions; each distinct text is encoded once for all systems."""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from harness.metrics import _encoder
from harness.metrics.base import Metric, check_lengths
from harness.statistics.values import Values, mean_values
from valign.errors import InputError

Array = NDArray[np.float64]

#: Items whose embeddings are kept in memory together.
_ITEMS = 256


@dataclass(frozen=True)
class BertScore(Metric):
    """Precision, recall and F1 of greedily matched token embeddings, the mean over items (Zhang et al. 2020).

    Cosines from -1 to 1, in practice high; `rescale_with_baseline` gives (x - b) / (1 - b), about 0 for unrelated
    texts. No IDF weights. An item with an empty hypothesis or reference is unscored. The settings are bert-score's:
    `model` (its `model_type`) is a hub id or a folder; `num_layers` 0 is the layer that bert-score tuned for its own
    list of models; `baseline_path` is a CSV file `LAYER,P,R,F`, empty for bert-score's own file for `lang`.
    `batch_tokens` is the number of tokens per batch. An item's value does not depend, to the last bit, on which other
    texts or systems are scored with it.
    """

    model: str = "roberta-large"
    num_layers: int = 0
    rescale_with_baseline: bool = False
    baseline_path: str = ""
    lang: str = "en"
    batch_tokens: int = 2048

    name: ClassVar[str] = "bertscore"
    columns: ClassVar[tuple[str, ...]] = ("bertscore_precision", "bertscore_recall", "bertscore_f1")

    def __post_init__(self) -> None:
        if self.num_layers < 0 or self.batch_tokens < 1:
            raise InputError("metric bertscore: num_layers must be 0 or more, and batch_tokens 1 or more")
        if self.baseline_path and not self.rescale_with_baseline:
            raise InputError("metric bertscore: baseline_path is only used with rescale_with_baseline: true")

    def score_many(self, hypotheses: Sequence[Sequence[str]], references: Sequence[str]) -> list[dict[str, Values]]:
        """The values of each system, float64 (n_items, 1) in each column.

        Raises:
            InputError: the encoder or the baseline cannot be loaded, or has no such layer.
        """
        check_lengths(hypotheses, references)
        encoder = _encoder.load(self.model, self.num_layers)
        baseline, rescaled = self._baseline(encoder.num_layers)
        ids = {text: encoder.token_ids(text) for text in dict.fromkeys([*references, *_flat(hypotheses)])}
        raw = _match_all(encoder, ids, hypotheses, references, self.batch_tokens)
        scores = (raw - baseline) / (1 - baseline)
        signature = _signature(encoder, rescaled)
        scored = []
        for each, table in zip(hypotheses, scores, strict=True):
            reasons = _reasons(ids, each, references)
            scored.append(
                {
                    column: mean_values(table[:, i].tolist(), f"{column}|{signature}", reasons)
                    for i, column in enumerate(self.columns)
                }
            )
        return scored

    def _baseline(self, num_layers: int) -> tuple[Array, str]:
        """The baseline of P, R and F, (3,) in float32 precision, and its name in the signature; 0 without rescaling."""
        if not self.rescale_with_baseline:
            return np.zeros(3), "no"
        path = Path(self.baseline_path) if self.baseline_path else _own_baseline(self.lang, self.model)
        if not path.is_file():
            hint = "" if self.baseline_path else "; give baseline_path, bert-score has none for this encoder"
            raise InputError(f"metric bertscore: no baseline file {path}{hint}")
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        try:
            row = rows[num_layers]
            figures = np.array([row[key] for key in "PRF"], dtype=np.float32).astype(np.float64)
        except (IndexError, KeyError, ValueError) as error:
            raise InputError(
                f"metric bertscore: {path}: expected a line LAYER,P,R,F for layer {num_layers}, counted from 0"
            ) from error
        return figures, f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"


def _own_baseline(lang: str, model_type: str) -> Path:
    import bert_score

    return Path(bert_score.__file__).parent / "rescale_baseline" / lang / f"{model_type}.tsv"


def _signature(encoder: _encoder.Encoder, rescaled: str) -> str:
    from importlib.metadata import version

    return (
        f"bert-score|encoder:{encoder.name}|layer:{encoder.num_layers}|idf:no|rescaled:{rescaled}"
        f"|version:{version('bert_score')}|transformers:{version('transformers')}"
    )


def _flat(hypotheses: Sequence[Sequence[str]]) -> list[str]:
    return [text for each in hypotheses for text in each]


def _reasons(ids: dict[str, list[int]], hypotheses: Sequence[str], references: Sequence[str]) -> list[tuple[int, str]]:
    reasons = []
    for i, (hypothesis, reference) in enumerate(zip(hypotheses, references, strict=True)):
        empty = [what for what, text in (("hypothesis", hypothesis), ("reference", reference)) if not ids[text]]
        if empty:
            reasons.append((i, f"{' and '.join(empty)} without a token"))
    return reasons


def _match_all(
    encoder: _encoder.Encoder,
    ids: dict[str, list[int]],
    hypotheses: Sequence[Sequence[str]],
    references: Sequence[str],
    budget: int,
) -> Array:
    """float64 (systems, n_items, 3): raw P, R and F, NaN where a text has no token.

    Works on blocks of items, and keeps a text's embeddings until the last block that needs them.
    """
    scores = np.full((len(hypotheses), len(references), 3), math.nan)
    embeddings: dict[str, Any] = {}
    blocks = [range(start, min(start + _ITEMS, len(references))) for start in range(0, len(references), _ITEMS)]
    needs = []
    for block in blocks:
        texts = (text for i in block for text in (references[i], *(each[i] for each in hypotheses)))
        needs.append(dict.fromkeys(text for text in texts if ids[text]))
    last = {text: number for number, texts in enumerate(needs) for text in texts}
    for number, block in enumerate(blocks):
        new = [text for text in needs[number] if text not in embeddings]
        for i, states in encoder.encode([ids[text] for text in new], budget):
            embeddings[new[i]] = states
        for s, each in enumerate(hypotheses):
            for i in block:
                hypothesis, reference = each[i], references[i]
                if ids[hypothesis] and ids[reference]:
                    pair = ((ids[text], embeddings[text]) for text in (reference, hypothesis))
                    scores[s, i] = _match(encoder, *pair)
        embeddings = {text: states for text, states in embeddings.items() if last[text] > number}
    return scores


def _match(encoder: _encoder.Encoder, reference: tuple[list[int], Any], hypothesis: tuple[list[int], Any]) -> Array:
    """float64 (3,): P, R and F by bert-score's function, from the ids and states of each text.

    Pairs are matched one by one, because the last digits of a padded batch depend on the other pairs.
    """
    import torch
    from bert_score.utils import greedy_cos_idf

    def batch_of_one(ids: list[int], states: Any) -> tuple[Any, Any, Any]:
        weights = torch.tensor([encoder.weights(ids)], device=states.device)
        return states[None].clone(), torch.ones_like(weights, dtype=torch.bool), weights  # normalised in place

    with torch.no_grad():
        scores = torch.stack(greedy_cos_idf(*batch_of_one(*reference), *batch_of_one(*hypothesis)), dim=-1)
    matched: Array = scores[0].cpu().numpy().astype(np.float64)
    return matched


METRIC = BertScore
