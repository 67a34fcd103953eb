"""Opens a chat model by its name."""

from __future__ import annotations

from pathlib import Path

from valign.chat.base import Chat
from valign.chat.budget import Budget
from valign.chat.cache import ReplyCache
from valign.chat.in_process import InProcess
from valign.chat.served import RetryPolicy, Served
from valign.errors import InputError

_FORMS = "openai:MODEL@http://HOST:PORT/v1 or lm-eval:hf,pretrained=FOLDER-OR-HUB-ID"


def open_chat(
    spec: str,
    *,
    cache: Path | None,
    concurrency: int = 16,
    budget: Budget | None = None,
    retry_policy: RetryPolicy | None = None,
) -> Chat:
    """Open the chat model that `spec` names; no request is sent and no model is loaded yet.

    Args:
        spec: `openai:MODEL@URL` for an OpenAI-compatible server, `lm-eval:CLASS,ARGUMENTS` for a model in this process.
        cache: file for replies, created if missing; None for no cache.
        concurrency: requests in flight, or in one batch for a model in this process.
        budget: bounds on calls, tokens and money.
        retry_policy: calls per request and waits between them, for a server.

    Raises:
        InputError: the name has neither form, or names an unknown lm-eval class.
    """
    if concurrency < 1:
        raise InputError(f"concurrency {concurrency}: expected at least 1")
    kind, _, rest = spec.partition(":")
    if kind == "openai":
        model, at, url = rest.rpartition("@")
        if not at or not model or not url.startswith(("http://", "https://")):
            raise InputError(f"chat model {spec!r}: no address; expected {_FORMS}")
        return Served(model, url, ReplyCache(cache), concurrency, budget, retry_policy or RetryPolicy())
    if kind == "lm-eval":
        backend, _, arguments = rest.partition(",")
        return InProcess(backend, arguments, ReplyCache(cache), concurrency, budget)
    raise InputError(f"chat model {spec!r}: not known; expected {_FORMS}")
