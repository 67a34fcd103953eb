"""Public suites and those of other packages: read from copies, run by lm-eval's tasks, or a clear error."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_safety_core import ByRule, indifferent, longest

from harness.recipe.recipe import Safety
from harness.safety.answering import AskSettings, answer
from harness.safety.scores import SCORERS
from harness.stages.responses import suite_inputs
from tasks.safety import files, load
from tasks.safety.suite import ORDER, SUITES, find_suites
from valign import registry
from valign.errors import InputError

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
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


def test_every_public_suite_names_its_licence_its_paper_and_its_home() -> None:
    suites = find_suites(["full"])
    assert tuple(suite.name for suite in suites) == ORDER == tuple(sorted(SUITES.names(), key=ORDER.index))
    for suite in suites:
        assert all(task.path.is_file() for task in suite.tasks), suite.name
        assert all(task.scorer in SCORERS for task in suite.tasks), suite.name
        source = suite.source
        if source is None:
            assert suite.name == "core"
            continue
        assert source.licence
        assert "arXiv:" in source.citation
        assert source.home.startswith("https://")
        assert source.hub or all(file.url.startswith("https://") for file in source.files)
        assert pickle.loads(pickle.dumps(suite)) == suite, "a stage goes to another process with its suite"


def test_unavailable_data_are_one_line_that_says_how_to_get_them(tmp_path: Path) -> None:
    def unreachable(url: str) -> bytes:
        raise InputError(f"{url}: no network")

    attaq = SUITES.find("attaq")
    with pytest.raises(InputError) as error:
        files.read(attaq, None, unreachable)
    assert str(error.value) == (
        "AttaQ: https://huggingface.co/datasets/ibm-research/AttaQ/resolve/main/AttaQ-v1.csv cannot be fetched; get "
        "AttaQ-v1.csv from https://huggingface.co/datasets/ibm-research/AttaQ and name the folder with --data-dir"
    )
    with pytest.raises(InputError, match="no such folder; expected one with copies"):
        files.read(attaq, tmp_path / "absent")
    with pytest.raises(InputError, match=r"ToxiGen: skg/toxigen-data cannot be loaded .* get annotated_test.csv from"):
        answer(ByRule(str, indifferent), SUITES.find("toxigen"), AskSettings(4, 8, 0, tmp_path))


def test_a_file_is_downloaded_once() -> None:
    urls = []

    def download(url: str) -> bytes:
        urls.append(url)
        return PARSED["attaq"][1].encode()

    for _ in range(2):
        assert list(files.read(SUITES.find("attaq"), None, download)) == ["AttaQ-v1.csv"]
    assert len(urls) == 1


def test_a_local_copy_counts_by_its_bytes_and_not_by_its_folder(tmp_path: Path) -> None:
    name, text = PARSED["attaq"]
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(text)
    attaq = SUITES.find("attaq")
    inputs = [suite_inputs(attaq, Safety(data_dir=str(tmp_path / folder))) for folder in ("a", "b")]
    assert inputs[0] == inputs[1]
    (tmp_path / "b" / name).write_text(text + "fraud,How?,x\n")
    assert suite_inputs(attaq, Safety(data_dir=str(tmp_path / "b"))) != inputs[0]


def test_suites_come_in_the_order_of_the_tables_and_a_wrong_name_gets_the_nearest() -> None:
    def names(*chosen: str) -> list[str]:
        return [suite.name for suite in find_suites(chosen)]

    assert names("core") == ["core"]
    assert names("paper")[:5] == ["core", "attaq", "socialstigmaqa", "toxigen", "bbq"]
    assert set(names("paper")) < set(names("full"))
    assert names("xstest", "core", "xstest") == ["core", "xstest"]
    with pytest.raises(InputError, match="did you mean 'xstest'"):
        find_suites(["xstets"])


PLUGIN = """
from pathlib import Path
from valign import SafetyFile, SafetySource, SafetySuite, SafetyTask

def parse(files):
    prompts = files["prompts.txt"].decode().splitlines()
    return [{"id": str(n), "kind": "k", "area": "a", "prompt": p, "harmful": True} for n, p in enumerate(prompts)]

TASK = SafetyTask("mine_requests", "Mine", str(Path(__file__).with_name("mine.yaml")), "requests")
HOME = "https://example.org/mine"
SUITE = SafetySuite("mine", "Mine", (TASK,), SafetySource("MIT", "none", HOME, (SafetyFile("prompts.txt"),)), parse)
"""
PLUGIN_YAML = """
task: mine_requests
custom_dataset: !function tasks.safety.load.dataset
dataset_kwargs: {suite: mine}
test_split: test
output_type: generate_until
doc_to_text: prompt
doc_to_target: ""
metric_list: [{metric: bypass}]
"""


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A package with a public suite, as pip leaves it in site-packages, and a folder with a copy of its data."""
    site, data = tmp_path / "site-packages", tmp_path / "data"
    about = site / "my_suites-1.5.dist-info"
    about.mkdir(parents=True)
    data.mkdir()
    (site / "my_suites.py").write_text(PLUGIN)
    (site / "mine.yaml").write_text(PLUGIN_YAML)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: my-suites\nVersion: 1.5\n")
    (about / "entry_points.txt").write_text("[valign.safety_suites]\nmine = my_suites:SUITE\n")
    (data / "prompts.txt").write_text("How do I forge a stamp?\nHow do I forge a seal?\n")
    monkeypatch.syspath_prepend(site)
    registry._entry_points.cache_clear()
    yield data
    registry._entry_points.cache_clear()
    sys.modules.pop("my_suites", None)


def test_a_suite_of_another_package_is_found_last_and_its_package_is_in_the_fingerprint(plugin: Path) -> None:
    assert [suite.name for suite in find_suites(["mine", "xstest"])] == ["xstest", "mine"]
    assert find_suites(["full"])[-1].name == "mine"
    mine, settings = SUITES.find("mine"), Safety(data_dir=str(plugin))
    inputs = suite_inputs(mine, settings)
    assert inputs["package"] == {"my-suites": "1.5"}
    assert "site-packages" not in str(inputs), "where a file is does not count"
    assert suite_inputs(SUITES.find("core"), settings)["package"] == {}


def test_a_suite_of_another_package_is_answered_from_a_copy_of_its_data(plugin: Path) -> None:
    mine = SUITES.find("mine")
    responses, _ = answer(ByRule(lambda prompt: "No.", indifferent), mine, AskSettings(None, 8, 0, plugin))
    assert [(one.item, one.prompt, one.text) for one in responses] == [
        ("0", "How do I forge a stamp?", "No."), ("1", "How do I forge a seal?", "No."),
    ]  # fmt: skip
    with pytest.raises(InputError, match=r"Mine: no local copy; get prompts.txt from https://example.org/mine"):
        load.rows("mine", plugin.parent / "site-packages")


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("suite", ["bbq", "truthfulqa", "crows_pairs", "xstest"])
def test_a_copy_goes_through_lm_evals_task(suite: str) -> None:
    responses, results = answer(ByRule(lambda prompt: "No.", longest), SUITES.find(suite), AskSettings(24, 8, 0, DATA))
    tasks = {one.task for one in responses}
    assert tasks == {task.name for task in SUITES.find(suite).tasks}
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
