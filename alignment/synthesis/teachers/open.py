"""Opens a teacher by its name."""

from __future__ import annotations

from pathlib import Path

from alignment.synthesis.prompts import Prompts
from alignment.synthesis.teachers.extractive import NAME, ExtractiveTeacher
from alignment.synthesis.teachers.model import ModelTeacher
from alignment.synthesis.types import Settings, Teacher
from valign.chat.budget import Budget
from valign.chat.open import open_chat
from valign.chat.served import RetryPolicy
from valign.errors import InputError


def open_teacher(
    spec: str,
    prompts: Prompts,
    settings: Settings,
    cache: Path | None,
    concurrency: int,
    budget: Budget | None,
    retry_policy: RetryPolicy | None,
) -> Teacher:
    """Open the teacher that `spec` names: `extractive`, or a chat model as `valign.chat.open.open_chat` takes it.

    Raises:
        InputError: no teacher has that name.
    """
    if spec == NAME:
        return ExtractiveTeacher(settings.counts)
    if ":" not in spec:
        raise InputError(
            f"teacher {spec!r}: not known; expected {NAME}, openai:MODEL@http://HOST:PORT/v1 "
            "or lm-eval:hf,pretrained=FOLDER-OR-HUB-ID"
        )
    chat = open_chat(spec, cache=cache, concurrency=concurrency, budget=budget, retry_policy=retry_policy)
    return ModelTeacher(chat, prompts, settings)
