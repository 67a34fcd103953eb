"""A finished run with all that the page shows: passages, facts, training curves, a judge that contradicts itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

from finished import held_out
from stored import stored

from harness.judging.contests import Contest, judge_contests, write_judged
from harness.judging.judge import Judgement, Pairing
from harness.models.answers import Answer, write_answers
from harness.recipe.recipe import parse_recipe
from harness.run.executor import LocalWorkspace
from harness.run.manifest import DocumentRecord, Manifest, SectionRecord, StageRecord, write_manifest
from harness.run.store import Store
from harness.stages.base import Stage, Write
from harness.stages.scores import Scores
from tasks.data.folder import find
from tasks.data.types import HeldOut
from valign import __version__

SYSTEMS = ("seed", "sft", "sft+rag")
ITEMS = held_out(48)
FACTS = ["everyone has the right", "no exception is named"]


class FirstOrLonger:
    """A judge that prefers the longer answer, and the one shown first where both are nearly as long."""

    name = "first-or-longer"

    def judge(self, pairings: Sequence[Pairing]) -> list[Judgement]:
        return [self._judgement(len(p.first) - len(p.second)) for p in pairings]

    def _judgement(self, more: int) -> Judgement:
        if abs(more) > 10:
            return Judgement("first" if more > 0 else "second", f"longer by {abs(more)} characters")
        return Judgement("unparsed" if more == 0 else "first", "about equally long")


def plain_answers(items: Sequence[HeldOut] = ITEMS) -> dict[str, list[str]]:
    """Answers of which every second, third and fourth is the reference, so that some are right and systems differ."""
    every = {"seed": 4, "sft": 2, "sft+rag": 3}
    return {
        name: [
            item.reference if n % every[name] == 0 else f"{name} cannot say about {item.section} {n}"
            for n, item in enumerate(items)
        ]
        for name in SYSTEMS
    }


def write_page_run(
    folder: Path, answers: Mapping[str, Sequence[str]] | None = None, items: Sequence[HeldOut] = ITEMS
) -> Path:
    """Write the run; the document's text, passages and facts are those of the artefacts and nowhere else."""
    store, given = Store(folder / "artefacts"), answers or plain_answers(items)
    recipe = parse_recipe(
        {
            "name": folder.name, "documents": ["udhr"], "seed_model": {"model": "nobody/nothing"},
            "systems": [{"name": name, "method": name.split("+")[0], "retrieval": "+rag" in name} for name in given],
            "retrieval": {"embedder": "nobody/nothing"}, "metrics": [{"name": "exact_match"}, {"name": "rouge"}],
            "judges": [{"name": "reference-similarity", "label": "first-or-longer"}],
            "comparisons": [["sft", "seed"], ["sft+rag", "sft"]], "statistics": {"resamples": 1000},
        },
        "recipe",
    )  # fmt: skip
    records: list[StageRecord] = []

    def keep(stage: Stage, write: Write) -> None:
        store.write(stage, write)
        records.append(StageRecord.of(stage))

    keep(stored("checkpoint", "udhr-sft", {"steps": 3}, {"method": "sft"}), _writer("training_log.json", _log()))
    document = find("udhr").document()
    passages = [{"id": f"{s.id}.1", "section": s.id, "text": f"Passage: {s.text[:200]}"} for s in document.sections]
    keep(stored("index", "udhr", {"of": "udhr"}), _writer("chunks.json", passages))
    rows = {name: _answers(name, texts, items) for name, texts in given.items()}
    for name, own in rows.items():
        answered = stored("answers", f"udhr-{name}", {"texts": list(given[name]), "of": folder.name}, {"system": name})
        keep(answered, partial(_write_answers, own, items))
        for choice in recipe.metrics:
            for stage, write in Scores.make([Scores.of("udhr", name, choice, answered)], LocalWorkspace(store)):
                keep(stage, write)
    for first, second in combinations(given, 2):
        (judged,) = judge_contests(FirstOrLonger(), [Contest((first, second), rows[first], rows[second])])
        content = {"judge": {"name": "first-or-longer"}, "answers": [first, second, folder.name]}
        about = {"judge": "first-or-longer", "first": first, "second": second}
        keep(stored("verdicts", f"udhr-{first}-vs-{second}", content, about), partial(write_judged, judged=judged))
    record = DocumentRecord(
        name="udhr", title="Human Rights", steps=tuple(records), held_out={"heldout": "0" * 16},
        sections=tuple(SectionRecord(id=s.id, title=s.title, text=s.text) for s in document.sections),
    )  # fmt: skip
    labels = {name: name for name in given}
    write_manifest(folder, Manifest(valign=__version__, recipe=recipe, labels=labels, documents=(record,)))
    return folder


def _answers(system: str, texts: Sequence[str], items: Sequence[HeldOut]) -> list[Answer]:
    """Retrieval shows the right passage for every second item, and always that of the first article."""
    return [
        Answer(
            i.id, i.section, i.kind, i.seen, i.prompt, i.reference, text,
            (("article-1.1", 0.5), (f"{i.section}.1" if n % 2 else "article-2.1", 0.25)) if "+rag" in system else (),
        )
        for n, (i, text) in enumerate(zip(items, texts, strict=True))
    ]  # fmt: skip


def _write_answers(own: list[Answer], items: Sequence[HeldOut], folder: Path) -> None:
    write_answers(folder, own)
    samples = folder / "lm_eval" / "model" / "samples_valign_udhr_2026.jsonl"
    samples.parent.mkdir(parents=True)
    facts = {"key_facts": FACTS, "stance": "affirms", "value": "dignity"}
    docs = ({**asdict(i), "chunk": f"{i.section}.1", **(facts if n == 0 else {})} for n, i in enumerate(items))
    samples.write_text("".join(json.dumps({"doc": doc}) + "\n" for doc in docs), encoding="utf-8")


def _writer(name: str, data: Any) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).write_text(json.dumps(data), encoding="utf-8")

    return write


def _log() -> list[dict[str, float]]:
    return [{"step": n, "loss": 4.0 / n, "grad_norm": float("nan") if n == 2 else 1.0} for n in (1, 2, 3)]
