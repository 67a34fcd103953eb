"""A client for OpenAI-compatible servers: concurrent requests, retries, a cache and a budget.

It uses aiohttp, not the `openai` client, which takes 1.35 ms of processor time for a call instead of 0.2 ms (see
benchmarks/chat_throughput.py) and so cannot keep 64 requests of 50 ms in flight.
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

from valign.chat.base import Answer, ChatBase, Failure, OnReply, Reply, Request, Usage
from valign.chat.budget import Budget, BudgetTracker
from valign.chat.cache import ReplyCache
from valign.chat.completions import exceeds_context, message, payload, reply, schema_fallbacks
from valign.errors import InputError

if TYPE_CHECKING:
    import aiohttp

#: Environment variables for the server's API key, which is only sent to the server.
KEYS = ("VALIGN_API_KEY", "OPENAI_API_KEY")
_REFUSED, _TRANSIENT, _NOT_UNDERSTOOD = (401, 403, 404), (408, 409, 425, 429), (400, 413, 422)
_CONNECT_S, _POLL_S = 10.0, 0.02
_NO_SERVER = "no connection"


@dataclass(frozen=True)
class RetryPolicy:
    """Most calls for a request, the time-out of a call, and the waits between calls in seconds.

    Waits double from `first_wait_s` to `longest_wait_s`, minus a random part of up to half; `Retry-After` takes
    precedence.
    """

    calls: int = 6
    call_s: float = 120.0
    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0


@dataclass(frozen=True)
class _FailedCall:
    """A call without a reply; `wait_s` is the wait that the server asked for."""

    reason: str
    transient: bool = True
    wait_s: float | None = None


#: The server refused a request with a schema; it may accept a simpler schema or none.
_UNSTRUCTURED = _FailedCall("no structured output", wait_s=0.0)


class Served(ChatBase):
    """A model of an OpenAI-compatible server (vLLM, Ollama, a hosted one)."""

    def __init__(
        self, model: str, url: str, cache: ReplyCache, concurrency: int, budget: Budget | None, policy: RetryPolicy
    ) -> None:
        """Name the model and the server's base address, as `http://127.0.0.1:8000/v1`; nothing is sent yet."""
        self.name, self.model, self.url = f"openai:{model}", model, url.rstrip("/")
        self.usage = Usage()
        self._cache, self._concurrency, self._policy = cache, concurrency, policy
        self._tracker = BudgetTracker(budget, self.usage)
        self._rng = random.Random(0)
        self._reached, self._schema_level, self._consecutive_failures = False, 0, 0

    def stream(self, requests: Iterable[Request], on_reply: OnReply) -> None:
        """See `Chat`. At most `concurrency` requests are read ahead, so memory use does not grow with their number.

        Raises:
            InputError: no server answers, or it refuses the key or does not know the model.
        """
        asyncio.run(self._stream(iter(enumerate(requests)), on_reply))

    async def _stream(self, requests: Iterator[tuple[int, Request]], on_reply: OnReply) -> None:
        async with self._session() as session:

            async def work() -> None:
                for position, request in requests:
                    on_reply(position, await self._answer(session, request))

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
            timeout=aiohttp.ClientTimeout(total=self._policy.call_s, sock_connect=_CONNECT_S),
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        ) as session:
            yield session

    async def _answer(self, session: aiohttp.ClientSession, request: Request) -> Answer:
        cached = self._cache.get(self.name, request.key)
        if cached is not None:
            self.usage.cached += 1
            return cached
        answer = await self._answer_with_retries(session, request)
        if isinstance(answer, Reply):
            self._consecutive_failures = 0
            self.usage.answered += 1
            self._cache.put(self.name, request.key, answer)
        else:
            self.usage.failed[answer.reason] += 1
        return answer

    async def _answer_with_retries(self, session: aiohttp.ClientSession, request: Request) -> Answer:
        """Call until there is a reply, or until retries, the budget or the server end it."""
        calls, failed, level = 0, _FailedCall(""), self._schema_level
        schemas = schema_fallbacks(request.schema) if request.schema else (None,) * 3
        while calls < self._policy.calls:
            if self._consecutive_failures >= max(8, 2 * self._concurrency):
                return Failure("the server stopped answering", calls)
            if (bound := await self._exceeded_bound(request)) is not None:
                return Failure(f"budget of {bound} spent", calls)
            self.usage.retries += calls > 0
            outcome = await self._call(session, request, schemas[level])
            calls += 1
            if isinstance(outcome, Reply):
                # The server answers with a simpler schema or none, so later requests begin with that.
                self._schema_level = max(self._schema_level, level)
                return outcome
            failed = outcome
            if failed == _UNSTRUCTURED:
                level = next(n for n in (1, 2) if schemas[n] != schemas[level])
            if not failed.transient:
                return Failure(failed.reason, calls)
            self.usage.retried[failed.reason] += 1
            if calls < self._policy.calls:
                await asyncio.sleep(self._wait_s(calls, failed))
        if failed.reason == _NO_SERVER and not self._reached:
            raise InputError(f"{self.url}: no server answers there; start it, or correct the address after the @")
        self._consecutive_failures += 1
        return Failure(failed.reason, calls)

    async def _exceeded_bound(self, request: Request) -> str | None:
        """The bound that is exceeded; waits for calls in flight, which may release reserved cost."""
        while (bound := self._tracker.exceeded_bound(request)) is not None:
            if bound == "requests" or not self._tracker.in_flight:
                return bound
            await asyncio.sleep(_POLL_S)
        return None

    def _wait_s(self, calls: int, failed: _FailedCall) -> float:
        policy = self._policy
        wait = min(policy.longest_wait_s, policy.first_wait_s * 2.0 ** (calls - 1)) * self._rng.uniform(0.5, 1.0)
        return wait if failed.wait_s is None else min(max(failed.wait_s, wait), policy.longest_wait_s)

    async def _call(self, session: aiohttp.ClientSession, request: Request, schema: str | None) -> Reply | _FailedCall:
        """Make one call; it is counted even if it fails or is cancelled."""
        self._tracker.reserve(request)
        outcome: Reply | _FailedCall = _FailedCall("stopped")
        try:
            outcome = await self._post(session, request, schema)
        finally:
            used = (outcome.prompt_tokens, outcome.completion_tokens) if isinstance(outcome, Reply) else (0, 0)
            self._tracker.settle(request, *used)
        return outcome

    async def _post(self, session: aiohttp.ClientSession, request: Request, schema: str | None) -> Reply | _FailedCall:
        import aiohttp

        body = json.dumps(payload(self.model, request, schema)).encode()
        try:
            async with session.post(f"{self.url}/chat/completions", data=body) as response:
                self._reached = True
                text = await response.read()
                if response.status == 200:
                    return reply(text) or _FailedCall("malformed answer")
                return self._refusal(response.status, text, response.headers.get("Retry-After"), schema is not None)
        except TimeoutError:
            return _FailedCall("time-out")
        except aiohttp.ClientPayloadError:
            return _FailedCall("half an answer")
        except aiohttp.ClientConnectorError:
            return _FailedCall(_NO_SERVER)
        except (aiohttp.ClientError, ConnectionError):
            self._reached = True
            return _FailedCall("dropped connection")

    def _refusal(self, status: int, text: bytes, retry_after: str | None, structured: bool) -> _FailedCall:
        if status in _REFUSED:
            raise InputError(f"{self.url}: the server refuses model {self.model!r} ({status}): {message(text)}")
        if status in _NOT_UNDERSTOOD:
            if (too_long := exceeds_context(message(text))) is not None:
                return _FailedCall(too_long, transient=False)
            if structured:
                return _UNSTRUCTURED
        if status in _TRANSIENT or status >= 500:
            digits = (retry_after or "").strip()
            return _FailedCall(f"http {status}", wait_s=float(digits) if digits.isdigit() else None)
        return _FailedCall(f"http {status}: {message(text)}", transient=False)
