"""A hub for tests: it makes repositories and takes commits as huggingface.co does, and keeps what it was sent.

Every file is asked for inside the commit, as huggingface.co asks for small text files; large files' own protocols
(LFS, Xet) are huggingface_hub's and are not played here.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Hub:
    """What the server was asked."""

    def __init__(self, refuses: bool = False) -> None:
        self.refuses = refuses
        self.address = ""
        self.repos: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        self.tokens: set[str] = set()


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Serve a hub on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            hub.tokens.add(self.headers.get("Authorization", ""))
            if hub.refuses:
                return self._answer(401, {"error": "Invalid username or password."})
            if self.path == "/api/repos/create":
                asked = json.loads(body)
                hub.repos.append(asked)
                return self._answer(200, {"url": f"{hub.address}/{asked.get('organization')}/{asked['name']}"})
            if self.path == "/api/validate-yaml":
                return self._answer(200, {"errors": [], "warnings": []})
            if "/preupload/" in self.path:
                names = [one["path"] for one in json.loads(body)["files"]]
                files = [{"path": name, "uploadMode": "regular", "shouldIgnore": False} for name in names]
                return self._answer(200, {"files": files})
            for line in body.splitlines():
                sent = json.loads(line)
                if sent["key"] == "file":
                    hub.files[sent["value"]["path"]] = base64.b64decode(sent["value"]["content"])
            commit = f"{hub.address}/{self.path.split('/api/models/')[1].split('/commit/')[0]}/commit/{'0' * 40}"
            return self._answer(200, {"commitUrl": commit, "commitOid": "0" * 40})

        def _answer(self, status: int, data: dict[str, Any]) -> None:
            content = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
