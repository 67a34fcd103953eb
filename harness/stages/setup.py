"""A recipe with everything that it names found on this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from baselines.registry import METHODS
from baselines.retrieval.prompt import read_template
from harness.models.backends import is_served
from harness.recipe import Recipe
from harness.recipe.recipe import Retrieval
from valign.errors import InputError
from valign.fingerprint import of_model
from valign.models.locate import locate
from valign.precision import emulation_factor, is_native, resolve_dtype

#: What a GPU's driver leaves on Linux: NVIDIA's, NVIDIA's in a container, AMD's, and Windows' below WSL.
_DRIVERS = ("/dev/nvidiactl", "/proc/driver/nvidia", "/dev/kfd", "/dev/dxg")
#: A chat model in this process, by its weights.
_IN_PROCESS = re.compile(r"lm-eval:.*?\bpretrained=([^,]+)")


@dataclass(frozen=True)
class Setup:
    """A recipe, and what it names.

    device: cpu, cuda, …, never auto. dtype: of models that answer, never auto. seed_model, embedder, reranker: where
    they are. template: the retrieval prompt.
    """

    recipe: Recipe
    device: str
    dtype: str
    seed_model: str
    embedder: str | None
    template: str | None
    reranker: str | None = None

    @classmethod
    def of(cls, recipe: Recipe) -> Setup:
        """Find what the recipe names; files are located, nothing is loaded.

        Raises:
            InputError: an unknown method, or a model or file that is not there.
        """
        for name in recipe.methods:
            METHODS.find(recipe.method_of(name))
        retrieval, device = recipe.retrieval, resolve_device(recipe.hardware.device)
        return cls(
            recipe=recipe,
            device=device,
            dtype=resolve_dtype(recipe.hardware.dtype, device),
            seed_model=locate(recipe.seed_model.model),
            embedder=locate(retrieval.embedder) if retrieval else None,
            template=read_template(retrieval.prompt) if retrieval else None,
            reranker=locate(retrieval.reranker) if retrieval and retrieval.reranker else None,
        )

    @cached_property
    def seed_fingerprint(self) -> str:
        """The fingerprint of the seed model; of a served one its name is all that is known."""
        return self.seed_model if is_served(self.recipe.backend) else of_model(self.seed_model)

    @cached_property
    def hardware(self) -> dict[str, Any]:
        """What of the hardware changes results, for fingerprints."""
        return {**self.recipe.hardware.model_dump(), "device": self.device, "dtype": self.dtype}

    @property
    def weights_dtype(self) -> str:
        """Of weights that are trained: what the recipe says, float32 on auto."""
        return "float32" if self.recipe.hardware.dtype == "auto" else self.recipe.hardware.dtype

    @property
    def bf16(self) -> bool:
        """Whether training multiplies in bfloat16 where a method's settings do not say."""
        return self.dtype == "bfloat16"

    def warnings(self) -> list[str]:
        """One line for each number format that the recipe asks for and this processor only emulates.

        How much slower it is is measured, which takes about a second a format.
        """
        if self.device != "cpu":
            return []
        return [
            f"{', '.join(keys)}: this processor only emulates {dtype}, in which a matrix product takes "
            f"{emulation_factor(dtype):.0f} times as long as in float32; expected auto or float32"
            for dtype, keys in _formats(self.recipe).items()
            if not is_native(dtype, self.device)
        ]

    @cached_property
    def ranking(self) -> dict[str, Any]:
        """What the order of passages depends on besides the index."""
        retrieval = self.retrieval
        reranker = {"model": of_model(self.reranker), "passages": retrieval.rerank} if self.reranker else None
        return {"ranking": retrieval.ranking, "reranker": reranker}

    @property
    def retrieval(self) -> Retrieval:
        """The recipe's retrieval block.

        Raises:
            InputError: it has none.
        """
        if self.recipe.retrieval is None:
            raise InputError("recipe: no retrieval block; expected one with an embedder")
        return self.recipe.retrieval


def _formats(recipe: Recipe) -> dict[str, list[str]]:
    """The number formats that a recipe names, each with the keys that name it."""
    found: dict[str, list[str]] = {}
    named: dict[str, str | None] = {
        "hardware.dtype": recipe.hardware.dtype,
        "backend.arguments.dtype": recipe.backend.arguments.get("dtype"),
    }
    for method, training in recipe.methods.items():
        for setting, meaning in (("bf16", "bfloat16"), ("fp16", "float16")):
            named[f"methods.{method}.settings.{setting}"] = meaning if training.settings.get(setting) else None
    for key, dtype in named.items():
        if dtype in ("bfloat16", "float16"):
            found.setdefault(dtype, []).append(key)
    return found


def named_models(recipe: Recipe) -> list[str]:
    """The names of all models that a recipe asks to have on this machine or on the hub, for `ensure_models`."""
    named = [recipe.seed_model.model]
    for settings in (*(metric.settings for metric in recipe.metrics), *(judge.settings for judge in recipe.judges)):
        named += models_in(settings)
    if recipe.retrieval:
        named += [name for name in (recipe.retrieval.embedder, recipe.retrieval.reranker) if name]
    if recipe.safety and recipe.safety.judge:
        named.append(recipe.safety.judge)
    return [_weights(name) for name in named]


def models_in(settings: Any) -> Iterator[str]:
    """The models that a metric's or judge's settings name, those of a jury's members too."""
    if isinstance(settings, dict):
        if isinstance(settings.get("model"), str):
            yield _weights(settings["model"])
        settings = list(settings.values())
    if isinstance(settings, list):
        for one in settings:
            yield from models_in(one)


def _weights(name: str) -> str:
    return found[1] if (found := _IN_PROCESS.match(name)) else name


def resolve_device(device: str) -> str:
    """`auto` is cuda where a GPU can be used, else cpu; looked up without importing torch where none can be there."""
    if device != "auto":
        return device
    if not any(Path(driver).exists() for driver in _DRIVERS):
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
