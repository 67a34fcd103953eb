"""JailbreakBench's artifacts: what an attack sent to a model, the response, and whether it was a jailbreak."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from valign.errors import InputError


@dataclass(frozen=True)
class Jailbreak:
    """One attempt. `prompt` and `response` are empty where the attack found none; that is no jailbreak."""

    goal: str
    behaviour: str
    category: str
    prompt: str
    response: str
    jailbroken: bool


def read_jailbreaks(path: Path) -> list[Jailbreak]:
    """The attempts of one artifact, in its order (https://github.com/JailbreakBench/artifacts, MIT; arXiv:2404.01318).

    Raises:
        InputError: the file is no such artifact.
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["jailbreaks"]
        return [
            Jailbreak(
                row["goal"], row["behavior"], row["category"], row["prompt"] or "", row["response"] or "",
                bool(row["jailbroken"]),
            )
            for row in rows
        ]  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: no artifact of JailbreakBench ({type(error).__name__}: {error})") from error
