"""`valign comment`: one comment in a GitHub pull request, kept up to date."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.terminal import say
from valign.errors import InputError


def comment(
    file: Annotated[Path, typer.Argument(help="the text, as valign compare --markdown writes it", show_default=False)],
    pull_request: Annotated[str, typer.Option(help="OWNER/NAME#NUMBER", show_default=False)],
    marker: Annotated[str, typer.Option(help="tells comments of several gates apart")] = "valign",
    author: Annotated[str, typer.Option(help="the login that the token writes as")] = "github-actions[bot]",
) -> None:
    """Write a comment into a GitHub pull request, or replace the one that an earlier call wrote.

    The token is read from GITHUB_TOKEN, the server's address from GITHUB_API_URL. Prints the comment's address.
    """
    from harness.report.pull_request import PullRequest

    if not file.is_file():
        raise InputError(f"{file}: no such file; valign compare --markdown writes one")
    token, api = os.environ.get("GITHUB_TOKEN", ""), os.environ.get("GITHUB_API_URL", "https://api.github.com")
    body = file.read_text(encoding="utf-8")
    say(PullRequest.named(pull_request, token, author, api).comment(body, marker))
