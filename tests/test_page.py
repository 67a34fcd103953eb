"""The report page: built from stored results alone, the same each time, one file that asks nothing of anybody."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import node
from page_run import FACTS, ITEMS, SYSTEMS, plain_answers, write_page_run

from harness.report.page.bundle import bundle
from harness.report.page.retrieval import chance
from harness.run.manifest import read_manifest, write_manifest
from harness.run.reading import read_run
from harness.statistics import item_figures
from valign.jsonl import read_rows, write_rows

Valign = Callable[..., Any]
SCRIPTS = Path("harness/report/page/scripts")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page_run(tmp_path_factory.mktemp("runs") / "main")


@pytest.fixture
def report(valign: Valign, run: Path) -> str:
    assert valign("report", run).code == 0
    return (run / "report.html").read_text(encoding="utf-8")


def unpacked(html: str) -> dict[str, bytes]:
    """The page's blocks by name."""
    found = re.findall(r'<script type="application/octet-stream" data-block="([\w:]+)">([\w+/=]+)</script>', html)
    return {name: gzip.decompress(base64.b64decode(content)) for name, content in found}


def test_the_page_says_what_results_json_says(report: str, run: Path) -> None:
    main = json.loads(unpacked(report)["main"])["documents"][0]
    results = json.loads((run / "results.json").read_text())["documents"][0]
    for number, system in enumerate(main["systems"]):
        for column, figure in results["figures"][system["key"]].items():
            shown = main["figures"][str(number)][column]
            assert shown["all"][:3] == pytest.approx([figure[key] for key in ("value", "low", "high")], rel=1e-5)
            assert (shown["all"][3], shown["signature"]) == (figure["n"], figure["signature"])
    tested = [one["p_holm"] for one in results["tested"]]
    shown = [one["p_holm"] for one in main["comparisons"]]
    assert [p is None for p in shown] == [p is None for p in tested], "exploratory ones have none"
    assert [p for p in shown if p is not None] == pytest.approx(
        [p for p in tested if p is not None], rel=1e-5, abs=1e-6
    )


def test_items_scores_and_verdicts_are_those_of_the_artefacts(report: str, run: Path) -> None:
    blocks = unpacked(report)
    document = json.loads(blocks["main"])["documents"][0]["blocks"]
    index, (reading,) = json.loads(blocks["items:0"]), read_run(run)[1]
    assert sorted(index["id"]) == sorted(reading.ids)
    places = [reading.ids.index(item) for item in index["id"]]
    scores = np.frombuffer(blocks["values:0"], "<f4").reshape(len(document["columns"]), len(SYSTEMS), len(ITEMS))
    for number, name in enumerate(SYSTEMS):
        for column, shown in zip(document["columns"], scores, strict=True):
            expected = item_figures(reading.scored[0].values[name][column])[places]
            np.testing.assert_allclose(shown[number], expected, rtol=1e-6)
    (judge,) = document["judges"]
    codes = np.frombuffer(blocks["codes:0:0"], np.uint8).reshape(len(judge["pairs"]), 2, len(ITEMS))
    for verdict in reading.judged["first-or-longer"].verdicts:
        pair = judge["pairs"].index([SYSTEMS.index(verdict.first), SYSTEMS.index(verdict.second)])
        order = ("first-second", "second-first").index(verdict.order)
        code = codes[pair, order, index["id"].index(verdict.item)]
        assert code == (255 if np.isnan(verdict.gained) else round(200 * verdict.gained))


def test_texts_passages_and_facts_stand_in_the_page(report: str) -> None:
    blocks = unpacked(report)
    index, texts = json.loads(blocks["items:0"]), json.loads(blocks["texts:0:0"])
    first = index["id"].index(ITEMS[0].id)
    assert texts["facts"][first] == {"stance": "affirms", "key_facts": FACTS}
    assert index["value"][first] == "dignity"
    assert index["passage"][first] == f"{ITEMS[0].section}.1"
    assert json.loads(blocks["passages:0"])["article-1.1"][0] == "article-1"
    assert texts["answers"][1][first] == plain_answers()["sft"][0]
    assert texts["retrieved"][2][first][0] == ["article-1.1", 0.5]


def test_the_page_is_the_same_each_time_and_needs_no_data_file(valign: Valign, report: str, run: Path) -> None:
    assert valign("report", run).code == 0
    assert (run / "report.html").read_text(encoding="utf-8") == report


def test_training_curves_leave_out_what_is_no_number(report: str) -> None:
    (making,) = json.loads(unpacked(report)["main"])["making"]
    (training,) = making["training"]
    assert training["curves"]["loss"] == [[1, 4.0], [2, 2.0], [3, pytest.approx(4 / 3, rel=1e-5)]]
    assert training["curves"]["grad_norm"] == [[1, 1.0], [2, None], [3, 1.0]]


def test_a_run_without_section_texts_passages_or_logs_has_its_page_too(
    valign: Valign, run: Path, tmp_path: Path
) -> None:
    """Runs of earlier versions: the page shows less and says so."""
    older = Path(shutil.copytree(run, tmp_path / "older"))
    shutil.rmtree(older / "artefacts" / "index")
    shutil.rmtree(older / "artefacts" / "checkpoint")
    for samples in older.glob("artefacts/answers/*/lm_eval"):
        shutil.rmtree(samples)
    manifest = read_manifest(older)
    (document,) = manifest.documents
    bare = tuple(section.model_copy(update={"text": ""}) for section in document.sections)
    write_manifest(older, manifest.model_copy(update={"documents": (document.model_copy(update={"sections": bare}),)}))
    assert valign("report", older).code == 0
    main = json.loads(unpacked((older / "report.html").read_text(encoding="utf-8"))["main"])
    assert main["documents"][0]["recall"][0]["chance"] is None
    assert main["making"][0]["training"] == []
    assert {one["seconds"] is None for one in main["making"][0]["stages"]} == {True, False}


def test_the_policy_forbids_everything_but_the_pages_own_script_and_styles(report: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', report)
    assert policy
    said = dict(part.strip().split(" ", 1) for part in policy[1].replace("&#39;", "'").split(";"))
    assert said["default-src"] == "'none'"
    for directive, element in (("script-src", "<script>(.*?)</script>"), ("style-src", "<style>(.*?)</style>")):
        (content,) = re.findall(element, report, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert said[directive] == f"'sha256-{digest}'"
    assert "http://" not in re.sub(r"http://www\.w3\.org/2000/svg", "", report)
    assert "https://" not in report


def test_no_script_ever_makes_markup_of_a_text() -> None:
    for file in sorted(SCRIPTS.glob("*.js")):
        source = file.read_text(encoding="utf-8")
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser", source
        )


def test_runs_are_held_against_the_first_on_the_items_of_both(valign: Valign, run: Path, tmp_path: Path) -> None:
    changed = plain_answers()
    changed["sft"] = [item.reference for item in ITEMS]
    candidate = write_page_run(tmp_path / "candidate", changed)
    said = valign("report", run, candidate)
    assert said.code == 0
    page = candidate / "report-against-main.html"
    assert str(page) in said.out
    blocks = unpacked(page.read_text(encoding="utf-8"))
    (document,) = json.loads(blocks["main"])["documents"]
    assert [one["key"] for one in document["systems"]][:4] == [
        "main/seed",
        "main/sft",
        "main/sft+rag",
        "candidate/seed",
    ]
    (change,) = document["changes"]
    exact = {
        tuple(one["systems"]): one["difference"][0] for one in change["comparisons"] if one["column"] == "exact_match"
    }
    assert exact == {(3, 0): 0.0, (4, 1): 0.5, (5, 2): 0.0}
    assert {one["primary"] for one in change["comparisons"] if one["p_holm"] is not None} == {True}
    assert len(json.loads(blocks["items:0"])["id"]) == len(ITEMS)


def test_what_cannot_be_compared_between_runs_is_said(valign: Valign, run: Path, tmp_path: Path) -> None:
    items = ITEMS[:40]
    fewer = write_page_run(tmp_path / "fewer", plain_answers(items), items)
    page = tmp_path / "both.html"
    assert valign("report", run, fewer, "--out", page).code == 0
    blocks = unpacked(page.read_text(encoding="utf-8"))
    (document,) = json.loads(blocks["main"])["documents"]
    assert document["changes"][0]["comparisons"] == []
    assert any("8 items are in one of the two only" in note for note in document["changes"][0]["notes"])
    texts = json.loads(blocks["texts:0:0"])
    assert sum(answer is None for answer in texts["answers"][3]) == 8


def test_chance_of_retrieval_is_that_of_drawing_passages_at_random() -> None:
    assert chance(["a"], Counter({"a": 1, "b": 3}), 1) == 0.25
    assert chance(["a", "b"], Counter({"a": 2, "b": 2}), 2) == pytest.approx(5 / 6)
    assert chance(["a"], Counter(), 3) is None


MODULES = {
    "main": 'import { double } from "./other.js";\n\nexport const said = double(2);\n',
    "other": "const two = 2;\n\nexport function double(one) {\n  return two * one;\n}\n",
}


def test_modules_become_one_script_that_runs(tmp_path: Path) -> None:
    shown = {**MODULES, "main": MODULES["main"] + "console.log(said, typeof two);\n"}
    (tmp_path / "bundle.js").write_text(bundle(shown, "main"))
    done = subprocess.run([node(), tmp_path / "bundle.js"], capture_output=True, text=True, check=True)
    assert done.stdout == "4 undefined\n"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"other": "const double = 2;\n"}, "main.js: ./other.js does not export double"),
        ({"main": 'import { a } from "./none.js";\n'}, "main.js imports ./none.js, which is not there"),
        (
            {"other": 'import { said } from "./main.js";\n' + MODULES["other"]},
            "import each other: main -> other -> main",
        ),
        ({"main": 'import "./other.js";\n'}, "an import or export that bundle.py does not know"),
        ({"main": 'const x = "</script>";\n'}, "'</script' or '<!--' would end"),
    ],
)
def test_a_module_that_the_page_could_not_hold_is_refused(changed: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        bundle({**MODULES, **changed}, "main")


def test_the_scripts_pass_their_own_tests() -> None:
    files = sorted(Path("tests/page").glob("*.test.mjs"))
    done = subprocess.run([node(), "--test", *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"pass (\d+)", done.stdout)[1]) >= 18  # type: ignore[index]


def test_lone_surrogates_in_stored_answers_do_not_stop_the_page(valign: Valign, run: Path, tmp_path: Path) -> None:
    hostile = Path(shutil.copytree(run, tmp_path / "hostile"))
    file = next(hostile.glob("artefacts/answers/udhr-sft-*/answers.jsonl"))
    rows = [row for _, row in read_rows(file)]
    rows[0]["text"] = "cut \ud83d here"
    write_rows(file, [{**row, "text": row["text"].encode("ascii", "backslashreplace").decode()} for row in rows[1:]])
    first = json.dumps(rows[0]) + "\n"
    file.write_text(first + file.read_text(encoding="utf-8"), encoding="utf-8")
    assert valign("report", hostile).code == 0
    blocks = unpacked((hostile / "report.html").read_text(encoding="utf-8"))
    assert "cut \ud83d here" in json.loads(blocks["texts:0:0"])["answers"][1]
