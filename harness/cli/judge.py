"""`valign judge`: add a judge to a finished run, import and export judgements, validate a judge against humans."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from harness.cli.terminal import in_full, places, print_ending, print_tables, say, say_finished


class _RunByDefault(TyperGroup):
    """`valign judge RUN --judge …` is `valign judge run RUN --judge …`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Insert `run` before an argument that is no command."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["run", *args]
        return super().parse_args(ctx, args)


judge = typer.Typer(
    help="Judge a finished run (valign judge RUN --judge NAME), import or export judgements, validate a judge.",
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
    dry_run: Annotated[bool, typer.Option("--dry-run", help="print the expected cost and stop")] = False,
) -> None:
    """Add a judge's verdicts to a finished run and write its tables; nothing is trained or generated."""
    from harness.api import load_run
    from harness.recipe.recipe import JudgeChoice
    from harness.recipe.yaml_files import checked, parse_setting
    from harness.report.conclusions import audit_sentences
    from harness.report.judges import judge_summary
    from harness.run.additions import add_judge, expect_judge

    parsed = dict(parse_setting(one) for one in settings)
    options = {"name": name, "settings": parsed, "label": label, "against": against, "canaries": canaries}
    choice = checked(JudgeChoice, options, "judge")
    if dry_run:
        todo = expect_judge(folder, choice)
        say(f"{todo.pairs} pairs of systems, {todo.judgements:,} judgements; {_calls(todo.cost, 'at most ')}")
        return
    cost = add_judge(folder, choice, say_finished)
    judged = load_run(folder)
    judged.write_report()
    reports = {one.document: one.judges[choice.key] for one in judged.report.documents}
    sentences = [line for document, report in reports.items() for line in audit_sentences(document, report)]
    said = [f"Judged: {_calls(cost, '')}", *places(folder)]
    print_ending(sentences, judge_summary(choice.key, reports), said, in_full(folder))


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
    """Import judgements in AlpacaEval's format: the leaderboard's figures, and ours with intervals and the audit."""
    from harness.judging.alpaca import read_annotations, write_annotations
    from harness.judging.imported import annotations_report
    from harness.report.judges import judge_tables, leaderboard_table
    from harness.report.table import markdown
    from valign.files import write_atomic

    read = read_annotations(file)
    report = annotations_report(read.annotations)
    tables = [leaderboard_table(read), *(judge_tables(file.name, {report.judge: report}) if report else [])]
    write_atomic(out / "annotations.json", write_annotations(read.annotations))
    write_atomic(out / "tables.md", markdown(tables, f"Judgements of {file.name}", []))
    print_tables(tables)
    say(f"written: {out / 'annotations.json'}, {out / 'tables.md'}")


@judge.command()
def export(
    folder: Annotated[Path, typer.Argument(help="a finished run, or a folder that import made", show_default=False)],
    out: Annotated[Path, typer.Option(help="the file to write", show_default=False)],
    name: Annotated[str | None, typer.Option("--judge", help="only this judge's verdicts")] = None,
) -> None:
    """Export verdicts as annotations in AlpacaEval's format, one per verdict, each pair in both orders."""
    from harness.judging.alpaca import read_annotations, write_annotations
    from harness.judging.imported import annotations_of
    from harness.run.manifest import is_run
    from harness.run.reading import read_run
    from valign.errors import unknown
    from valign.files import write_atomic

    if not is_run(folder):
        annotations = list(read_annotations(folder / "annotations.json").annotations)
    else:
        readings = read_run(folder)[1]
        judges = [judge for reading in readings for judge in reading.judged]
        if name is not None and name not in judges:
            raise unknown("judge of this run", name, judges)
        annotations = [
            annotation
            for reading in readings
            for judge, judged in reading.judged.items()
            if name in (None, judge)
            for annotation in annotations_of(reading.record.name, dict(reading.all_answers), judged.verdicts)
        ]
    write_atomic(out, write_annotations(annotations))
    say(f"written: {out}, {len(annotations):,} annotations")


@judge.command()
def validate(
    human: Annotated[Path, typer.Option(help="AlpacaEval's format, or rows of verdicts", show_default=False)],
    name: Judge,
    settings: Settings = [],  # noqa: B006
    folder: Annotated[Path | None, typer.Option("--run", help="validate this run's stored verdicts")] = None,
    calls: Annotated[Path | None, typer.Option(help="cache a language model's replies in this file")] = None,
) -> None:
    """Validate a judge: its agreement with humans, and the agreement among humans.

    Without --run the judge compares the outputs in the file, in both orders. With --run its stored verdicts are used:
    --judge is a judge of that run, and the human rows name the run's systems and its items or prompts.
    """
    from harness.judging import humans
    from harness.judging.alpaca import read_annotations
    from harness.judging.imported import human_verdicts
    from harness.judging.registry import find_judge
    from harness.recipe.yaml_files import parse_setting
    from harness.report.judges import validation_table
    from harness.run.reading import run_pairings
    from valign.errors import InputError

    if folder is not None:
        by_humans, notices = human_verdicts(human)
        pairs, categories = humans.stored_pairs(by_humans, *run_pairings(folder, name))
        found, title = humans.validate_verdicts(categories, pairs), name
    else:
        read = read_annotations(human)
        built = find_judge(name, dict(parse_setting(one) for one in settings), calls)
        found, title = humans.validate(built, humans.annotated_pairs(read.annotations)), built.name
        notices = read.notices
    if found.failed:
        raise InputError(f"judge {name}: {len(found.failed):,} calls got no reply: {found.failed[0]}; run it again")
    print_tables([validation_table(human.name, title, found, notices)])
