"""BERTScore's encoder: loaded with bert-score's functions, batched by a token budget, named by a hash of its files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from valign.errors import InputError

#: The files of an encoder that are hashed for the signature.
_PARTS = ("*.json", "*.txt", "*.model", "*.safetensors", "*.bin")
#: Texts are batched by length, rounded up to a multiple of this.
_WIDTH_STEP = 16


@dataclass(frozen=True, eq=False)
class Encoder:
    """The first `num_layers` of a transformer, its tokenizer, and a name that contains no local path."""

    model: Any
    tokenizer: Any
    num_layers: int
    name: str

    def token_ids(self, text: str) -> list[int]:
        """Ids with special tokens, cut at the encoder's limit; empty if every token has weight 0."""
        from bert_score.utils import sent_encode

        if not text.strip():
            return []
        ids: list[int] = sent_encode(self.tokenizer, text)
        return ids if any(self.weights(ids)) else []

    def weights(self, ids: Sequence[int]) -> list[float]:
        """bert-score's weights without IDF: 0 for the separator and class tokens, 1 for all others."""
        unweighted = (self.tokenizer.sep_token_id, self.tokenizer.cls_token_id)
        return [0.0 if i in unweighted else 1.0 for i in ids]

    def encode(self, texts: Sequence[Sequence[int]], budget: int) -> Iterator[tuple[int, Any]]:
        """(index of the text, float32 tensor (tokens, width)) for each text, in batches of at most `budget` tokens.

        A text has the same states whatever else is encoded with it. The last digits of a matrix product depend on its
        shape, so the shape of a batch depends only on the text's length, rounded up to a multiple of 16: a batch has as
        many rows as fit into the budget, and missing rows are filled.
        """
        import torch
        from bert_score.utils import bert_encode

        by_width: dict[int, list[int]] = {}
        for i, text in enumerate(texts):
            rounded = -(-len(text) // _WIDTH_STEP) * _WIDTH_STEP
            by_width.setdefault(max(len(text), min(rounded, self.tokenizer.model_max_length)), []).append(i)
        device = next(self.model.parameters()).device
        for width, members in sorted(by_width.items(), reverse=True):
            rows = max(1, budget // width)
            for start in range(0, len(members), rows):
                batch = members[start : start + rows]
                ids = torch.full((rows, width), self.tokenizer.pad_token_id or 0, dtype=torch.long)
                mask = torch.zeros((rows, width), dtype=torch.long)
                for row in range(rows):
                    text = texts[batch[min(row, len(batch) - 1)]]
                    ids[row, : len(text)], mask[row, : len(text)] = torch.tensor(text), 1
                states = bert_encode(self.model, ids.to(device), attention_mask=mask.to(device))
                for row, i in enumerate(batch):
                    yield i, states[row, : len(texts[i])].clone()


@lru_cache(maxsize=1)
def load(model_type: str, num_layers: int) -> Encoder:
    """The encoder of that hub id or folder, on the GPU if there is one; the last one is cached.

    num_layers: how many layers to keep; 0 means the number that bert-score tuned for the model.

    Raises:
        InputError: the encoder cannot be loaded, or the number of layers is unknown or too large.
    """
    import torch
    from bert_score.utils import get_model, get_tokenizer, model2layers

    if not num_layers and model_type not in model2layers:
        raise InputError(f"metric bertscore: num_layers must be given for {model_type}: bert-score has no default")
    layers = num_layers or int(model2layers[model_type])
    folder = Path(model_type)
    if folder.is_dir():
        _check_folder(folder, layers)
    try:
        tokenizer = get_tokenizer(model_type, False)
        model = get_model(model_type, layers)
    except OSError as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(f"metric bertscore: cannot load encoder {model_type}: {reason}") from error
    except AssertionError as error:
        raise InputError(f"metric bertscore: {error}") from error
    if tokenizer.model_max_length > 10**6:
        # bert-score fails without a limit. Two fewer, because RoBERTa's positions start after the padding's.
        tokenizer.model_max_length = getattr(model.config, "max_position_embeddings", 514) - 2
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    commit = getattr(model.config, "_commit_hash", None)
    name = _content_name(folder) if folder.is_dir() else model_type + (f"@{commit[:12]}" if commit else "")
    return Encoder(model, tokenizer, layers, name)


def _check_folder(folder: Path, layers: int) -> None:
    config = folder / "config.json"
    if not config.is_file():
        raise InputError(f"metric bertscore: {folder} contains no config.json; expected an encoder's folder")
    settings = json.loads(config.read_text(encoding="utf-8"))
    depth = settings.get("num_hidden_layers")
    if isinstance(depth, int) and not 1 <= layers <= depth:
        raise InputError(f"metric bertscore: num_layers: expected 1 to {depth} for {folder}, not {layers}")
    if "t5" in str(folder) and "t5" not in str(settings.get("model_type")):
        raise InputError(
            f"metric bertscore: bert-score treats every path that contains 't5' as a T5 model; rename {folder} or "
            "give a relative path"
        )


def _content_name(folder: Path) -> str:
    """`BertModel-sha256:0123456789abcdef`: the architecture and a hash of the files, without their path."""
    digest = hashlib.sha256()
    for path in sorted({path for part in _PARTS for path in folder.glob(part) if path.is_file()}):
        with path.open("rb") as file:
            digest.update(f"{path.name}\n{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    kinds = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("architectures") or ["encoder"]
    return f"{kinds[0]}-sha256:{digest.hexdigest()[:16]}"
