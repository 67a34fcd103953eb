"""One of everything from a second installed package that imports `valign` alone: found, made, reported."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from valign.errors import InputError
from valign.registry import Registry

PACKAGE = Path(__file__).parent / "plugin" / "valign_second"
ENTRY_POINTS = """
[valign.methods]
unchanged = valign_second.method:METHOD

[valign.metrics]
full_stop = valign_second.metric:METRIC

[valign.judges]
shorter = valign_second.judge:JUDGE

[valign.stages]
words = valign_second.stage:STAGE

[valign.safety_suites]
receipts = valign_second.suite:SUITE

[valign.formats]
titles = valign_second.report_format:FORMAT
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the package and its metadata, as pip leaves them in site-packages."""
    site = tmp_path_factory.mktemp("site-packages")
    shutil.copytree(PACKAGE, site / PACKAGE.name)
    about = site / "valign_second-1.2.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: valign-second\nVersion: 1.2\n")
    (about / "entry_points.txt").write_text(ENTRY_POINTS)
    return site


def test_the_package_imports_valign_alone() -> None:
    for file in sorted(PACKAGE.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            ours = {name.split(".")[0] for name in names} & {"harness", "baselines", "alignment", "tasks"}
            assert not ours, f"{file.name} imports {ours}"


def valign(installed: Path, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "valign", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(installed), os.environ.get("PYTHONPATH", "")])},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_one_of_everything_from_another_package_is_one_row_one_column_one_file(
    installed: Path, tiny_recipe: dict[str, Any], tmp_path: Path
) -> None:
    recipe = {
        **tiny_recipe,
        "methods": {},
        "systems": [{"name": "seed", "method": "seed"}, {"name": "unchanged", "method": "unchanged"}],
        "metrics": [{"name": "full_stop", "settings": {"mark": "."}}],
        "judges": [{"name": "shorter"}],
        "comparisons": [["unchanged", "seed"]],
        "safety": {"suite": "receipts", "max_gen_toks": 8},
        "stages": ["words"],
    }
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe, sort_keys=False))
    run = tmp_path / "run"
    valign(installed, "run", tmp_path / "recipe.yaml", "--out", run)
    page = (run / "tables.md").read_text()
    for shown in ("| unchanged ", "full_stop", "win rate (shorter)", "| receipts, harmful "):
        assert shown in page, shown
    counted = [json.loads(file.read_text()) for file in sorted((run / "artefacts" / "words").glob("*/words.json"))]
    assert [len(counts) for counts in counted] == [tiny_recipe["limit"]] * 2
    for kind in ("checkpoint", "scores", "verdicts", "words", "responses"):
        records = [json.loads(f.read_text()) for f in (run / "artefacts" / kind).glob("*/stage.json")]
        assert records, kind
        assert all("'valign-second': '1.2'" in str(record) for record in records), kind

    assert not (run / "titles.txt").exists()
    valign(installed, "report", run, "--format", "titles")
    assert "library: Rules of the Library" in (run / "titles.txt").read_text()
    assert "0 artefacts made" in valign(installed, "run", tmp_path / "recipe.yaml", "--out", run)


def test_the_public_names_are_there_and_importing_valign_costs_nothing() -> None:
    probe = (
        "import sys, valign\n"
        "heavy = {'numpy', 'torch', 'pydantic', 'harness', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "for name in valign.__all__: getattr(valign, name)\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_plug_in_that_calls_itself_otherwise_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "colours").mkdir()
    (tmp_path / "colours" / "blue.py").write_text("class THING:\n    name = 'red'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    things: Registry[Any] = Registry("colour", "valign.colours", ("colours",), "THING", named_by="name")
    with pytest.raises(InputError, match=r"colour 'blue' .*: its name is 'red'"):
        things.find("blue")
