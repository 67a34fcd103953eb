"""A teacher by its name."""

from __future__ import annotations

from pathlib import Path

from alignment.chat.budget import Budget
from alignment.chat.open import open_chat
from alignment.chat.served import Patience
from alignment.synthesis.prompts import Prompts
from alignment.synthesis.teachers.extractive import NAME, Extractive
from alignment.synthesis.teachers.model import ModelTeacher
from alignment.synthesis.types import Settings, Teacher
from tasks.errors import InputError


def open_teacher(
    spec: str,
    prompts: Prompts,
    settings: Settings,
    cache: Path | None,
    concurrency: int,
    budget: Budget | None,
    patience: Patience | None,
) -> Teacher:
    """Open the teacher that `spec` names: `extractive`, or a chat model as `alignment.chat.open.open_chat` has it.

    Raises:
        InputError: no teacher has that name.
    """
    if spec == NAME:
        return Extractive(settings.counts)
    if ":" not in spec:
        raise InputError(
            f"teacher {spec!r}: not known; wanted {NAME}, openai:MODEL@http://HOST:PORT/v1 "
            "or lm-eval:hf,pretrained=FOLDER-OR-HUB-ID"
        )
    chat = open_chat(spec, cache=cache, concurrency=concurrency, budget=budget, patience=patience)
    return ModelTeacher(chat, prompts, settings)
