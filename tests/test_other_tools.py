"""The commands of docs/other-tools.md do what the page says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from finished import held_out, spoilt, write_trained

from harness.report.formats.base import FORMATS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "other-tools.md").read_text(encoding="utf-8")
#: Not run: another environment, or the hub itself.
_ELSEWHERE = ("python3.12 ", "cd ", "valign push runs/quickstart --system sft --repo user/name --dataset")
ITEMS = held_out(20)


def commands() -> list[str]:
    blocks = re.findall(r"^```\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines() if not line.startswith(_ELSEWHERE)]


def test_every_command_works_in_the_order_of_the_page(
    valign: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    (tmp_path / "gate.yaml").write_text("{clusters: none, rules: [{metric: includes, better_by: 0}]}")
    write_trained(
        tmp_path / "runs" / "quickstart", {"seed": spoilt(ITEMS, 0.6, 1), "sft": spoilt(ITEMS, 0.3, 2)}, ITEMS
    )
    monkeypatch.chdir(tmp_path)
    found = commands()
    assert len(found) == 7
    for command in found:
        name, *arguments = shlex.split(command)
        result = valign(*arguments)
        expected = (0, 2) if arguments[0] == "compare" else (0,)  # 12 items do not settle much
        assert name == "valign"
        assert result.code in expected, (command, result.err)
        assert result.err == ""
    assert (tmp_path / "runs" / "habits" / "every_eval_ever").is_dir()


def test_every_format_that_is_asked_for_is_on_the_page() -> None:
    asked = {name for name in FORMATS.names() if not FORMATS.find(name).shipped}
    named = set(re.findall(r"--format ([\w-]+)", PAGE))
    assert asked & {"every-eval-ever", "model-card"} == named == {"every-eval-ever", "model-card"}
