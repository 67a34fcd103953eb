"""Warnings where a judge and the seed model or the teacher are of one model family: judges prefer their own family."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from valign.errors import InputError
from valign.models.locate import locate

#: Family -> words in its models' names.
_FAMILIES: Mapping[str, tuple[str, ...]] = {
    "Claude": ("claude",),
    "Cohere Command": ("command", "aya"),
    "DeepSeek": ("deepseek",),
    "Falcon": ("falcon",),
    "Gemini and Gemma": ("gemini", "gemma"),
    "GPT": ("gpt", "chatgpt", "o1", "o3", "o4", "davinci"),
    "Granite": ("granite",),
    "Llama": ("llama", "vicuna", "alpaca", "tulu"),
    "Mistral": ("mistral", "mixtral", "ministral", "zephyr", "prometheus"),
    "OLMo": ("olmo",),
    "Phi": ("phi",),
    "Qwen": ("qwen", "qwq"),
    "SmolLM": ("smollm",),
    "Yi": ("yi",),
}


#: The prefix of a chat model's name.
_PREFIX = re.compile(r"^(openai:|lm-eval:[\w-]+:)")


def family(model: str) -> str | None:
    """The family of a model by the words of its name, None where no word is known.

    The name of a local model is its folder's name and `_name_or_path` in its `config.json`. A chat model's prefix, as
    `openai:` or `lm-eval:hf:`, is ignored.
    """
    model = _PREFIX.sub("", model)
    words = set(re.findall(r"[a-z]\d(?![a-z\d])|[a-z]+", _full_name(model).lower()))
    for name, known in _FAMILIES.items():
        if words & set(known):
            return name
    return None


def _full_name(model: str) -> str:
    folder = Path(model)
    config = folder / "config.json"
    if not config.is_file():
        return model
    settings = json.loads(config.read_text(encoding="utf-8"))
    return f"{folder.name} {settings.get('_name_or_path', '')}"


def teacher_of(folder: Path) -> str | None:
    """The teacher of a data folder by the report of `valign synthesise`; None without a report."""
    report = folder / "synthesis" / "report.json"
    if not report.is_file():
        return None
    teacher = json.loads(report.read_text(encoding="utf-8")).get("teacher")
    return teacher if isinstance(teacher, str) else None


def family_warnings(judges: Sequence[str], others: Mapping[str, str]) -> list[str]:
    """One warning for each pair of related models. judges: a judge's models. others: role in the run -> model."""
    warnings = []
    for judge in judges:
        of_judge = family(judge)
        for role, model in others.items():
            if _location(model) == _location(judge):
                warnings.append(f"it is the {role} itself ({model})")
            elif of_judge is not None and of_judge == family(model):
                warnings.append(f"it is of the same family as the {role} ({of_judge}): judges prefer their own kind")
    return warnings


def _location(model: str) -> str:
    """A model's resolved folder, or its name without the prefix."""
    name = _PREFIX.sub("", model)
    try:
        return locate(name)
    except InputError:
        return name
