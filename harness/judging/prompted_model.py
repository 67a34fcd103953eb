"""What judges with a language model share: the chat model, its prompt, and retries of replies that do not parse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

from harness.judging.judge import Cost, Pairing
from valign.chat.base import Chat, Failure, Reply, Request
from valign.chat.open import open_chat
from valign.errors import InputError, unknown
from valign.fingerprint import of_model
from valign.models.locate import locate
from valign.templates import compiled, read_template

_PROMPTS = Path(__file__).with_name("prompts")
#: What a judge's prompt can show besides the question and the answers.
SHOWN = ("reference", "section")
#: Characters per token in English text, to estimate a cost.
_CHARACTERS_PER_TOKEN = 4.0
#: Characters of a reply that are kept as a verdict's reason.
_REASON_LENGTH = 300
Parsed = TypeVar("Parsed")


@dataclass(frozen=True)
class ParsedReply(Generic[Parsed]):
    """The result of a request: `value` is None where no reply could be parsed; `failed` says why there is no reply.

    text: the end of the last reply. cost: of the request and its retries.
    """

    value: Parsed | None
    text: str
    cost: Cost
    failed: str = ""


class PromptedModel:
    """A language model with a prompt template.

    model: `openai:MODEL@http://HOST:PORT/v1` or `lm-eval:hf,pretrained=…` (see `valign.chat`). prompt: a Jinja file in
    place of `shipped`. show: which of `SHOWN` the prompt contains. attempts: how many retries, each with `reminder`,
    a reply gets that cannot be parsed.
    """

    def __init__(
        self, model: str, shipped: str, needed: Sequence[str], prompt: str | None, show: Sequence[str],
        attempts: int, reminder: str, concurrency: int, cache: Path | None,
    ) -> None:  # fmt: skip
        """Check the settings; no model is loaded and no request is sent yet.

        Raises:
            InputError: `show` names something unknown, the template or the model's name is wrong, or `attempts` is
                negative.
        """
        for part in show:
            if part not in SHOWN:
                raise unknown("part to show a judge", part, SHOWN)
        if attempts < 0:
            raise InputError(f"judge: attempts is {attempts}; expected 0 or more")
        self.show, self.attempts, self.reminder = tuple(show), attempts, reminder
        file = Path(prompt) if prompt else _PROMPTS / shipped
        self.text = read_template(file, "judge prompt", ["prompt", *needed], SHOWN)
        self.model = model
        self.chat: Chat = open_chat(model, cache=cache, concurrency=concurrency)

    @cached_property
    def _template(self) -> Any:
        return compiled(self.text)

    def message(self, pairing: Pairing, **answers: str) -> tuple[tuple[str, str], ...]:
        """The rendered prompt for a pairing, as the messages of a chat.

        Raises:
            InputError: the prompt shows the section, and its text is not known.
        """
        if "section" in self.show and not pairing.section_text:
            raise InputError(
                f"the judge's prompt shows the section of item {pairing.item!r}, but its text is not available; "
                "remove 'section' from 'show'"
            )
        shown = {"reference": pairing.reference, "section": pairing.section_text}
        given = {part: text if part in self.show else "" for part, text in shown.items()}
        return (("user", self._template.render(prompt=pairing.prompt, **given, **answers)),)

    def query(self, requests: Sequence[Request], parse: Callable[[Reply], Parsed | None]) -> list[ParsedReply[Parsed]]:
        """Send requests and parse the replies; one result per request, in order.

        Where `parse` returns None the conversation continues with the reminder, `attempts` times at most.
        """
        results: list[ParsedReply[Parsed]] = [ParsedReply(None, "", Cost(), "not asked")] * len(requests)
        costs = [Cost()] * len(requests)
        waiting = dict(enumerate(requests))
        for attempt in range(self.attempts + 1):
            replies = self.chat.ask(list(waiting.values()))
            unparsed: dict[int, Request] = {}
            for (position, request), reply in zip(waiting.items(), replies, strict=True):
                if isinstance(reply, Failure):
                    results[position] = ParsedReply(None, "", costs[position], reply.reason)
                    continue
                costs[position] += Cost(1, reply.prompt_tokens, reply.completion_tokens)
                value = parse(reply)
                results[position] = ParsedReply(value, shortened(reply.text), costs[position])
                if value is None and attempt < self.attempts:
                    turns = (("assistant", reply.text or "…"), ("user", self.reminder))
                    unparsed[position] = replace(request, messages=request.messages + turns, attempt=attempt + 1)
            if not unparsed:
                break
            waiting = unparsed
        return results

    def inputs(self) -> Mapping[str, Any]:
        """What the replies depend on, for the fingerprint: the model's name and local weights, and the prompt."""
        return {
            "models": [self.chat.name],
            "weights": _weights(self.model),
            "prompt": self.text,
            "show": list(self.show),
            "attempts": self.attempts,
            "reminder": self.reminder,
        }

    def expected(self, requests: Sequence[Request]) -> Cost:
        """The cost where no request is retried; prompt tokens estimated from characters, completions at their limit."""
        tokens = sum(len(text) for request in requests for _, text in request.messages) / _CHARACTERS_PER_TOKEN
        return Cost(len(requests), round(tokens), sum(request.max_tokens for request in requests))


def shortened(text: str) -> str:
    """The end of a reply, where its verdict is, at most `_REASON_LENGTH` characters."""
    text = text.strip()
    return text if len(text) <= _REASON_LENGTH else "… " + text[-_REASON_LENGTH:]


def _weights(model: str) -> str | None:
    """The fingerprint of the weights of a model that runs in this process; None for a served one."""
    if not model.startswith("lm-eval:"):
        return None
    arguments = dict(part.partition("=")[::2] for part in model.split(",")[1:])
    return of_model(locate(arguments["pretrained"])) if "pretrained" in arguments else None
