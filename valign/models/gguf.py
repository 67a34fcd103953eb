"""GGUF files (llama.cpp's format) as ordinary model folders: dequantised to float32 once, then kept in the cache."""

from __future__ import annotations

import errno
import hashlib
import io
import json
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

from valign.cache import build_once, cache_folder
from valign.errors import InputError
from valign.files import write_json
from valign.fingerprint import fingerprint, of_file

#: Raised whenever the conversion makes another folder from the same file.
_VERSION = 1
_CHECKSUMS = "checksums.json"


def is_gguf(name: str) -> bool:
    """Whether a model's name is that of a GGUF file."""
    return name.lower().endswith(".gguf")


def converted_folder(name: str, file_fingerprint: str) -> Path:
    """Where the conversion of a file with this `of_file` fingerprint is kept; `name` only makes it readable."""
    return cache_folder("models") / f"{name}-{fingerprint('gguf', _VERSION, file_fingerprint)[:12]}"


def folder_of(name: str) -> Path:
    """Where the conversion of the GGUF file `name` is kept, whether it is there or not.

    Raises:
        InputError: no such file.
    """
    path = Path(name).expanduser()
    if not path.is_file():
        raise InputError(f"model {name!r}: no such file")
    return converted_folder(path.stem, of_file(path))


def convert(file: Path, folder: Path) -> Path:
    """Write a GGUF file as a folder of transformers where that is missing: float32 weights, tokenizer, configurations.

    Raises:
        InputError: transformers cannot read the file, the package `gguf` is missing, or the cache cannot be written.
    """
    return build_once(folder, lambda partial: _convert(file, partial))


def _convert(file: Path, out: Path) -> None:
    from safetensors import SafetensorError

    with redirect_stderr(io.StringIO()):  # transformers' progress bars, some of which no setting turns off
        model, tokenizer = _load(file)
        try:
            model.save_pretrained(out)
        except SafetensorError as error:  # a full disk, among others
            raise OSError(errno.EIO, str(error), str(out)) from error
        tokenizer.save_pretrained(out)
    write_json(out / _CHECKSUMS, _checksums(out))


def _load(file: Path) -> tuple[Any, Any]:
    """The model in float32 and its tokenizer.

    transformers marks a model from a GGUF file as quantised and refuses to save it, although its weights are then
    dequantised. So the same class is built again from the unmarked configuration and given the weights.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    where = {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
    try:
        config = AutoConfig.from_pretrained(**where)
        tokenizer = AutoTokenizer.from_pretrained(**where)
        loaded = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32)
    except ImportError as error:
        raise InputError(f"{file}: the Python package 'gguf' is needed to read it; pip install gguf") from error
    except Exception as error:  # a broken file makes several libraries fail in many ways
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(f"{file}: transformers cannot read this GGUF file ({reason})") from error
    with torch.device("meta"):  # no memory and no time for random weights that are replaced at once
        model = type(loaded)(config)
    model.load_state_dict(loaded.state_dict(), assign=True)
    model.tie_weights()
    stop = tokenizer.eos_token_id
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else stop
    for settings in (model.config, model.generation_config):
        settings.eos_token_id, settings.pad_token_id = stop, pad
    if (context := getattr(config, "max_position_embeddings", None)) is not None:
        tokenizer.model_max_length = context
    return model, tokenizer


def _checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a folder but the list of checksums itself."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != _CHECKSUMS)
    return {path.name: sha256(path) for path in files}


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def damaged_files(folder: Path) -> list[str]:
    """Names of a converted folder's files that are missing or are not as they were written."""
    try:
        expected = json.loads((folder / _CHECKSUMS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return [_CHECKSUMS]
    found = _checksums(folder)
    return sorted(name for name, checksum in expected.items() if found.get(name) != checksum)
