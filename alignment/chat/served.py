"""A chat model behind an OpenAI-compatible server: many requests in flight, retries, a cache and a budget.

It speaks HTTP through aiohttp. The `openai` client cost 1.35 ms of processor time a call where this costs 0.2 ms (see
benchmarks/chat_throughput.py): at 64 in flight and 50 ms a call it could not have kept up with the server.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alignment.chat.base import Answer, Asking, Failure, Heard, Reply, Request, Usage
from alignment.chat.budget import Budget, Purse
from alignment.chat.cache import ReplyCache
from alignment.chat.completions import exceeds_context, message, payload, plainer, reply
from tasks.errors import InputError

if TYPE_CHECKING:
    import aiohttp

#: Where a server's key is looked for; it is sent to the server and written nowhere.
KEYS = ("VALIGN_API_KEY", "OPENAI_API_KEY")
_REFUSED, _TRANSIENT, _NOT_UNDERSTOOD = (401, 403, 404), (408, 409, 425, 429), (400, 413, 422)
_CONNECT_S, _POLL_S = 10.0, 0.02
_NO_SERVER = "no connection"


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for: calls per request, seconds per call, and seconds between calls.

    The wait doubles from `first_wait_s` to `longest_wait_s`, less up to half of it by chance; `Retry-After` goes first.
    """

    calls: int = 6
    call_s: float = 120.0
    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0


@dataclass(frozen=True)
class _Fault:
    """A call that gave no reply; `wait_s` is what the server asked for."""

    reason: str
    transient: bool = True
    wait_s: float | None = None


#: The server did not understand a request with a schema: a plainer one, or the prompt alone, may have to do.
_UNSTRUCTURED = _Fault("no structured output", wait_s=0.0)


class Served(Asking):
    """A model of an OpenAI-compatible server (vLLM, Ollama, a hosted one)."""

    def __init__(
        self, model: str, url: str, cache: ReplyCache, concurrency: int, budget: Budget | None, patience: Patience
    ) -> None:
        """Name the model and the server's base address, as `http://127.0.0.1:8000/v1`; nothing is sent yet."""
        self.name, self.model, self.url = f"openai:{model}", model, url.rstrip("/")
        self.usage = Usage()
        self._cache, self._concurrency, self._patience = cache, concurrency, patience
        self._purse = Purse(budget, self.usage)
        self._rng = random.Random(0)
        self._reached, self._plainness, self._lost_in_a_row = False, 0, 0

    def each(self, requests: Iterable[Request], heard: Heard) -> None:
        """See `Chat`. At most `concurrency` requests are drawn ahead, so memory does not grow with their number.

        Raises:
            InputError: no server answers, or it refuses the key or does not know the model.
        """
        asyncio.run(self._each(iter(enumerate(requests)), heard))

    async def _each(self, requests: Iterator[tuple[int, Request]], heard: Heard) -> None:
        async with self._session() as session:

            async def work() -> None:
                for position, request in requests:
                    heard(position, await self._answer(session, request))

            workers = [asyncio.create_task(work()) for _ in range(self._concurrency)]
            try:
                await asyncio.gather(*workers)
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[aiohttp.ClientSession]:
        import aiohttp

        key = next((os.environ[name] for name in KEYS if os.environ.get(name)), "none")
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._concurrency),
            timeout=aiohttp.ClientTimeout(total=self._patience.call_s, sock_connect=_CONNECT_S),
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        ) as session:
            yield session

    async def _answer(self, session: aiohttp.ClientSession, request: Request) -> Answer:
        cached = self._cache.get(self.name, request.key)
        if cached is not None:
            self.usage.cached += 1
            return cached
        answer = await self._insist(session, request)
        if isinstance(answer, Reply):
            self._lost_in_a_row = 0
            self.usage.answered += 1
            self._cache.put(self.name, request.key, answer)
        else:
            self.usage.failed[answer.reason] += 1
        return answer

    async def _insist(self, session: aiohttp.ClientSession, request: Request) -> Answer:
        """Call until there is a reply or patience, the budget or the server's own patience is at an end."""
        made, fault, plainness = 0, _Fault(""), self._plainness
        schemas = plainer(request.schema) if request.schema else (None,) * 3
        while made < self._patience.calls:
            if self._lost_in_a_row >= max(8, 2 * self._concurrency):
                return Failure("the server stopped answering", made)
            if (bound := await self._short_of(request)) is not None:
                return Failure(f"budget of {bound} spent", made)
            self.usage.retries += made > 0
            outcome = await self._call(session, request, schemas[plainness])
            made += 1
            if isinstance(outcome, Reply):
                # It answers with a plainer schema or none, so it was the schema that it refused.
                self._plainness = max(self._plainness, plainness)
                return outcome
            fault = outcome
            if fault == _UNSTRUCTURED:
                plainness = next(n for n in (1, 2) if schemas[n] != schemas[plainness])
            if not fault.transient:
                return Failure(fault.reason, made)
            self.usage.retried[fault.reason] += 1
            if made < self._patience.calls:
                await asyncio.sleep(self._pause(made, fault))
        if fault.reason == _NO_SERVER and not self._reached:
            raise InputError(f"{self.url}: no server answers there; start it, or mend the address after the @")
        self._lost_in_a_row += 1
        return Failure(fault.reason, made)

    async def _short_of(self, request: Request) -> str | None:
        """The bound that is reached; while calls in flight may still put something back, wait for them."""
        while (bound := self._purse.short_of(request)) is not None:
            if bound == "requests" or not self._purse.in_flight:
                return bound
            await asyncio.sleep(_POLL_S)
        return None

    def _pause(self, made: int, fault: _Fault) -> float:
        patience = self._patience
        wait = min(patience.longest_wait_s, patience.first_wait_s * 2.0 ** (made - 1)) * self._rng.uniform(0.5, 1.0)
        return wait if fault.wait_s is None else min(max(fault.wait_s, wait), patience.longest_wait_s)

    async def _call(self, session: aiohttp.ClientSession, request: Request, schema: str | None) -> Reply | _Fault:
        """One call to the server, counted whatever comes of it."""
        self._purse.reserve(request)
        outcome: Reply | _Fault = _Fault("stopped")
        try:
            outcome = await self._post(session, request, schema)
        finally:
            used = (outcome.prompt_tokens, outcome.completion_tokens) if isinstance(outcome, Reply) else (0, 0)
            self._purse.settle(request, *used)
        return outcome

    async def _post(self, session: aiohttp.ClientSession, request: Request, schema: str | None) -> Reply | _Fault:
        import aiohttp

        body = json.dumps(payload(self.model, request, schema)).encode()
        try:
            async with session.post(f"{self.url}/chat/completions", data=body) as response:
                self._reached = True
                text = await response.read()
                if response.status == 200:
                    return reply(text) or _Fault("malformed answer")
                return self._refusal(response.status, text, response.headers.get("Retry-After"), schema is not None)
        except TimeoutError:
            return _Fault("time-out")
        except aiohttp.ClientPayloadError:
            return _Fault("half an answer")
        except aiohttp.ClientConnectorError:
            return _Fault(_NO_SERVER)
        except (aiohttp.ClientError, ConnectionError):
            self._reached = True
            return _Fault("dropped connection")

    def _refusal(self, status: int, text: bytes, retry_after: str | None, structured: bool) -> _Fault:
        if status in _REFUSED:
            raise InputError(f"{self.url}: the server refuses model {self.model!r} ({status}): {message(text)}")
        if status in _NOT_UNDERSTOOD:
            if (too_long := exceeds_context(message(text))) is not None:
                return _Fault(too_long, transient=False)
            if structured:
                return _UNSTRUCTURED
        if status in _TRANSIENT or status >= 500:
            digits = (retry_after or "").strip()
            return _Fault(f"http {status}", wait_s=float(digits) if digits.isdigit() else None)
        return _Fault(f"http {status}: {message(text)}", transient=False)
