"""The chat completions protocol: a request as its body, what came back as a reply, a schema that more servers take."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from alignment.chat.base import Reply, Request

#: What a schema bounds lengths and numbers with; some hosted servers refuse a schema that does.
_BOUNDS = ("minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum")
#: How vLLM, SGLang, llama.cpp and hosted servers say that a prompt and the room for its answer exceed the context.
_TOO_LONG = re.compile(r"context[ _](?:length|size|window)|max_model_len|prompt is too long", re.IGNORECASE)
#: How the reason begins that is told of such a prompt.
BEYOND_CONTEXT = "prompt and answer exceed the context of"
_CONTEXT = re.compile(r"(?:context (?:length|size|window)|max_model_len)\D{0,20}(\d+)", re.IGNORECASE)


def payload(model: str, request: Request, schema: str | None) -> dict[str, Any]:
    """The body of a request that is to be answered in the shape of `schema`."""
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
        shape = {"name": "answer", "schema": json.loads(schema), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": shape}
    return body


@lru_cache(maxsize=256)
def plainer(schema: str) -> tuple[str, str, None]:
    """A schema, the same without bounds, and none: what to send in turn to a server that refuses the one before."""
    whole = json.loads(schema)
    unbounded = _unbounded(whole)
    return schema, schema if unbounded == whole else json.dumps(unbounded, separators=(",", ":")), None


def _unbounded(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _unbounded(value) for key, value in part.items() if key not in _BOUNDS}
    return part


def reply(body: bytes) -> Reply | None:
    """What a server answered, or None where it is no chat completion."""
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
    """What a server's error says, in one short line."""
    try:
        found = json.loads(body)
        error = found.get("error", found)
        said = error.get("message", error) if isinstance(error, dict) else error
    except (ValueError, AttributeError):
        said = body.decode("utf-8", "replace")
    return " ".join(str(said).split())[:200] or "no reason given"


def exceeds_context(said: str) -> str | None:
    """The same reason for every prompt that is too long for the model, or None where an error says something else."""
    if not _TOO_LONG.search(said):
        return None
    found = _CONTEXT.search(said)
    return f"{BEYOND_CONTEXT} {found.group(1) + ' tokens' if found else 'the model'}"
