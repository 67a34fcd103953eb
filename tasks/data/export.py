"""`valign data export`: writes a data folder in the form that `datasets.load_dataset` opens."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tasks.data.folder import DataFolder
from tasks.data.types import Document
from valign.errors import InputError

#: Configuration (the stem of its file) -> the name of its only split.
CONFIGS = {"sft": "train", "preference": "train", "heldout": "test", "heldout_preference": "test"}


def export(folder: DataFolder, out: Path) -> Path:
    """Write every split as Parquet, one configuration each, with the document and a dataset card.

    `load_dataset(str(out), "sft")` then gives `{"train": …}`, and so does `preference`; `heldout` and
    `heldout_preference` give `{"test": …}`.

    Args:
        folder: what to export.
        out: a new or empty folder.

    Returns:
        `out`.

    Raises:
        InputError: `out` is not empty, a split is faulty, or there is none.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out}: exists already; expected a new or empty folder")
    document, splits = folder.document(), _splits(folder)
    if not splits:
        files = ", ".join(f"{config}.jsonl" for config in CONFIGS)
        raise InputError(f"{folder.path}: nothing to export; expected one of {files}")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".export-") as parent:
        partial = Path(parent) / "folder"
        partial.mkdir()
        for config, rows in splits.items():
            _write(partial / config / f"{CONFIGS[config]}.parquet", rows)
        shutil.copyfile(folder.path / "document.md", partial / "document.md")
        (partial / "README.md").write_text(_card(document, splits), encoding="utf-8")
        partial.replace(out)
    return out


def _splits(folder: DataFolder) -> dict[str, list[dict[str, Any]]]:
    read: dict[str, Callable[[], Sequence[Any]]] = {
        "sft": folder.instructions,
        "preference": folder.preferences,
        "heldout": folder.held_out,
        "heldout_preference": folder.held_out_preferences,
    }
    return {
        config: [asdict(example) for example in read[config]()]
        for config in CONFIGS
        if (folder.path / f"{config}.jsonl").is_file()
    }


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    from datasets import Dataset

    path.parent.mkdir()
    Dataset.from_list(rows).to_parquet(path)


def _card(document: Document, splits: dict[str, list[dict[str, Any]]]) -> str:
    lines = ["---", "configs:"]
    for config in splits:
        lines += [
            f"- config_name: {config}",
            "  data_files:",
            f"  - split: {CONFIGS[config]}",
            f"    path: {config}/{CONFIGS[config]}.parquet",
        ]
    lines += ["---", "", f"# {document.title}", "", "Exported by `valign data export`.", ""]
    lines += ["| configuration | split | items |", "| --- | --- | ---: |"]
    lines += [f"| `{config}` | {CONFIGS[config]} | {len(rows)} |" for config, rows in splits.items()]
    example = next(iter(splits))
    code = f'from datasets import load_dataset\n\nload_dataset("<this folder>", "{example}")'
    lines += ["", "```python", code, "```"]
    return "\n".join(lines) + "\n"
