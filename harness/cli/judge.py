"""`valign judge`: another judge for a finished run, judgements from and for others, and a judge against humans."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup


class _RunByDefault(TyperGroup):
    """`valign judge RUN --judge …` is `valign judge run RUN --judge …`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `run` before what is no command's name."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["run", *args]
        return super().parse_args(ctx, args)


judge = typer.Typer(
    help="Judge a finished run again (valign judge RUN --judge NAME), exchange judgements, try a judge on humans'.",
    cls=_RunByDefault,
    no_args_is_help=True,
)
Judge = Annotated[str, typer.Option("--judge", help="reference-similarity, llm-verdict, llm-probability, rubric, jury")]
Settings = Annotated[list[str], typer.Option("--set", help="a setting of the judge: key=value; may be given again")]


@judge.command()
def run(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="the folder of a finished run", show_default=False)],
    name: Judge,
    settings: Settings = [],  # noqa: B006
    label: Annotated[str | None, typer.Option(help="what tables call it, where two have one name")] = None,
    against: Annotated[str | None, typer.Option(help="compare all systems with this one; all pairs if absent")] = None,
    canaries: Annotated[int, typer.Option(min=0, help="items of each pair on which canaries are judged")] = 8,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what it would cost and stop")] = False,
) -> None:
    """Add a judge's verdicts to a finished run and write its tables again; nothing is trained or generated."""
    from harness.cli.app import console
    from harness.config import checked, parse_setting
    from harness.recipe import JudgeChoice
    from harness.rejudge import expect, judge_run
    from harness.report.table import console as as_rich

    given = dict(parse_setting(one) for one in settings)
    said = {"name": name, "settings": given, "label": label, "against": against, "canaries": canaries}
    choice, show = checked(JudgeChoice, said, "judge"), console()
    if dry_run:
        todo = expect(folder, choice)
        show.print(
            f"{todo.pairs} pairs of systems, {todo.judgements:,} judgements; {_calls(todo.cost, 'at most ')}",
            highlight=False,
        )
        return
    tables, cost = judge_run(folder, choice, lambda what: show.print(what, highlight=False, markup=False))
    for table in tables:
        if f"judge {choice.key}" in table.title:
            show.print(as_rich(table))
    show.print(f"Judged: {_calls(cost, '')}. All tables: {folder / 'tables.md'}", highlight=False, soft_wrap=True)


def _calls(cost: Any, most: str) -> str:
    if not cost.calls:
        return "no calls of a language model"
    return (
        f"{cost.calls:,} calls of a language model, {cost.prompt_tokens:,} tokens to read, "
        f"{most}{cost.completion_tokens:,} to write"
    )


@judge.command(name="import")
def import_annotations(
    file: Annotated[Path, typer.Argument(help="annotations in AlpacaEval's format", show_default=False)],
    out: Annotated[Path, typer.Option(help="the folder for annotations and tables", show_default=False)],
) -> None:
    """Read published judgements: the leaderboard's figures, and ours with intervals, strengths and the audit."""
    from harness.cli.app import console
    from harness.judging.alpaca import read_annotations, write_annotations
    from harness.judging.imported import examine_annotations
    from harness.report.judges import judge_tables, leaderboard_table
    from harness.report.table import console as as_rich
    from harness.report.table import markdown
    from harness.store import write_whole

    read = read_annotations(file)
    report = examine_annotations(read.annotations)
    tables = [leaderboard_table(read), *(judge_tables(file.name, {report.judge: report}) if report else [])]
    write_whole(out / "annotations.json", write_annotations(read.annotations))
    write_whole(out / "tables.md", markdown(tables, f"Judgements of {file.name}", []))
    for table in tables:
        console().print(as_rich(table))
    typer.echo(f"written: {out / 'annotations.json'}, {out / 'tables.md'}")


@judge.command()
def export(
    folder: Annotated[Path, typer.Argument(help="a finished run, or a folder that import made", show_default=False)],
    out: Annotated[Path, typer.Option(help="the file to write", show_default=False)],
    name: Annotated[str | None, typer.Option("--judge", help="only this judge's verdicts")] = None,
) -> None:
    """Write verdicts as annotations in AlpacaEval's format, one a verdict, each pair in both orders."""
    from harness.judging.alpaca import read_annotations, write_annotations
    from harness.judging.imported import annotations_of
    from harness.manifest import is_run
    from harness.reading import read_run
    from harness.store import write_whole
    from tasks.errors import unknown

    if not is_run(folder):
        annotations = list(read_annotations(folder / "annotations.json").annotations)
    else:
        readings = read_run(folder)[1]
        judges = [judge for reading in readings for judge in reading.verdicts]
        if name is not None and name not in judges:
            raise unknown("judge of this run", name, judges)
        annotations = [
            annotation
            for reading in readings
            for by, verdicts in reading.verdicts.items()
            if name in (None, by)
            for annotation in annotations_of(reading.record.name, dict(reading.answers), verdicts)
        ]
    write_whole(out, write_annotations(annotations))
    typer.echo(f"written: {out}, {len(annotations):,} annotations")


@judge.command()
def validate(
    human: Annotated[Path, typer.Option(help="AlpacaEval's format, or rows of verdicts", show_default=False)],
    name: Judge,
    settings: Settings = [],  # noqa: B006
    folder: Annotated[Path | None, typer.Option("--run", help="hold this run's stored verdicts against them")] = None,
    calls: Annotated[Path | None, typer.Option(help="keep a language model's answers in this file")] = None,
) -> None:
    """Say how often a judge agrees with a human, and how often humans agree with each other.

    Without --run the judge is asked about the outputs in the file, in both orders. With it nothing is asked: --judge
    is a judge of that run, and the humans' rows name its systems and its items or prompts.
    """
    from harness.cli.app import console
    from harness.config import parse_setting
    from harness.judging import find_judge, humans
    from harness.judging.alpaca import read_annotations
    from harness.judging.imported import human_verdicts, run_pairings
    from harness.report.judges import validation_table
    from harness.report.table import console as as_rich
    from tasks.errors import InputError

    if folder is not None:
        said, notices = human_verdicts(human)
        questions, judged = humans.stored_questions(said, *run_pairings(folder, name))
        found, called = humans.compared(judged, questions), name
    else:
        read = read_annotations(human)
        tried = find_judge(name, dict(parse_setting(one) for one in settings), calls)
        found, called = humans.validate(tried, humans.questions_of(read.annotations)), tried.name
        notices = read.notices
    if found.failed:
        raise InputError(
            f"judge {name}: {len(found.failed):,} calls brought no answer: {found.failed[0]}; run it again"
        )
    console().print(as_rich(validation_table(human.name, called, found, notices)))
