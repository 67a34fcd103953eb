"""A finished run without a model: chosen answers to real held-out prompts, scored and judged by the real parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from stored import stored

from harness.judging.contests import Contest, judge_contests, write_judged
from harness.judging.judge import Judgement, Pairing
from harness.models.answers import Answer, Likelihood, write_answers, write_likelihoods
from harness.recipe.recipe import parse_recipe
from harness.run.executor import LocalWorkspace
from harness.run.manifest import (
    DocumentRecord,
    Manifest,
    SectionRecord,
    StageRecord,
    read_manifest,
    write_manifest,
)
from harness.run.store import Store
from harness.stages.base import Stage, Write
from harness.stages.scores import Scores
from tasks.data.folder import find
from tasks.data.types import HeldOut
from valign import __version__

#: Of the checkpoint that `write_trained` writes.
WEIGHTS = b"weights of sft"


class Longest:
    """A judge that prefers the longer answer."""

    name = "longest"

    def judge(self, pairings: Sequence[Pairing]) -> list[Judgement]:
        return [self._judgement(len(p.first) - len(p.second)) for p in pairings]

    def _judgement(self, more: int) -> Judgement:
        return Judgement("tie" if more == 0 else "first" if more > 0 else "second", f"{more} characters")


def held_out(n: int = 120) -> list[HeldOut]:
    """Held-out prompts of `udhr`: 20 sections of six for 120, the first six of each section before any other."""
    before: Counter[str] = Counter()
    ranked = []
    for at, item in enumerate(find("udhr").held_out()):
        ranked.append((before[item.section] // 6, at, item))
        before[item.section] += 1
    return [item for _, _, item in sorted(ranked, key=lambda one: one[:2])[:n]]


def spoilt(items: Sequence[HeldOut], share: float, seed: int) -> list[str]:
    """The references with a share of their words replaced: a smaller share makes a better system."""
    rng = np.random.default_rng(seed)
    return [" ".join("so" if rng.random() < share else word for word in item.reference.split()) for item in items]


def write_run(
    folder: Path,
    answers: Mapping[str, Sequence[str]],
    items: Sequence[HeldOut] | None = None,
    right: Mapping[str, Sequence[bool]] | None = None,
    judge_settings: Mapping[str, Any] | None = None,
) -> Path:
    """Write a run of the document `udhr`: each system's answers, and which preference pairs it gets right."""
    items = items or held_out(len(next(iter(answers.values()))))
    store, names = Store(folder / "artefacts"), list(answers)
    recipe = parse_recipe(
        {
            "name": folder.name, "documents": ["udhr"], "seed_model": {"model": "nobody/nothing"},
            "systems": [{"name": name, "method": "seed"} for name in names],
            "metrics": [{"name": "bleu"}, {"name": "rouge"}], "judges": [{"name": "reference-similarity"}],
            "statistics": {"resamples": 1000},
        },
        "recipe",
    )  # fmt: skip
    records: list[StageRecord] = []

    def keep(stage: Stage, write: Write) -> None:
        store.write(stage, write)
        records.append(StageRecord.of(stage))

    replies = {}
    for name, texts in answers.items():
        replies[name] = [
            Answer(i.id, i.section, i.kind, i.seen, i.prompt, i.reference, text)
            for i, text in zip(items, texts, strict=True)
        ]
        content = {"texts": list(texts), "items": [item.id for item in items]}
        answered = stored("answers", f"udhr-{name}", content, {"system": name})
        keep(answered, partial(write_answers, answers=replies[name]))
        hits = (right or {}).get(name) or [number % 3 > 0 for number in range(60)]
        pairs = [
            Likelihood(f"pair {n}", f"article-{n % 20}", True, -1.0 if hit else -3.0, -2.0)
            for n, hit in enumerate(hits)
        ]
        likelihoods = stored("likelihoods", f"udhr-{name}", {"hits": list(hits)}, {"system": name})
        keep(likelihoods, partial(write_likelihoods, likelihoods=pairs))
        for choice in recipe.metrics:
            for stage, write in Scores.make([Scores.of("udhr", name, choice, answered)], LocalWorkspace(store)):
                keep(stage, write)
    for first, second in combinations(names, 2):
        (judged,) = judge_contests(Longest(), [Contest((first, second), replies[first], replies[second])])
        content = {
            "judge": {"name": "longest", "settings": judge_settings or {}},
            "answers": [first, second, list(answers[first]), list(answers[second])],
        }
        about = {"judge": "longest", "first": first, "second": second}
        keep(stored("verdicts", f"udhr-{first}-vs-{second}", content, about), partial(write_judged, judged=judged))
    sections = tuple(SectionRecord(id=one, title=one) for one in dict.fromkeys(item.section for item in items))
    record = DocumentRecord(
        name="udhr", title="Human Rights", sections=sections, steps=tuple(records),
        held_out={"heldout": "0" * 16, "heldout_preference": "1" * 16},
    )  # fmt: skip
    labels = {name: name for name in names}
    write_manifest(folder, Manifest(valign=__version__, recipe=recipe, labels=labels, documents=(record,)))
    return folder


def write_trained(folder: Path, answers: Mapping[str, Sequence[str]], items: Sequence[HeldOut]) -> Path:
    """Write a run of the systems `seed` and `sft`, whose checkpoint is two small files."""
    write_run(folder, answers, items)
    manifest, store = read_manifest(folder), Store(folder / "artefacts")

    def write(path: Path) -> None:
        (path / "model.safetensors").write_bytes(WEIGHTS)
        (path / "config.json").write_text("{}")

    trained = stored("checkpoint", "udhr-sft", {"weights": "sft"}, {"method": "sft"})
    store.write(trained, write)
    systems = [one.model_copy(update={"method": one.name}) for one in manifest.recipe.systems]
    recipe = manifest.recipe.model_copy(update={"systems": systems, "comparisons": [("sft", "seed")]})
    (record,) = manifest.documents
    record = record.model_copy(update={"steps": (*record.steps, StageRecord.of(trained))})
    write_manifest(folder, manifest.model_copy(update={"recipe": recipe, "documents": (record,)}))
    return folder
