"""A stage whose result changes must raise its version: artefacts of old runs would be taken for new ones."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from golden_stages import GOLDEN, summaries

from harness.stages.base import ORDER, STAGES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return summaries(tmp_path_factory.mktemp("golden"), tiny_model)


def alike(one: Any, other: Any) -> bool:
    """Equal, numbers to a thousandth: processors round differently."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-3, abs_tol=1e-3)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(alike(a, b) for a, b in zip(one, other, strict=True))
    return bool(one == other)


@pytest.mark.parametrize("kind", ORDER)
def test_a_stage_makes_what_it_made_when_its_version_was_set(made: dict[str, Any], kind: str) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert STAGES.find(kind).version == golden[kind]["version"], "write the golden file anew with the new version"
    assert alike(golden[kind]["made"], json.loads(json.dumps(made[kind]["made"]))), (
        f"the {kind} stage makes something else now: raise its version, and write {GOLDEN.name} anew"
    )
