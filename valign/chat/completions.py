"""The chat completions protocol: request bodies, replies, error messages, and simpler schemas for strict servers."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from valign.chat.base import Reply, Request

#: Schema keywords that bound lengths and numbers; some hosted servers refuse them.
_BOUNDS = ("minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum")
#: Error messages of vLLM, SGLang, llama.cpp and hosted servers for a prompt and answer that exceed the context.
_TOO_LONG = re.compile(r"context[ _](?:length|size|window)|max_model_len|prompt is too long", re.IGNORECASE)
#: The beginning of a `Failure.reason` for such a request.
BEYOND_CONTEXT = "prompt and answer exceed the context of"
_CONTEXT = re.compile(r"(?:context (?:length|size|window)|max_model_len)\D{0,20}(\d+)", re.IGNORECASE)


def payload(model: str, request: Request, schema: str | None) -> dict[str, Any]:
    """The body of a request; the answer must match `schema` if it is given."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": role, "content": content} for role, content in request.messages],
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed + request.attempt,
    }
    if request.top_logprobs:
        body |= {"logprobs": True, "top_logprobs": request.top_logprobs}
    if schema is not None:
        answer_format = {"name": "answer", "schema": json.loads(schema), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": answer_format}
    return body


@lru_cache(maxsize=256)
def schema_fallbacks(schema: str) -> tuple[str, str, None]:
    """The schema, the schema without bounds, and None: what to try in turn on a server that refuses a schema."""
    whole = json.loads(schema)
    unbounded = _unbounded(whole)
    return schema, schema if unbounded == whole else json.dumps(unbounded, separators=(",", ":")), None


def _unbounded(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _unbounded(value) for key, value in part.items() if key not in _BOUNDS}
    return part


def reply(body: bytes) -> Reply | None:
    """The reply in a response body, or None if it is not a chat completion."""
    try:
        answer = json.loads(body)
        choice, usage = answer["choices"][0], answer.get("usage") or {}
        return Reply(
            text=choice["message"].get("content") or "",
            finish_reason=choice.get("finish_reason") or "",
            first_token=_first_token(choice),
            prompt_tokens=int(usage.get("prompt_tokens") or 0),
            completion_tokens=int(usage.get("completion_tokens") or 0),
        )
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return None


def _first_token(choice: dict[str, Any]) -> tuple[tuple[str, float], ...]:
    tokens = (choice.get("logprobs") or {}).get("content") or [{}]
    alternatives = [(str(a["token"]), float(a["logprob"])) for a in tokens[0].get("top_logprobs") or ()]
    return tuple(sorted(alternatives, key=lambda pair: -pair[1]))


def message(body: bytes) -> str:
    """The message of a server's error, on one line of at most 200 characters."""
    try:
        found = json.loads(body)
        error = found.get("error", found)
        text = error.get("message", error) if isinstance(error, dict) else error
    except (ValueError, AttributeError):
        text = body.decode("utf-8", "replace")
    return " ".join(str(text).split())[:200] or "no reason given"


def exceeds_context(error: str) -> str | None:
    """The `Failure.reason` for a request that exceeds the context, whatever the server; None for other errors."""
    if not _TOO_LONG.search(error):
        return None
    found = _CONTEXT.search(error)
    return f"{BEYOND_CONTEXT} {found.group(1) + ' tokens' if found else 'the model'}"
