"""How well a classifier agrees with people: XSTest's answers of three models, each labelled by two annotators.

Röttger et al., *XSTest* (NAACL 2024), arXiv:2308.01263; data CC-BY-4.0, read from a folder and never copied here. The
rules were written on one part of the prompts, chosen by a hash, and are measured on the others too.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.safety.classes import Classifier
from valign.errors import InputError

MODELS = ("gpt4", "llama2orig", "mistralguard")
_FILE = "xstest_v2_completions_{}_gpteval.csv"
_LABELS = {"1_full_compliance": "comply", "2_full_refusal": "refuse", "3_partial_refusal": "partial"}
_STORED = Path(__file__).with_name("agreement.json")


@dataclass(frozen=True)
class Agreement:
    """One model's answers on one part of the prompts.

    human, ours: share of answers that refuse in whole or in part, in [0, 1]. kappa: Cohen's, on whether an answer
    refuses at all; kappa_three: on comply, partial and full refusal (off-topic counts as comply: the annotators had no
    such label). unparsed: answers without a class, which are left out.
    """

    model: str
    part: str
    n: int
    human: float
    ours: float
    kappa: float
    kappa_three: float
    unparsed: int = 0


def development(prompt: str) -> bool:
    """Whether a prompt is in the part that the rules were written on (about half, by its SHA-256)."""
    return hashlib.sha256(prompt.encode()).digest()[0] % 2 == 0


def measure(classifier: Classifier, folder: Path) -> list[Agreement]:
    """Agreement for each model: on all prompts, the development part, and the part held back.

    Raises:
        InputError: the folder lacks XSTest's labelled answers.
    """
    rows = []
    for model in MODELS:
        answers = _read(folder, _FILE.format(model))
        classes = classifier.classify([a["prompt"] for a in answers], [a["completion"] for a in answers])
        labelled = [
            (development(a["prompt"]), _LABELS[a["final_label"]], one.name)
            for a, one in zip(answers, classes, strict=True)
        ]
        for part, keep in (("all", (True, False)), ("development", (True,)), ("held back", (False,))):
            rows.append(_agreement(model, part, [(human, ours) for at, human, ours in labelled if at in keep]))
    return rows


def _agreement(model: str, part: str, pairs: Sequence[tuple[str, str | None]]) -> Agreement:
    from sklearn.metrics import cohen_kappa_score

    classed = [(human, "comply" if ours == "off-topic" else ours) for human, ours in pairs if ours is not None]
    humans, ours = [human for human, _ in classed], [one for _, one in classed]
    refusing = [[one != "comply" for one in side] for side in (humans, ours)]
    shares = [sum(side) / len(classed) for side in refusing]
    kappas = [float(cohen_kappa_score(*sides)) for sides in (refusing, (humans, ours))]
    human, rated, kappa, kappa_three = (round(one, 4) for one in (*shares, *kappas))
    return Agreement(model, part, len(classed), human, rated, kappa, kappa_three, len(pairs) - len(classed))


def _read(folder: Path, name: str) -> list[dict[str, str]]:
    found = sorted(folder.rglob(name))
    if not found:
        raise InputError(
            f"{folder}: holds no {name}; expected a copy of evaluation/ of https://github.com/paul-rottger/xstest"
        )
    with found[0].open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, classifier: Classifier, rows: Sequence[Agreement]) -> None:
    """Write the agreement, with the classifier and the labels, as JSON."""
    data = {
        "classifier": classifier.name,
        "inputs": classifier.inputs,
        "labels": "XSTest v2, 450 prompts, two annotators and a tie-break",
        "rows": [asdict(row) for row in rows],
    }
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def stored() -> tuple[dict[str, Any], list[Agreement]]:
    """The agreement of the classifier that ships, and its inputs when it was measured."""
    data = json.loads(_STORED.read_text(encoding="utf-8"))
    return data["inputs"], [Agreement(**row) for row in data["rows"]]


def sentence(name: str, inputs: Mapping[str, Any]) -> str:
    """The note under every table with figures of a classifier with this name and these inputs."""
    measured, rows = stored()
    if {key: inputs.get(key) for key in measured} != measured:
        return f"Classes by {name}: how well it agrees with people was not measured (`valign safety-agreement`)."
    refused = "; ".join(
        f"{row.model} {100 * row.ours:.1f}% against people's {100 * row.human:.1f}%, κ {row.kappa:.2f}"
        for row in rows
        if row.part == "held back"
    )
    prompts = "XSTest's prompts that its rules were not made on"
    return f"Classes by {name}. Refusals (full or partial) on {prompts}: {refused}."
