"""Contrasts: who reads only the answers is right in half of the prompts and in no contrast."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.models.answers import Likelihood
from harness.run.reading import contrast_values, preference_values
from tasks.data.audit.answers_alone import answers_alone, cross_validated, transferred
from tasks.data.audit.contrasts import contrasts
from tasks.data.audit.load import load
from tasks.data.audit.report import Finding, Limits
from tasks.data.folder import DataFolder
from valign.jsonl import write_rows

KEEPS = "The member of staff must report the offer and cannot keep it, rule {}."
BREAKS = "It is only a small gift this once, so keeping it matters to nobody, case {}."


def likelihoods(strict: Sequence[float], lax: Sequence[float]) -> list[Likelihood]:
    """Two pairs a contrast: the strict answer is right after the first prompt, the lax one after the second."""
    rows = []
    for at, (one, other) in enumerate(zip(strict, lax, strict=True)):
        first = at % 2 == 0
        chosen, rejected = (one, other) if first else (other, one)
        rows.append(Likelihood(f"item-{at}", "gifts", True, chosen, rejected, contrast=f"contrast-{at // 2}"))
    return rows


def test_a_fixed_preference_gets_half_of_the_prompts_and_no_contrast() -> None:
    always_strict = likelihoods([-1.0] * 8, [-2.0] * 8)
    assert preference_values(always_strict).statistics.mean() == 0.5
    assert contrast_values(always_strict).statistics.tolist() == [[0.0]] * 4


def test_whoever_knows_the_clause_is_right_in_both_prompts() -> None:
    knows = likelihoods([-1.0, -3.0, -1.0, -1.0], [-2.0, -2.0, -2.0, -2.0])
    assert contrast_values(knows).statistics.tolist() == [[1.0], [0.0]]


def folder(path: Path, pairs: Sequence[dict[str, str]]) -> DataFolder:
    """A document of ten sections with these pairs as its training pairs."""
    path.mkdir()
    sections = "".join(f"\n## Rule {n} {{#rule-{n}}}\n\nWhat rule {n} says of gifts.\n" for n in range(10))
    (path / "document.md").write_text(f"# Rules\n{sections}")
    placed = [
        {"id": f"p{at}", "kind": "scenario", "section": f"rule-{at % 10}", "chunk": f"rule-{at % 10}.1", **pair}
        for at, pair in enumerate(pairs)
    ]
    write_rows(path / "preference.jsonl", placed)
    return DataFolder("rules", path)


def faults(data: DataFolder) -> tuple[list[Finding], dict[str, dict[str, float]]]:
    figures: dict[str, dict[str, float]] = {}
    loaded = load(data)
    assert not loaded.faults
    return [*contrasts(loaded, figures), *answers_alone(loaded, Limits(), figures)], figures


def test_answers_that_differ_in_register_are_found_by_the_audit(tmp_path: Path) -> None:
    telling = [
        {"prompt": f"A supplier offers item {n}.", "chosen": KEEPS.format(n), "rejected": BREAKS.format(n)}
        for n in range(40)
    ]
    found, figures = faults(folder(tmp_path / "telling", telling))
    assert [finding.check for finding in found] == ["answers alone"]
    assert "in 100.0% of pairs, allowed up to 60%" in found[0].detail
    assert figures["answers_alone"] == {"preference": 1.0}


def contrasting(n: int, section: str) -> list[dict[str, str]]:
    """Two pairs of one section: both answers are right once."""
    one, other, about = KEEPS.format(n), BREAKS.format(n), {"contrast": f"c{n}", "section": section}
    return [
        {**about, "chunk": f"{section}.1", "prompt": f"Offer {n} is worth 300.", "chosen": one, "rejected": other},
        {**about, "chunk": f"{section}.1", "prompt": f"Offer {n} is worth 30.", "chosen": other, "rejected": one},
    ]


def test_on_contrasts_the_classifier_is_at_half_by_construction(tmp_path: Path) -> None:
    pairs = [half for n in range(20) for half in contrasting(n, f"rule-{n % 10}")]
    found, figures = faults(folder(tmp_path / "contrasts", pairs))
    assert found == []
    assert figures["answers_alone"] == {"preference": 0.5}
    assert figures["contrasts"] == {"preference": 20, "heldout_preference": 0}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"chosen": "Some third answer that nobody gave before, in as many words."}, "not those of the first"),
        ({"section": "rule-9", "chunk": "rule-9.1"}, "pairs of 'rule-0' and 'rule-9'"),
        ({"contrast": "another"}, "1 pairs; expected two"),
    ],
)
def test_a_contrast_that_is_none_is_named(tmp_path: Path, change: dict[str, str], fault: str) -> None:
    first, second = contrasting(1, "rule-0")
    found, _ = faults(folder(tmp_path / "broken", [first, {**second, **change}]))
    assert found[0].check == "contrast"
    assert fault in found[0].detail


def test_what_one_document_teaches_the_classifier_is_tested_on_another() -> None:
    telling = [(KEEPS.format(n), BREAKS.format(n)) for n in range(10)]
    assert transferred(telling, telling[:4]) == 1.0
    assert transferred(telling, [(b, a) for a, b in telling]) == 0.0
    assert transferred(telling, [("Nothing alike", "Other words")]) == 0.5
    assert cross_validated(telling, ["one section"] * 10) is None
