"""The figures of a document as the page's data: estimates, comparisons, judges, sections, the paper's rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.judging.judge_report import JudgeReport
from harness.report.columns import HIDDEN, heading, scale
from harness.report.judges import judge_tables, summary
from harness.report.page.blocks import number
from harness.report.page.joined import PageDocument, PageRun, Side
from harness.report.run_tables import read_reference
from harness.report.table import Table
from harness.run.columns import PREFERENCE, judge_of
from harness.run.figures import SystemComparison
from harness.statistics import Estimate

_REPORTED = "Reported in Padhi et al. (2024): other data, models and judge. Never ranked against the rows above."
_LABELS = {"c-fine-tuned": "c-fine-tuned", "sft": "SFT", "dpo": "DPO"}


def document_figures(document: PageDocument, runs: Sequence[PageRun]) -> dict[str, Any]:
    """Every figure of a document that the page draws."""
    columns = _columns(document)
    return {
        "columns": columns,
        "figures": {
            document.number[side.run, name]: _figures(side, name)
            for side in document.sides
            for name in side.reading.names
        },
        "apart": [one for one in (_reported(document.name, [column["key"] for column in columns]),) if one["rows"]],
        "comparisons": [
            comparison(one, (document.number[side.run, one.better], document.number[side.run, one.worse]))
            for side in document.sides
            for one in side.results.tested
            if one.column not in HIDDEN and {(side.run, one.better), (side.run, one.worse)} <= document.number.keys()
        ],
        "by_section": [row for side in document.sides for row in _by_section(document, side)],
        "judges": [
            _judge(document, side, report, runs) for side in document.sides for report in side.results.judges.values()
        ],
        "resampling": _resampling(document, runs),
    }


def plain_table(table: Table) -> dict[str, Any]:
    """A table of texts; `**` of alarms is gone."""
    notes = [note.replace("**", "") for note in table.notes]
    return {"title": table.title, "header": table.header, "rows": table.rows, "notes": notes}


def comparison(one: SystemComparison, systems: tuple[int, int]) -> dict[str, Any]:
    """A comparison of two systems by number, the first minus the second."""
    return {
        "systems": systems,
        "column": one.column,
        "primary": one.primary,
        "difference": estimate(one.comparison.difference),
        "signature": one.comparison.difference.signature,
        "p": number(one.comparison.p_bootstrap),
        "p_randomisation": number(one.comparison.p_randomisation),
        "p_holm": number(one.p_holm),
        "detectable": number(one.power.detectable),
    }


def estimate(one: Estimate) -> list[Any]:
    """[value, low, high, scored, unscored]."""
    return [number(one.value), number(one.low), number(one.high), one.n, one.n_unscored]


def _columns(document: PageDocument) -> list[dict[str, Any]]:
    keys = dict.fromkeys(
        column for side in document.sides for columns in side.results.figures.values() for column in columns
    )
    chance = {"section_hit": document.sides[0].results.section_hit_chance, PREFERENCE: 0.5}
    found = []
    for key in (key for key in keys if key not in HIDDEN):
        factor, decimals = scale(key)
        judge = judge_of(key)
        signatures = {
            columns[key].signature
            for side in document.sides
            for scored in side.reading.scored
            for columns in scored.values.values()
            if key in columns
        }
        floor = 0.5 if judge else chance.get(key)
        found.append(
            {"key": key, "heading": heading(key), "factor": factor, "decimals": decimals, "judge": judge,
             "floor": floor, "mixed": len(signatures) > 1}
        )  # fmt: skip
    return found


def _figures(side: Side, system: str) -> dict[str, Any]:
    """Column -> the figures over all, seen and unseen items, and the signature."""
    results = side.results
    found: dict[str, Any] = {}
    for column, one in results.figures[system].items():
        subsets: dict[str, Mapping[str, Estimate]] = {
            "all": results.figures[system],
            "seen": results.seen.get(system, {}),
            "unseen": results.unseen.get(system, {}),
        }
        found[column] = {name: estimate(own[column]) for name, own in subsets.items() if column in own}
        found[column]["signature"] = one.signature
    return found


def _reported(document: str, columns: Sequence[str]) -> dict[str, Any]:
    """The paper's rows on the document of that name, as rows that stand apart from the systems'.

    values: column -> [the figure, what stands below it].
    """
    reference = read_reference()
    rows = []
    for row in reference.get(document, []):
        given = dict(zip(reference["columns"], row["values"], strict=True))
        around = f"± {given['win_rate_pm']:.2f}"
        values = {column: [given[column], ""] for column in columns if column in given}
        values |= {column: [given["win_rate"], around] for column in columns if judge_of(column)}
        about = "with retrieval" if row["rag"] else ""
        rows.append({"label": _LABELS[row["method"]], "about": about, "values": values})
    return {"says": _REPORTED, "rows": rows}


def _by_section(document: PageDocument, side: Side) -> list[list[Any]]:
    """[system, section, items, {column: mean}]."""
    sections = {section.id: n for n, section in enumerate(document.sections)}
    return [
        [document.number[side.run, system], sections[section], n,
         {column: number(mean) for column, mean in means.items() if column not in HIDDEN}]
        for system, section, n, means in side.results.by_section
    ]  # fmt: skip


def _judge(document: PageDocument, side: Side, report: JudgeReport, runs: Sequence[PageRun]) -> dict[str, Any]:
    def systems(figures: Mapping[str, Estimate]) -> dict[int, list[Any]]:
        return {document.number[side.run, name]: estimate(one) for name, one in figures.items()}

    suffix = f" ({runs[side.run].name})" if len(runs) > 1 else ""
    return {
        "name": f"{report.judge}{suffix}",
        "judge": report.judge,
        "head_to_head": {
            document.number[side.run, name]: systems(opponents) for name, opponents in report.head_to_head.items()
        },
        "alarms": report.alarms,
        "warnings": report.warnings,
        "summary": [line.replace("**", "") for line in summary(report)],
        "audit": plain_table(judge_tables(document.name, {report.judge: report})[1]),
    }


def _resampling(document: PageDocument, runs: Sequence[PageRun]) -> str:
    statistics = runs[document.sides[0].run].report.manifest.recipe.statistics
    units = "whole sections" if statistics.clusters == "section" else "items"
    return f"{statistics.confidence:.0%} intervals from {statistics.resamples:,} bootstrap resamples of {units}"


def safety(document: PageDocument, runs: Sequence[PageRun]) -> dict[str, Any]:
    """Refusal against over-refusal of each suite with both kinds of request, and every safety table."""
    from harness.report.safety import safety_tables
    from harness.report.safety_plot import PANELS

    panels, tables = [], []
    for side in document.sides:
        report = runs[side.run].report
        for results in (one for one in report.safety if one.document == document.name):
            tasks = {task.name: task for task in results.tasks}
            suffix = f" ({runs[side.run].name})" if len(runs) > 1 else ""
            tables += [plain_table(table) for table in safety_tables(report.manifest, results)]
            for title, harmful, safe in PANELS:
                if harmful in tasks and safe in tasks:
                    points = [
                        [document.number[side.run, name],
                         *(estimate(tasks[task].figures[name]["refused"]) for task in (safe, harmful))]
                        for name in side.reading.names
                    ]  # fmt: skip
                    items = [tasks[safe].n_items, tasks[harmful].n_items]
                    panels.append({"title": f"{title}{suffix}", "items": items, "points": points})
    return {"panels": panels, "tables": tables}
