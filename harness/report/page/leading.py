"""The figure that the page opens with, and on which changes between runs are decided."""

from __future__ import annotations

from harness.report.columns import HIDDEN
from harness.report.page.joined import PageDocument
from harness.run.columns import judge_of


def leading_column(document: PageDocument) -> str:
    """Adherence where it is measured, else a judge's win rate, else the first column.

    Of the columns of primary comparisons where others are exploratory. A judge whose audit raised an alarm never leads.
    """
    results = [side.results for side in document.sides]
    useless = {name for one in results for name, judge in one.judges.items() if judge.alarms}
    columns = dict.fromkeys(column for one in results for column in one.columns if column not in HIDDEN)
    sound = [column for column in columns if judge_of(column) not in useless]
    tested = [one for result in results for one in result.tested]
    if any(not one.primary for one in tested):
        primary = {one.column for one in tested if one.primary}
        sound = [column for column in sound if column in primary] or sound
    judged = [column for column in sound if judge_of(column)]
    adherence = [column for column in sound if "adherence" in column]
    return (*adherence, *judged, *sound, *columns)[0]
