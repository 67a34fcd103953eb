"""`valign push`: a checkpoint of a finished run, with its model card, to a repository on the Hugging Face hub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.terminal import say


def push(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="the folder of a finished run", show_default=False)],
    system: Annotated[str, typer.Option(help="the system whose checkpoint is uploaded", show_default=False)],
    repo: Annotated[str, typer.Option(help="user/name on the hub", show_default=False)],
    document: Annotated[str | None, typer.Option(help="of which document, where the run has several")] = None,
    dataset: Annotated[
        str | None, typer.Option(help="the benchmark's data set on the hub: adds .eval_results for its leaderboard")
    ] = None,
    private: Annotated[bool, typer.Option("--private", help="make the repository private")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="list the files and print the card; ask nothing")] = False,
) -> None:
    """Upload a checkpoint with its card. The token is the one of `hf auth login`, or HF_TOKEN."""
    from harness.api import load_run
    from harness.report.hub import checkpoints, upload

    run = load_run(folder)
    models = list(checkpoints.trained_models(run.manifest, run.report.documents, folder))
    model = checkpoints.of_system(models, run.manifest, system, document)
    prepared = upload.prepare(run.manifest, model, repo, dataset)
    for name in prepared.files:
        say(f"{prepared.size(name):>13,}  {name}")
    total = sum(prepared.size(name) for name in prepared.files)
    say(f"{total:>13,}  bytes in {len(prepared.files)} files for {repo}")
    if dry_run:
        say(f"\n{prepared.card}\nDry run: nothing was uploaded.")
        return
    say(f"Uploaded: {upload.push(prepared, private)}")
