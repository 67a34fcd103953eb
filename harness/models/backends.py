"""lm-eval's model classes: checking a recipe's backend and building a system's model."""

from __future__ import annotations

from importlib import util
from typing import Any

from harness.recipe.recipe import Backend
from valign.errors import InputError, unknown

#: lm-eval's classes for served models, which take a model's name and not its weights.
_SERVED = ("local-completions", "local-chat-completions", "openai-completions", "openai-chat-completions")


def is_served(backend: Backend) -> bool:
    """Whether the backend is a server's client, which takes a model's name and not its weights."""
    return backend.name in _SERVED


def check_backend(backend: Backend) -> None:
    """Check that lm-eval has the recipe's backend, and that what it needs is installed.

    Raises:
        InputError: the backend is unknown, or is vLLM, which is not installed.
    """
    import lm_eval.models

    if backend.name not in lm_eval.models.MODEL_MAPPING:
        raise unknown("backend", backend.name, lm_eval.models.MODEL_MAPPING)
    if backend.name.startswith("vllm") and util.find_spec("vllm") is None:
        raise InputError(
            f"backend {backend.name}: vLLM is not installed; on a machine with a GPU: pip install 'valign[vllm]'"
        )


def build_model(backend: Backend, model: str, device: str, dtype: str) -> Any:
    """An lm-eval model of the recipe's backend.

    Raises:
        InputError: the model cannot be loaded.
    """
    from lm_eval.api.registry import get_model

    if is_served(backend):
        arguments: dict[str, Any] = {"model": model, "batch_size": backend.batch_size}
    else:
        arguments = {"pretrained": model, "device": device, "dtype": dtype, "batch_size": backend.batch_size}
    try:
        return get_model(backend.name).create_from_arg_obj({**arguments, **backend.arguments})
    except OSError as error:
        raise InputError(f"model {model!r}: cannot be loaded: {str(error).splitlines()[0]}") from error
