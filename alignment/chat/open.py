"""A chat model by its name."""

from __future__ import annotations

from pathlib import Path

from alignment.chat.base import Chat
from alignment.chat.budget import Budget
from alignment.chat.cache import ReplyCache
from alignment.chat.in_process import InProcess
from alignment.chat.served import Patience, Served
from tasks.errors import InputError

_FORMS = "openai:MODEL@http://HOST:PORT/v1 or lm-eval:hf,pretrained=FOLDER-OR-HUB-ID"


def open_chat(
    spec: str,
    *,
    cache: Path | None,
    concurrency: int = 16,
    budget: Budget | None = None,
    patience: Patience | None = None,
) -> Chat:
    """Open the chat model that `spec` names; no request is sent and no model is loaded yet.

    Args:
        spec: `openai:MODEL@URL` for an OpenAI-compatible server, `lm-eval:CLASS,ARGUMENTS` for a model in this process.
        cache: the file that keeps every reply, made where it is missing; None keeps nothing.
        concurrency: requests in flight, or answered together.
        budget: when to stop.
        patience: how long a server is waited for.

    Raises:
        InputError: the name has neither form, or what it names is not there.
    """
    if concurrency < 1:
        raise InputError(f"concurrency {concurrency}: at least 1 is wanted")
    kind, _, rest = spec.partition(":")
    if kind == "openai":
        model, at, url = rest.rpartition("@")
        if not at or not model or not url.startswith(("http://", "https://")):
            raise InputError(f"chat model {spec!r}: no address; wanted {_FORMS}")
        return Served(model, url, ReplyCache(cache), concurrency, budget, patience or Patience())
    if kind == "lm-eval":
        backend, _, arguments = rest.partition(",")
        return InProcess(backend, arguments, ReplyCache(cache), concurrency, budget)
    raise InputError(f"chat model {spec!r}: not known; wanted {_FORMS}")
