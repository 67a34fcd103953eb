"""A recipe carried out on real, tiny parts: whole, made once, resumed after any kill, and the same every time."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import tiny
import yaml

from harness.api import run
from harness.recipe.recipe import REFERENCE_ROWS
from harness.run.store import Store
from harness.stages.base import Stage
from valign.errors import InputError

pytestmark = pytest.mark.slow
WRITTEN = (*tiny.REPORT_FILES, "run.json")


class Made:
    """Takes note of every stage: which were made and which were there."""

    def __init__(self) -> None:
        self.states: dict[str, list[tuple[str, str]]] = {}

    def __call__(self, stage: Stage, state: str) -> None:
        self.states.setdefault(state, []).append((stage.kind, stage.name))

    @property
    def steps(self) -> set[tuple[str, str]]:
        return set(self.states.get("finished", []))

    @property
    def kinds(self) -> set[str]:
        return {kind for kind, _ in self.steps}


def carry_out(data: dict[str, Any], folder: Path) -> Made:
    made = Made()
    run(data, folder, made)
    return made


def tables(folder: Path) -> dict[str, bytes]:
    """What a run wrote for people and programs."""
    return {name: (folder / name).read_bytes() for name in WRITTEN}


def answers(folder: Path) -> dict[str, bytes]:
    """Every answer and likelihood of a run, by artefact."""
    files = (file for kind in ("answers", "likelihoods") for file in (folder / "artefacts" / kind).glob("*/*.jsonl"))
    return {f"{file.parent.name}/{file.name}": file.read_bytes() for file in files}


def artefact_times(folder: Path) -> dict[str, int]:
    return {str(f.relative_to(folder)): f.stat().st_mtime_ns for f in (folder / "artefacts").rglob("*")}


@pytest.fixture(scope="module")
def recipe(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return tiny.recipe_of(tiny_model, tiny.write_data(tmp_path_factory.mktemp("data") / "library"))


@pytest.fixture(scope="module")
def finished(recipe: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "finished"
    made = carry_out(recipe, folder)
    asked, copied = 2 * 4 + 4 * 4 + 6, 2 + 2 * 4
    assert len(made.steps) == 3 + 1 + 1 + asked + copied, (
        "checkpoints, index, retrieval; of systems two tasks, four metrics, six pairs; two reference rows, four metrics"
    )
    assert "reused" not in made.states
    return folder


@pytest.fixture
def copied(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished run, to go on from."""
    return Path(shutil.copytree(finished, tmp_path / "copied"))


def test_a_run_writes_one_row_a_system_with_intervals_in_every_form(finished: Path) -> None:
    page = (finished / "tables.md").read_text()
    rows = [line.split("|")[1:3] for line in page.split("## ")[1].splitlines() if line.startswith("|")][2:]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["seed", "no"], ["c-fine-tuned", "yes"], ["SFT", "no"], ["DPO", "no"],
        ["oracle sentence (reference row)", "–"], ["nearest training answer (reference row)", "–"],
    ]  # fmt: skip
    for heading in ("BLEU", "ROUGE-1", "ROUGE-2", "ROUGE-L", "ROUGE-Lsum", "BERTScore", "win rate"):
        assert heading in page
        assert heading in (finished / "tables.tex").read_text()
    assert "The seed model is a stand-in" not in page
    assert "**Cut down**: 4 items" in page
    results = json.loads((finished / "results.json").read_text())
    figures = results["documents"][0]["figures"]
    assert set(figures) == {"seed", "c-fine-tuned+rag", "sft", "dpo"}
    for columns in figures.values():
        for column, figure in columns.items():
            assert figure["n"] + figure["n_unscored"] == (3 if column == "preference_accuracy" else 4)
            assert figure["low"] <= figure["value"] <= figure["high"]
            assert figure["signature"]


def test_win_rates_of_all_systems_average_one_half(finished: Path) -> None:
    figures = json.loads((finished / "results.json").read_text())["documents"][0]["figures"]
    rates = [columns["win_rate[reference-similarity]"]["value"] for columns in figures.values()]
    assert sum(rates) / len(rates) == pytest.approx(0.5)


def test_only_the_system_with_retrieval_has_passages(finished: Path) -> None:
    for name, written in answers(finished).items():
        rows = [json.loads(line) for line in written.decode().splitlines()]
        assert len({row["item"] for row in rows}) == (4 if "answers" in name else 3)
        assert {len(row["retrieved"]) for row in rows} == ({2} if "+rag" in name else {0}), name


PROBE = """
import sys
sys.argv[0] = "valign"
from harness.cli.app import main
try:
    main()
finally:
    heavy = {"torch", "transformers", "trl", "lm_eval", "datasets", "faiss", "sentence_transformers"} & set(sys.modules)
    print("imported:", sorted(heavy))
"""


def test_a_second_run_makes_nothing_and_imports_no_heavy_library(recipe: dict[str, Any], copied: Path) -> None:
    before, wrote = artefact_times(copied), tables(copied)
    path = copied.parent / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe, sort_keys=False))
    done = subprocess.run(
        [sys.executable, "-c", PROBE, "run", str(path), "--out", str(copied)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "imported: []" in done.stdout
    assert "0 artefacts made, 34 reused" in done.stdout
    assert artefact_times(copied) == before
    assert tables(copied) == wrote


def test_a_folder_that_another_run_works_in_is_left_as_it_is(recipe: dict[str, Any], copied: Path) -> None:
    before = tables(copied)
    with Store(copied / "artefacts").lock(), pytest.raises(InputError, match="another run is at work here"):
        run({**recipe, "limit": 3}, copied)
    assert tables(copied) == before


def test_a_system_added_costs_that_system_alone(recipe: dict[str, Any], copied: Path) -> None:
    before = artefact_times(copied)
    added = {"name": "dpo+rag", "method": "dpo", "retrieval": True}
    made = carry_out({**recipe, "systems": [*recipe["systems"], added]}, copied)
    own = {(kind, "library-dpo+rag") for kind in ("answers", "likelihoods")}
    scores = {("scores", f"library-dpo+rag-{metric['name']}") for metric in recipe["metrics"]}
    pairs = {("verdicts", f"library-{s['name']}-vs-dpo+rag-reference-similarity") for s in recipe["systems"]}
    assert made.steps == own | scores | pairs
    after = artefact_times(copied)
    assert {name: when for name, when in after.items() if name in before and "stage.json" in name} == {
        name: when for name, when in before.items() if "stage.json" in name
    }


def test_other_generation_settings_answer_again_but_train_and_weigh_nothing(
    recipe: dict[str, Any], copied: Path
) -> None:
    made = carry_out({**recipe, "generation": {"max_gen_toks": 5}}, copied)
    assert made.kinds == {"answers", "scores", "verdicts"}
    assert len([kind for kind, _ in made.steps if kind == "answers"]) == 4


def test_another_metric_or_judge_setting_generates_nothing(recipe: dict[str, Any], copied: Path) -> None:
    judges = [{"name": "reference-similarity", "settings": {"margin": 0.5}}]
    made = carry_out({**recipe, "metrics": [*recipe["metrics"], {"name": "chrf"}], "judges": judges}, copied)
    assert made.kinds == {"scores", "verdicts"}
    assert {name for kind, name in made.steps if kind == "scores"} == {
        f"library-{name}-chrf" for name in (*(s["name"] for s in recipe["systems"]), *REFERENCE_ROWS)
    }


def test_without_preferences_and_a_method_that_wants_them_nothing_is_weighed(
    recipe: dict[str, Any], tmp_path: Path
) -> None:
    data = Path(shutil.copytree(recipe["documents"][0], tmp_path / "library"))
    for name in ("preference.jsonl", "heldout_preference.jsonl"):
        (data / name).unlink()
    systems = [system for system in recipe["systems"] if system["method"] != "dpo"]
    asked = {**recipe, "documents": [str(data)], "systems": systems, "comparisons": [["sft", "seed"]]}
    made = carry_out(asked, tmp_path / "run")
    assert made.kinds == {"checkpoint", "index", "retrieval", "answers", "copies", "scores", "verdicts"}
    page = (tmp_path / "run" / "tables.md").read_text()
    assert "BLEU, unseen" in page
    assert "likelier" not in page
    assert carry_out(asked, tmp_path / "run").kinds == set()


@pytest.mark.parametrize(
    ("file", "made_again"),
    [
        ("preference.jsonl", {"library-dpo"}),
        ("sft.jsonl", {"library-sft", "library-dpo"}),
        ("document.md", {"library-c-fine-tuned"}),
    ],
)
def test_changed_data_trains_what_reads_it_and_what_starts_from_that(
    recipe: dict[str, Any], copied: Path, tmp_path: Path, file: str, made_again: set[str]
) -> None:
    data = Path(shutil.copytree(recipe["documents"][0], tmp_path / "library"))
    changed = (data / file).read_text().replace("watch", "clock").replace("small calendar", "large calendar")
    (data / file).write_text(changed)
    made = carry_out({**recipe, "documents": [str(data)]}, copied)
    assert {name for kind, name in made.steps if kind == "checkpoint"} == made_again
    answered = {name.removesuffix("+rag") for kind, name in made.steps if kind == "answers"}
    assert answered == made_again


def test_the_same_recipe_twice_from_nothing_gives_the_same_bytes(
    recipe: dict[str, Any], finished: Path, tmp_path: Path
) -> None:
    import torch

    torch.rand(7)  # whatever ran before in this process must not count
    carry_out(recipe, tmp_path / "again")
    assert answers(tmp_path / "again") == answers(finished)
    assert tables(tmp_path / "again") == tables(finished)


def stopped(path: Path, folder: Path, begun: str, by: signal.Signals) -> tuple[int, str]:
    """Start the run in a process of its own and stop it as soon as it has begun an artefact: exit code and stderr."""
    command = [sys.executable, "-m", "harness.cli.app", "run", str(path), "--out", str(folder)]
    kind, name = begun.split("/")
    deadline = time.monotonic() + 300
    with path.with_suffix(".err").open("w+") as errors:
        # a shell's background job ignores Ctrl-C, and so would what it starts
        heeding = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, preexec_fn=heeding)
        while not any(name in one.name for one in (folder / "artefacts" / kind).glob("*")):
            assert process.poll() is None, "the run ended before it could be stopped"
            assert time.monotonic() < deadline
            time.sleep(0.001)
        os.kill(process.pid, by)
        code = process.wait()
        errors.seek(0)
        return code, errors.read()


def test_a_run_stopped_again_and_again_and_started_again_ends_with_the_same_tables(
    recipe: dict[str, Any], finished: Path, tmp_path: Path
) -> None:
    folder, path = tmp_path / "stopped", tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe, sort_keys=False))
    for begun, by in (
        ("checkpoint/library-sft", signal.SIGINT),
        ("answers/library-sft", signal.SIGKILL),
        ("scores/library-seed-bleu", signal.SIGKILL),
    ):
        code, said = stopped(path, folder, begun, by)
        if by == signal.SIGINT:
            assert code == 130, said
            assert said.splitlines()[-1] == "valign: stopped; run the same command again to continue"
            assert "Traceback" not in said
        else:
            assert code == -signal.SIGKILL
        assert not (folder / "tables.md").exists()
        for whole in (folder / "artefacts").glob("*/[!.]*"):
            assert (whole / "stage.json").is_file(), "what lies under a final name is whole"
    made = carry_out(recipe, folder)
    assert ("verdicts", "library-sft-vs-dpo-reference-similarity") in made.steps
    assert not made.kinds & {"checkpoint", "answers"}, "what was finished before a stop is not made again"
    assert tables(folder) == tables(finished)
    assert answers(folder) == answers(finished)
    assert not list((folder / "artefacts").rglob(".partial-*"))
