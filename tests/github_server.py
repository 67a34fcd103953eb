"""A local HTTP server that stands for GitHub's API of a pull request's comments, with its pages and its refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

BOT = "github-actions[bot]"
TOKEN = "a-token"


@dataclass
class GitHub:
    """comments: of the pull request, in order. refuse: (status, message, headers) of every answer to a method.

    page: comments a page. requests: (method, path) of each.
    """

    comments: list[dict[str, Any]] = field(default_factory=list)
    refuse: dict[str, tuple[int, str, dict[str, str]]] = field(default_factory=dict)
    page: int = 100
    requests: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""
    elsewhere: str = ""

    def say(self, body: str, author: str = "someone") -> None:
        """Add a comment."""
        self.comments.append({"id": len(self.comments) + 1, "body": body, "user": {"login": author}})


class _Handler(BaseHTTPRequestHandler):
    github: GitHub

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def _answer(self, status: int, data: Any, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(data).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _serve(self) -> None:
        github, url = self.github, urlsplit(self.path)
        github.requests.append((self.command, self.path))
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
        if self.command in github.refuse:
            status, message, headers = github.refuse[self.command]
            return self._answer(status, {"message": message}, headers)
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return self._answer(401, {"message": "Bad credentials"})
        if self.command == "GET" and url.path == "/repos/acme/handbook/issues/12/comments":
            number = int(parse_qs(url.query).get("page", ["1"])[0])
            shown = github.comments[(number - 1) * github.page : number * github.page]
            further = number * github.page < len(github.comments)
            where = f"{github.elsewhere or github.address}{url.path}?per_page=100&page={number + 1}"
            return self._answer(200, shown, {"Link": f'<{where}>; rel="next"'} if further else None)
        if self.command == "POST" and url.path == "/repos/acme/handbook/issues/12/comments":
            github.say(body["body"], BOT)
            return self._answer(201, self._shown(github.comments[-1]))
        prefix = "/repos/acme/handbook/issues/comments/"
        if self.command == "PATCH" and url.path.startswith(prefix):
            comment = github.comments[int(url.path.removeprefix(prefix)) - 1]
            comment["body"] = body["body"]
            return self._answer(200, self._shown(comment))
        return self._answer(404, {"message": "Not Found"})

    @staticmethod
    def _shown(comment: dict[str, Any]) -> dict[str, Any]:
        return {**comment, "html_url": f"https://github.example/acme/handbook/pull/12#issuecomment-{comment['id']}"}

    do_GET = do_POST = do_PATCH = _serve  # noqa: N815


@contextmanager
def serving() -> Iterator[GitHub]:
    """GitHub, on a free port of this machine."""
    github = GitHub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"github": github}))
    github.address = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield github
    finally:
        server.shutdown()
        server.server_close()
