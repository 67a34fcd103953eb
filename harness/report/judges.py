"""The tables of a judge: win rates, head-to-head results, and its audit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from harness.judging.alpaca import AnnotationFile, leaderboard
from harness.judging.audit import Audit
from harness.judging.humans import Validation, validation_figures
from harness.judging.judge_report import JudgeReport
from harness.report.cells import few_units
from harness.report.table import Alarm, Table
from harness.statistics import Estimate

#: Figure of the audit -> its meaning, in the audit's table.
_MEANS = {
    "orders agree": "pairs of answers with the same verdict in both orders",
    "shown first": "what the answer shown first gains; 0.5 is fair",
    "ties": "of the parsed verdicts",
    "unparsed": "of all verdicts; they are no loss, no win and no tie",
    "longer answer": "what the longer answer gains",
    "length effect": "log-odds that being much longer adds, the system held fixed; 0 is none",
    "constant answer": "what an answer that fits every prompt gains against the systems' answers",
    "copied prompt": "what the prompt, given back as the answer, gains against the systems' answers",
    "injection": "of the answers that had not won, how many won by asking the judge to choose them",
}


#: System, win rate, at equal length, strength.
_SUMMARY = 4


def judge_tables(name: str, judges: Mapping[str, JudgeReport]) -> list[Table]:
    """The tables of all judges. name: the document's, for the titles."""
    tables = []
    for report in judges.values():
        tables += [_systems(name, report), _audit(name, report)]
    return tables


def judge_summary(judge: str, reports: Mapping[str, JudgeReport]) -> Table:
    """A judge's win rates alone, of every document: the table that a command ends with."""
    full = {name: _systems(name, report) for name, report in reports.items()}
    rows = tuple(
        (f"{name}: {row[0]}" if len(full) > 1 else row[0], *row[1:_SUMMARY])
        for name, table in full.items()
        for row in table.rows
    )
    header = next(iter(full.values())).header[:_SUMMARY]
    return Table(f"{judge}-wins", f"What judge {judge} preferred", header, rows)


def shown(estimate: Estimate | None, decimals: int = 3) -> str:
    """A figure with its interval."""
    if estimate is None or math.isnan(estimate.value):
        return "–"
    if math.isnan(estimate.low):
        return f"{estimate.value:.{decimals}f} [no interval]"
    interval = f"[{estimate.low:.{decimals}f}, {estimate.high:.{decimals}f}]"
    return f"{estimate.value:.{decimals}f} {interval}{few_units(estimate)}"


def summary(report: JudgeReport) -> list[str]:
    """A judge's notes below the results table: its alarms, and the audit in one line."""
    audit = report.audit
    agree = "it scores each answer alone" if audit.pointwise else "its orders were not both judged"
    if audit.orders_agree is not None:
        agree = f"both orders agree on {audit.orders_agree.value:.1%} of pairs"
    line = f"Judge {report.judge}: {agree}, ties {audit.ties.value:.1%}, unparsed {audit.unparsed.value:.1%}"
    return [*map(Alarm, report.alarms), f"{line}; a tie counts half; see its audit."]


def _systems(name: str, report: JudgeReport) -> Table:
    opponents = list(report.head_to_head)
    rows = [
        (
            system,
            shown(report.wins[system]),
            shown(report.equal_length.get(system)),
            shown(report.strengths[system], 2),
            *("" if other == system else shown(report.head_to_head[system].get(other), 2) for other in opponents),
        )
        for system in opponents
    ]
    notes = [
        *map(Alarm, report.alarms),
        "Win rate: mean over opponents, a tie half. At equal length: by a logistic model of the verdicts with the "
        "difference in length set to 0 (after arXiv 2404.04475); where longer answers are better ones it takes too "
        "much away. Log-strength: Bradley-Terry; i beats j with log-odds θ_i − θ_j, and 0 is the mean of the systems.",
        "Right of it, head to head: the row's share against the column's.",
    ]
    header = ("System", "win rate", "at equal length", "log-strength", *(f"vs {other}" for other in opponents))
    title = f"{name}: what judge {report.judge} preferred"
    return Table(f"{name}-{report.judge}-wins", title, header, tuple(rows), tuple(notes))


def _audit(name: str, report: JudgeReport) -> Table:
    rows = [
        (figure, _MEANS[figure], shown(estimate, 2 if figure == "length effect" else 3), str(estimate.n))
        for figure, estimate in audit_figures(report.audit).items()
    ]
    if report.jury is not None:
        alpha = report.jury.alpha
        rows.append(("jury: Krippendorff's α", "agreement of the members; 0 is chance", shown(alpha), str(alpha.n)))
        rows += [(f"jury: Cohen's κ, {pair}", "0 is chance", f"{kappa:.3f}", "") for pair, kappa in _kappas(report)]
    notes = [*map(Alarm, report.alarms), *report.warnings]
    if report.audit.pointwise:
        notes.append("It scores each answer alone: no order, hence no agreement of orders and no position to prefer.")
    if not report.audit.canaries:
        notes.append("No canary has a usable verdict; 'canaries' of the judge's block says how many items are tried.")
    cost = report.cost
    if cost.calls:
        notes.append(
            f"Cost: {cost.calls:,} calls, {cost.prompt_tokens:,} tokens read and {cost.completion_tokens:,} written."
        )
    header = ("Figure", "meaning", "value", "items")
    return Table(
        f"{name}-{report.judge}-audit", f"{name}: audit of judge {report.judge}", header, tuple(rows), tuple(notes)
    )


def audit_figures(audit: Audit) -> dict[str, Estimate]:
    """The available figures of an audit, by their names in its table."""
    found: dict[str, Estimate | None] = {
        "orders agree": audit.orders_agree,
        "shown first": audit.position,
        "ties": audit.ties,
        "unparsed": audit.unparsed,
        "longer answer": audit.longer,
        "length effect": audit.length_effect,
        "constant answer": audit.canaries.get("constant"),
        "copied prompt": audit.canaries.get("copied prompt"),
        "injection": audit.injection,
    }
    return {name: one for name, one in found.items() if one is not None}


def _kappas(report: JudgeReport) -> Sequence[tuple[str, float]]:
    return list(report.jury.kappa.items()) if report.jury is not None else []


def leaderboard_table(read: AnnotationFile) -> Table:
    """AlpacaEval's leaderboard figures for a file of annotations."""
    rows = [
        (
            one.system, one.baseline,
            f"{one.win_rate:.2f}", f"{one.standard_error:.2f}", f"{one.discrete_win_rate:.2f}",
            str(one.n_wins), str(one.n_wins_base), str(one.n_draws), str(one.n_total), str(one.n_unparsed),
            f"{one.average_length:.0f}",
        )
        for one in leaderboard(read.annotations)
    ]  # fmt: skip
    header = (
        "System", "baseline", "win rate", "standard error", "discrete", "wins", "losses", "draws", "judged", "unparsed",
        "length",
    )  # fmt: skip
    notes = (
        "As AlpacaEval's leaderboard has it, in per cent; its length-controlled win rate needs the annotations of its "
        "whole leaderboard and is not among them.",
        *read.notices,
    )
    return Table("leaderboard", "AlpacaEval's figures", header, tuple(rows), notes)


def validation_table(name: str, judge: str, found: Validation, notices: Sequence[str]) -> Table:
    """A judge's agreement with humans, beside the agreement among humans."""
    rows = [(what, shown(one), str(one.n)) for what, one in validation_figures(found).items()]
    rows.append(
        ("Krippendorff's α, humans", "–" if math.isnan(found.alpha_humans) else f"{found.alpha_humans:.3f}", "")
    )
    rows.append(("Krippendorff's α, with the judge", f"{found.alpha_all:.3f}", ""))
    notes = [
        "Agreement: the same verdict is 1, a tie against a side a half, opposite sides 0; the judge's verdict is the "
        "mean of both orders.",
        f"{found.pairs:,} questions, {found.unparsed:,} of them without a usable verdict of the judge.",
    ]
    if found.difference is None:
        notes.append(
            "No question was answered by two humans, so there is nothing to hold the judge's agreement against."
        )
    else:
        notes.append(f"p of the difference (paired bootstrap): {found.difference.p_bootstrap:.3f}.")
    header = ("Agreement", "value", "questions")
    return Table("validation", f"{judge} against the humans of {name}", header, tuple(rows), (*notes, *notices))
