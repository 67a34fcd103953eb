"""What libraries print goes to the log; a callback prints where its writer expects it; loggers outlive the log."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

from harness.report.library_output import to_log


def test_prints_go_to_the_log_and_a_callback_s_to_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with to_log(tmp_path / "run.log") as outside:
        print("a bar")
        print("a warning", file=sys.stderr)
        outside(print)("stage 1 of 2")
        outside(lambda: print("trouble", file=sys.stderr))()
        print("another bar")
    assert (tmp_path / "run.log").read_text() == "a bar\na warning\nanother bar\n"
    assert capsys.readouterr() == ("stage 1 of 2\n", "trouble\n")


def test_loggers_log_to_the_file_inside_and_to_the_terminal_before_and_afterwards(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    early, late = logging.getLogger("valign-test.early"), logging.getLogger("valign-test.late")
    early.addHandler(logging.StreamHandler())
    early.warning("before")
    with to_log(tmp_path / "run.log"):
        early.warning("inside")
        late.addHandler(logging.StreamHandler())
        late.warning("inside too")
        assert sys.stderr.fileno() > 2
    early.warning("afterwards")
    late.warning("afterwards too")
    assert (tmp_path / "run.log").read_text() == "inside\ninside too\n"
    assert capsys.readouterr().err == "before\nafterwards\nafterwards too\n"
