"""Whether a judge is of the same family as a model it judges or the teacher: models prefer their own kind."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from alignment.weights import locate
from tasks.errors import InputError

#: Family -> what its models' names hold, as words of letters.
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


#: What stands before the name of a chat model.
_KIND = re.compile(r"^(openai:|lm-eval:[\w-]+:)")


def family(model: str) -> str | None:
    """The family of a model by the words of its name, None where it tells nothing.

    A model in a folder is named by its folder and `_name_or_path` in its `config.json`. A chat model's kind before
    the name, as `openai:` or `lm-eval:hf:`, plays no part.
    """
    model = _KIND.sub("", model)
    named = _named(model)
    words = set(re.findall(r"[a-z]\d(?![a-z\d])|[a-z]+", named.lower()))
    for name, signs in _FAMILIES.items():
        if words & set(signs):
            return name
    return None


def _named(model: str) -> str:
    folder = Path(model)
    config = folder / "config.json"
    if not config.is_file():
        return model
    about = json.loads(config.read_text(encoding="utf-8"))
    return f"{folder.name} {about.get('_name_or_path', '')}"


def teacher_of(folder: Path) -> str | None:
    """The teacher that wrote a data folder, as the report of `valign synthesise` names it; None where there is none."""
    report = folder / "synthesis" / "report.json"
    if not report.is_file():
        return None
    teacher = json.loads(report.read_text(encoding="utf-8")).get("teacher")
    return teacher if isinstance(teacher, str) else None


def kinship(judges: Sequence[str], others: Mapping[str, str]) -> list[str]:
    """Warnings, one a kinship. judges: the models a judge asks. others: what a model is here -> its name."""
    said = []
    for judge in judges:
        of_judge = family(judge)
        for role, model in others.items():
            if _place(model) == _place(judge):
                said.append(f"it is the {role} itself ({model})")
            elif of_judge is not None and of_judge == family(model):
                said.append(f"it is of the same family as the {role} ({of_judge}): judges prefer their own kind")
    return said


def _place(model: str) -> str:
    """A model's name without the kind of chat and without how its folder is written."""
    name = _KIND.sub("", model)
    try:
        return locate(name)
    except InputError:
        return name
