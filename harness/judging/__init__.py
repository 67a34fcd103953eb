"""Judging: verdicts in both orders, win rates, strengths, and the audit that says what they are worth."""

from harness.judging.contests import Contest, Judged, judge_contests, judge_pair, read_judged, write_judged
from harness.judging.examine import Ground, JudgeReport, examine
from harness.judging.registry import find_judge, judge_inputs, known_judges
from harness.judging.verdicts import Verdict, VerdictArrays, as_rows, from_row
from harness.judging.winrates import pair_values, win_values

__all__ = [
    "Contest",
    "Ground",
    "JudgeReport",
    "Judged",
    "Verdict",
    "VerdictArrays",
    "as_rows",
    "examine",
    "find_judge",
    "from_row",
    "judge_contests",
    "judge_inputs",
    "judge_pair",
    "known_judges",
    "pair_values",
    "read_judged",
    "win_values",
    "write_judged",
]
