"""The result of a gate as tables, JSON for programs, and JUnit XML for CI."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any
from xml.etree import ElementTree as Xml

from harness.gate.verdict import Check, GateResult
from harness.report.run_tables import p_value
from harness.report.table import Alarm, Table
from valign.escaping import in_json, visible

_HEADER = ("Task", "Metric", "System", "Rule", "main", "candidate", "Improvement", "p", "Detectable", "Outcome")


def verdict_line(result: GateResult) -> str:
    """The outcome in one line: how many checks passed, and the first reason for another outcome."""
    checks = result.checks
    passed = sum(check.outcome == "passed" for check in checks)
    line = f"{result.gate.name}: {result.outcome}, {passed} of {len(checks)} checks passed"
    first = next((check for check in checks if check.outcome == result.outcome != "passed"), None)
    if first is None:
        return line
    return f"{line}; {named(first)}: {_why(first)}"


def flips_line(result: GateResult) -> str:
    """How many items went from right to wrong and back, by check; empty where no metric says right or wrong."""
    found = []
    for check in result.checks:
        if check.flips is not None:
            fixed = sum(flip.fixed for flip in check.flips)
            found.append(f"{named(check)}: {len(check.flips) - fixed} right → wrong, {fixed} wrong → right")
    return f"Flips: {'; '.join(found)}." if found else ""


def sentences(result: GateResult) -> list[str]:
    """The outcome, why checks did not pass, and the flips: what the command ends with."""
    line = verdict_line(result)
    open_ = [check for check in result.checks if check.outcome != "passed"][1:]
    why = [f"{named(check)}: {check.outcome}; {_why(check)}" for check in open_]
    return [*filter(None, [line if result.outcome == "passed" else Alarm(line), *why, flips_line(result)])]


def named(check: Check) -> str:
    """What a check is about: task, metric and systems."""
    return f"{check.task} {check.metric} of {_system(check)}"


def _system(check: Check) -> str:
    return check.systems[1] if len(set(check.systems)) == 1 else f"{check.systems[1]} against {check.systems[0]}"


def summary_table(result: GateResult) -> Table:
    """One row per check, as narrow as a terminal."""
    rows = tuple((named(check), str(check.rule), _improvement(check), check.outcome) for check in result.checks)
    title = f"{result.gate.name}: {result.candidate} against {result.main}"
    return Table("gate", title, ("", "rule", "improvement", "outcome"), rows)


def as_table(result: GateResult) -> Table:
    """One row per check; the notes give the reasons."""
    rows = tuple((*_cells(check), check.outcome) for check in result.checks)
    reasons = [f"{named(check)}: {check.reason}" for check in result.checks if check.reason]
    gate = result.gate
    corrected = "after Holm over the gate" + (", for regressions alone" if gate.correction == "regressions" else "")
    notes = (
        f"Improvement: the candidate's improvement with its two-sided {gate.confidence:.0%} interval, from "
        f"{gate.resamples:,} paired bootstrap resamples. p: one-sided, for the outcome shown, {corrected}; an outcome "
        f"is settled below {(1 - gate.confidence) / 2:.3g}.",
        f"Detectable: the smallest true difference that this many items show in {gate.power:.0%} of runs.",
        *reasons,
        *result.notes,
    )
    return Table("gate", f"{gate.name}: {result.candidate} against {result.main}", _HEADER, rows, notes)


def as_json(result: GateResult) -> str:
    """The gate and all its checks as JSON, NaN as null."""
    data = {
        "gate": result.gate.model_dump(mode="json"),
        "main": result.main,
        "candidate": result.candidate,
        "outcome": result.outcome,
        "exit_code": result.exit_code,
        "notes": list(result.notes),
        "checks": [_plain(check) for check in result.checks],
    }
    return in_json(json.dumps(data, indent=1, ensure_ascii=False)) + "\n"


def as_junit(result: GateResult) -> str:
    """JUnit XML: a check that regressed or was not shown is a failure, one that was not judged an error."""
    outcomes = [check.outcome for check in result.checks]
    errors = outcomes.count("not judged")
    failures = len(outcomes) - outcomes.count("passed") - errors
    suite = Xml.Element(
        "testsuite", name=visible(result.gate.name), tests=str(len(outcomes)), failures=str(failures),
        errors=str(errors),
    )  # fmt: skip
    for check in result.checks:
        names = {"classname": f"{check.task}.{check.systems[1]}", "name": f"{check.metric} {check.rule}"}
        case = Xml.SubElement(suite, "testcase", {key: visible(name) for key, name in names.items()})
        if check.outcome != "passed":
            tag = "error" if check.outcome == "not judged" else "failure"
            Xml.SubElement(case, tag, type=check.outcome, message=visible(_why(check)))
    Xml.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(suite, encoding="unicode") + "\n"


def _cells(check: Check) -> tuple[str, ...]:
    about = (check.task, check.metric, _system(check), str(check.rule))
    if check.test is None:
        return (*about, "", "", "not comparable", "", "")
    detectable = check.test.power.detectable
    return (
        *about,
        *(_number(figure) for figure in check.figures),
        _improvement(check),
        p_value(check.p_below if check.outcome == "regressed" else check.p_above),
        _number(detectable),
    )


def _improvement(check: Check) -> str:
    if check.test is None:
        return ""
    found = check.test.difference
    left_out = f" ({found.n_unscored} unscored)" if found.n_unscored else ""
    return f"{_number(found.value)} [{_number(found.low)}, {_number(found.high)}]{left_out}"


def _why(check: Check) -> str:
    """Why a check did not pass."""
    if check.outcome == "not judged":
        return check.reason
    note = f"; {check.reason}" if check.reason else ""
    return f"must be {check.rule}, improvement {_improvement(check)}{note}"


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"


def _plain(check: Check) -> dict[str, Any]:
    test = check.test
    power = (
        None
        if test is None
        else {field.name: getattr(test.power, field.name) for field in dataclasses.fields(test.power)}
    )
    improvement = None if test is None else dataclasses.asdict(test.difference)
    data = {
        "task": check.task,
        "metric": check.metric,
        "system": check.systems[1],
        "against": check.systems[0],
        "rule": str(check.rule),
        "bound": check.rule.bound,
        "outcome": check.outcome,
        "reason": check.reason,
        "main": check.figures[0],
        "candidate": check.figures[1],
        "improvement": improvement,
        "p_above": check.p_above,
        "p_below": check.p_below,
        "chance_to_pass_if_equal": check.chance,
        "power": power,
        "flips": None if check.flips is None else [dataclasses.asdict(flip) for flip in check.flips],
    }
    return dict(_nulled(data))


def _nulled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _nulled(one) for key, one in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value
