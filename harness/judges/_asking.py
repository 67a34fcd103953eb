"""What judges that ask a language model have in common: the model, the prompt, and asking again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

from alignment.chat.base import Chat, Failure, Reply, Request
from alignment.chat.open import open_chat
from alignment.weights import locate
from harness.fingerprint import of_model
from harness.judges.base import Cost, Pairing
from tasks.errors import InputError, unknown
from tasks.template import compiled, read_template

_PROMPTS = Path(__file__).with_name("prompts")
#: What a judge can be shown beside the prompt and the answers.
SHOWN = ("reference", "section")
#: Characters that a token holds in English text, for the estimate of a cost.
_CHARACTERS = 4.0
_SAID = 300
Read = TypeVar("Read")


@dataclass(frozen=True)
class Asked(Generic[Read]):
    """What came of a question: `read` is None where no reply could be read; `failed` says why there is no reply."""

    read: Read | None
    text: str
    cost: Cost
    failed: str = ""


class Asking:
    """A language model, a prompt and what the prompt shows.

    model: `openai:MODEL@http://HOST:PORT/v1` or `lm-eval:hf,pretrained=…` (see `alignment.chat`). prompt: a Jinja file
    in place of `shipped`. show: which of `SHOWN` the prompt is given. attempts: how often a reply that cannot be read
    is followed by `reminder` before it counts as unparsed.
    """

    def __init__(
        self, model: str, shipped: str, needed: Sequence[str], prompt: str | None, show: Sequence[str],
        attempts: int, reminder: str, concurrency: int, cache: Path | None,
    ) -> None:  # fmt: skip
        """Check everything; no model is loaded and nothing is asked yet.

        Raises:
            InputError: something that can be shown has another name, a template or a model's name is wrong, or
                `attempts` is below 0.
        """
        for part in show:
            if part not in SHOWN:
                raise unknown("part to show a judge", part, SHOWN)
        if attempts < 0:
            raise InputError(f"judge: attempts is {attempts}; 0 or more is wanted")
        self.show, self.attempts, self.reminder = tuple(show), attempts, reminder
        file = Path(prompt) if prompt else _PROMPTS / shipped
        self.text = read_template(file, "judge prompt", ["prompt", *needed], SHOWN)
        self.model = model
        self.chat: Chat = open_chat(model, cache=cache, concurrency=concurrency)

    @cached_property
    def _template(self) -> Any:
        return compiled(self.text)

    def message(self, pairing: Pairing, **answers: str) -> tuple[tuple[str, str], ...]:
        """The conversation that asks about a pairing's prompt.

        Raises:
            InputError: the section is to be shown and its text is not known.
        """
        if "section" in self.show and not pairing.section_text:
            raise InputError(
                f"the judge wants the section of item {pairing.item!r}, whose text is not at hand; leave 'section' out "
                "of 'show'"
            )
        shown = {"reference": pairing.reference, "section": pairing.section_text}
        given = {part: text if part in self.show else "" for part, text in shown.items()}
        return (("user", self._template.render(prompt=pairing.prompt, **given, **answers)),)

    def ask(self, requests: Sequence[Request], read: Callable[[Reply], Read | None]) -> list[Asked[Read]]:
        """Ask, and ask again what could not be read; one answer a request, in order.

        Asking again goes on with the conversation: the model sees its reply and the reminder.
        """
        asked: list[Asked[Read]] = [Asked(None, "", Cost(), "not asked")] * len(requests)
        costs = [Cost()] * len(requests)
        waiting = dict(enumerate(requests))
        for attempt in range(self.attempts + 1):
            replies = self.chat.ask(list(waiting.values()))
            again: dict[int, Request] = {}
            for (position, request), reply in zip(waiting.items(), replies, strict=True):
                if isinstance(reply, Failure):
                    asked[position] = Asked(None, "", costs[position], reply.reason)
                    continue
                costs[position] += Cost(1, reply.prompt_tokens, reply.completion_tokens)
                found = read(reply)
                asked[position] = Asked(found, brief(reply.text), costs[position])
                if found is None and attempt < self.attempts:
                    turns = (("assistant", reply.text or "…"), ("user", self.reminder))
                    again[position] = replace(request, messages=request.messages + turns, attempt=attempt + 1)
            if not again:
                break
            waiting = again
        return asked

    def inputs(self) -> Mapping[str, Any]:
        """What the answers depend on: the model by its name and its bytes where they are here, and the prompt."""
        return {
            "models": [self.chat.name],
            "weights": _weights(self.model),
            "prompt": self.text,
            "show": list(self.show),
            "attempts": self.attempts,
            "reminder": self.reminder,
        }

    def expected(self, requests: Sequence[Request]) -> Cost:
        """What asking would cost if every reply can be read: calls, tokens by their characters, longest answers."""
        read = sum(len(content) for request in requests for _, content in request.messages) / _CHARACTERS
        return Cost(len(requests), round(read), sum(request.max_tokens for request in requests))


def brief(text: str) -> str:
    """The end of a reply, where its verdict is, short enough to keep beside every verdict."""
    text = text.strip()
    return text if len(text) <= _SAID else "… " + text[-_SAID:]


def _weights(model: str) -> str | None:
    """The fingerprint of the weights of a model in this process, None for one behind a server."""
    if not model.startswith("lm-eval:"):
        return None
    arguments = dict(part.partition("=")[::2] for part in model.split(",")[1:])
    return of_model(locate(arguments["pretrained"])) if "pretrained" in arguments else None
