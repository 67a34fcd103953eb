"""The design page names every folder of the packages, and every registry by its entry point."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
#: Folders that hold files and no code of their own.
DATA = {"alignment/synthesis/prompts", "harness/judging/prompts", "tasks/safety/core"}


def test_every_folder_with_code_is_on_the_page() -> None:
    folders = {
        str(file.parent.relative_to(ROOT))
        for package in ("valign", "tasks", "alignment", "baselines", "harness")
        for file in (ROOT / package).rglob("*.py")
    }
    missing = [f for f in sorted(folders - DATA) if f"`{f}/`" not in PAGE and f"`{f}`" not in PAGE]
    assert missing == []
    for top in ("results", "recipes", "docs", "tests", "benchmarks"):
        assert f"`{top}/`" in PAGE


def test_every_folder_on_the_page_is_there() -> None:
    for folder in re.findall(r"`((?:valign|tasks|alignment|baselines|harness)/[\w/]*)/?`", PAGE):
        assert (ROOT / folder).exists(), folder


def test_every_entry_point_of_the_code_is_on_the_page() -> None:
    code = "".join(
        file.read_text(encoding="utf-8")
        for package in ("valign", "tasks", "baselines", "harness")
        for file in (ROOT / package).rglob("*.py")
    )
    groups = set(re.findall(r'"(valign\.(?:methods|metrics|judges|stages|safety_suites|formats|documents))"', code))
    assert len(groups) == 7
    assert all(f"`{group}`" in PAGE for group in groups)
