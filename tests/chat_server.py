"""A local OpenAI-compatible server that answers, or fails, as a test says."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True)
class Act:
    """What the server does with one call: answers `text`, or fails in the way that `fault` names.

    Faults: "drop" closes the connection, "hang" never answers, "half" breaks the body off, "malformed" is no JSON.
    """

    text: str = ""
    status: int = 200
    delay_s: float = 0.0
    fault: str = ""
    finish_reason: str = "stop"
    headers: tuple[tuple[str, str], ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


Behaviour = Callable[[Body, int], Act]


def completion(body: Body, act: Act) -> bytes:
    """The body of a chat completion."""
    prompt = sum(len(turn["content"].split()) for turn in body["messages"])
    choice = {"index": 0, "message": {"role": "assistant", "content": act.text}, "finish_reason": act.finish_reason}
    used = {"prompt_tokens": prompt, "completion_tokens": len(act.text.split())}
    answer = {"id": "a", "object": "chat.completion", "model": body["model"], "usage": used}
    return json.dumps({**answer, "choices": [{**choice, **act.extra}]}).encode()


class _Connection(asyncio.Protocol):
    """One client's connection: one call at a time, kept alive between calls."""

    def __init__(self, server: ChatServer) -> None:
        self.server, self.received = server, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, blank, rest = self.received.partition(b"\r\n\r\n")
        if not blank:
            return
        length = next(int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length"))
        if len(rest) >= length:
            self.received = rest[length:]
            body = json.loads(rest[:length])
            act = self.server.begin(body)
            asyncio.get_running_loop().call_later(act.delay_s, self._answer, body, act)

    def _answer(self, body: Body, act: Act) -> None:
        self.server.end()
        if self.transport.is_closing() or act.fault == "hang":
            return
        if act.fault == "drop":
            self.transport.abort()
            return
        text = completion(body, act) if act.status == 200 else json.dumps({"error": {"message": act.text}}).encode()
        if act.fault == "malformed":
            text = text[:-9] + b"<html>"
        headers = b"".join(f"{name}: {value}\r\n".encode() for name, value in act.headers)
        head = b"HTTP/1.1 %d Said\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" % (act.status, len(text))
        self.transport.write(head + headers + b"\r\n" + (text[: len(text) // 2] if act.fault == "half" else text))
        if act.fault == "half":
            self.transport.close()


class ChatServer:
    """Serves in a thread while the context lasts: `url`, every `bodies` received, the `most` calls in flight."""

    def __init__(self, behave: Behaviour, port: int = 0) -> None:
        self.behave, self.port = behave, port
        self.bodies: list[Body] = []
        self.most, self._in_flight = 0, 0
        self.keep = True
        self._loop = asyncio.new_event_loop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def begin(self, body: Body) -> Act:
        self._in_flight += 1
        self.most = max(self.most, self._in_flight)
        if self.keep:
            self.bodies.append(body)
        return self.behave(body, len(self.bodies))

    def end(self) -> None:
        self._in_flight -= 1

    def start(self) -> None:
        """Listen; the port is known from here."""
        server = self._loop.create_server(lambda: _Connection(self), "127.0.0.1", self.port, backlog=1024)
        self.port = self._loop.run_until_complete(server).sockets[0].getsockname()[1]

    def run(self) -> None:
        """Serve until stopped."""
        self._loop.run_forever()

    def __enter__(self) -> ChatServer:
        self.start()
        self._thread = threading.Thread(target=self.run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
