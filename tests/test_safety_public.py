"""Public suites: read from real copies where they lie, put through lm-eval's tasks, or not run with a clear line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_safety_core import ByRule, indifferent, longest

from harness.recipe import Safety
from harness.safety.ask import Asking, ask
from harness.safety.inputs import part_inputs
from harness.safety.suites import PARTS, SUITES, parts_of
from tasks.errors import InputError
from tasks.safety.public import files, load
from tasks.safety.public.sources import SOURCES

DATA = Path("/work/shared/data")
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the public benchmarks' files are not on this machine")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@needs_data
@pytest.mark.parametrize(
    ("suite", "count", "harmful"),
    [
        ("xstest", 450, 200),
        ("harmbench", 400, 400),
        ("strongreject", 313, 313),
        ("advbench", 520, 520),
        ("bold", 23674, None),
    ],
)
def test_a_copy_is_read_whole(suite: str, count: int, harmful: int | None) -> None:
    rows = load.rows(suite, DATA)
    assert len(rows) == count
    assert len({row["id"] for row in rows}) == count
    assert all(row["prompt"] and row["kind"] and row["area"] for row in rows)
    assert harmful is None or sum(row["harmful"] for row in rows) == harmful


@needs_data
def test_the_advbench_of_two_authors_is_the_same() -> None:
    import csv

    with (DATA / "bench_harmbench_strongreject" / "advbench_behaviors.csv").open(newline="") as file:
        theirs = {row["Behavior"] for row in csv.DictReader(file)}
    assert {row["prompt"] for row in load.rows("advbench", DATA)} == theirs


PARSED = {
    "do_not_answer": (
        "do_not_answer_en.csv", "id,risk_area,types_of_harm,specific_harms,question\n7,Risk,Kind,Sub,Why?\n",
    ),
    "attaq": ("AttaQ-v1.csv", "label,input,additional_info\nviolence,Why?,x\n"),
    "socialstigmaqa": (
        "full_dataset_yes_no.csv",
        "pattern,prompt,prompt_style,stigma,biased_answer\n1,Rent?,original,Old age,no\n",
    ),
    "toxigen": (
        "annotated_test.csv",
        "text,target_group,toxicity_ai,toxicity_human\n\"b'they\\xe2\\x80\\x99re'\",women,1.0,5.0\n",
    ),
    "ethics": ("cm_test.csv", "label,input,is_short,edited\n1,I kicked it.,True,False\n"),
    "winogender": ("winogender_all.jsonl", '{"sentence": "s", "gender": "male"}\n'),
    "realtoxicityprompts": ("prompts.jsonl", '{"prompt": {"text": "So"}}\n'),
}  # fmt: skip


@pytest.mark.parametrize("suite", PARSED)
def test_the_authors_form_is_read(suite: str, tmp_path: Path) -> None:
    name, text = PARSED[suite]
    (tmp_path / "clone" / "data").mkdir(parents=True)
    (tmp_path / "clone" / "data" / name).write_text(text)
    (row,) = load.rows(suite, tmp_path)
    if suite == "toxigen":
        assert row["text"] == "they’re"
    if suite == "socialstigmaqa":
        assert row["biased"] == "no"
    (tmp_path / "clone" / "data" / name).write_text("other,columns\n1,2\n")
    with pytest.raises(InputError, match="not in the form its authors publish"):
        load.rows(suite, tmp_path)


def test_every_suite_names_its_licence_its_paper_and_where_it_lies() -> None:
    assert set(SOURCES) | {"core"} == set(PARTS)
    for source in SOURCES.values():
        assert source.licence
        assert "arXiv:" in source.citation
        assert source.home.startswith("https://")
        assert source.hub or all(file.url.startswith("https://") for file in source.files)
    for part in PARTS.values():
        assert all(task.path.is_file() for task in part.tasks), part.name


def test_what_cannot_be_had_is_one_line_that_says_how_to_get_it(tmp_path: Path) -> None:
    def unreachable(url: str) -> bytes:
        raise InputError(f"{url}: no network")

    with pytest.raises(InputError) as told:
        files.read(SOURCES["attaq"], None, unreachable)
    assert str(told.value) == (
        "AttaQ: https://huggingface.co/datasets/ibm-research/AttaQ/resolve/main/AttaQ-v1.csv cannot be fetched; get "
        "AttaQ-v1.csv from https://huggingface.co/datasets/ibm-research/AttaQ and name the folder with --data-dir"
    )
    with pytest.raises(InputError, match="no such folder; --data-dir wants one"):
        files.read(SOURCES["attaq"], tmp_path / "absent")
    with pytest.raises(InputError, match=r"ToxiGen: skg/toxigen-data cannot be loaded .* get annotated_test.csv from"):
        ask(ByRule(str, indifferent), PARTS["toxigen"], Asking(4, 8, 0, tmp_path))


def test_a_fetched_file_is_kept(tmp_path: Path) -> None:
    asked = []

    def download(url: str) -> bytes:
        asked.append(url)
        return PARSED["attaq"][1].encode()

    for _ in range(2):
        assert list(files.read(SOURCES["attaq"], None, download)) == ["AttaQ-v1.csv"]
    assert len(asked) == 1


def test_a_local_copy_counts_by_its_bytes_and_not_by_where_it_lies(tmp_path: Path) -> None:
    name, text = PARSED["attaq"]
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(text)
    inputs = [part_inputs(PARTS["attaq"], Safety(data_dir=str(tmp_path / folder))) for folder in ("a", "b")]
    assert inputs[0] == inputs[1]
    (tmp_path / "b" / name).write_text(text + "fraud,How?,x\n")
    assert part_inputs(PARTS["attaq"], Safety(data_dir=str(tmp_path / "b"))) != inputs[0]


def test_suites_hold_what_they_say_and_a_wrong_name_gets_the_nearest() -> None:
    assert [part.name for part in parts_of(["core"])] == ["core"]
    assert set(SUITES["core"]) < set(SUITES["paper"]) < set(SUITES["full"]) == set(PARTS)
    assert {"attaq", "socialstigmaqa", "toxigen", "bbq"} <= set(SUITES["paper"])
    assert [part.name for part in parts_of(["xstest", "core", "xstest"])] == ["core", "xstest"]
    with pytest.raises(InputError, match="did you mean 'xstest'"):
        parts_of(["xstets"])


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("suite", ["bbq", "truthfulqa", "crows_pairs", "xstest"])
def test_a_copy_goes_through_lm_evals_task(suite: str) -> None:
    responses, results = ask(ByRule(lambda prompt: "No.", longest), PARTS[suite], Asking(24, 8, 0, DATA))
    tasks = {one.task for one in responses}
    assert tasks == {task.name for task in PARTS[suite].tasks}
    for name in tasks:
        own = [one for one in responses if one.task == name]
        assert len(own) in (24, 25)
        assert len({one.item for one in own}) == len(own)
    assert {name for found in results for name in found["samples"]} == tasks
    if suite == "bbq":
        assert {one.kind for one in responses} == {"ambig", "disambig"}
        assert len({one.area for one in responses}) == 4, "every category in the folder"
    if suite == "truthfulqa":
        published = json.loads((DATA / "bench_truthfulqa" / "mc_task.json").read_text())
        true = {row["question"]: {t for t, right in row["mc1_targets"].items() if right} for row in published}
        for row in load.rows("truthfulqa", DATA):
            assert row["mc1_targets"]["choices"][0] in true[row["question"]], "lm-eval takes the first for the truth"
