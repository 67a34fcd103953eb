"""Private names of libraries: each is in one module that says why, and a test fails when the library moves it."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: The modules that may use private names of a library, one for each library.
ALLOWED = {"harness/metrics/_sacrebleu.py", "harness/models/_lm_eval.py"}
OWN_PACKAGES = ("valign", "tasks", "alignment", "baselines", "harness", "benchmarks")


def test_lm_eval_reads_a_task_s_yaml_under_the_name_that_we_use() -> None:
    from lm_eval.tasks import _yaml_loader

    from harness.models._lm_eval import load_task_yaml

    config = load_task_yaml(ROOT / "tasks" / "bcg" / "bcg.yaml")
    assert config["task"] == "valign_bcg"
    assert callable(config["custom_dataset"]), "functions are resolved"
    assert callable(_yaml_loader.load_yaml)


def test_sacrebleu_keeps_a_sentence_s_statistics_under_the_name_that_we_use() -> None:
    from sacrebleu.metrics.bleu import BLEU

    from harness.metrics._sacrebleu import sufficient_statistics

    hypotheses, references = ["the cat sat on the mat", "no"], ["the cat sat on a mat", "yes it is"]
    statistics = sufficient_statistics(BLEU(references=[references]), hypotheses, 10)
    whole = BLEU().corpus_score(hypotheses, [references])
    assert statistics.sum(axis=0).tolist() == [whole.sys_len, whole.ref_len, *whole.counts, *whole.totals]


def private_uses(path: Path) -> Iterator[str]:
    """Private attributes and modules that a file uses of anything but itself and valign's own packages."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    own = {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and private(node.attr) and node.attr not in own:
            of_itself = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            if not of_itself:
                yield f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}"
        if isinstance(node, ast.ImportFrom) and node.module and not node.module.startswith(OWN_PACKAGES):
            names = [*node.module.split("."), *(alias.name for alias in node.names)]
            if any(private(name) for name in names) and node.module != "__future__":
                yield f"{path.relative_to(ROOT)}:{node.lineno}: from {node.module}"


def private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def test_nothing_else_uses_a_private_name_of_a_library() -> None:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [file for file in listed.split() if not file.startswith("tests/") and file not in ALLOWED]
    assert len(files) > 150
    assert [use for file in files if (ROOT / file).is_file() for use in private_uses(ROOT / file)] == []
