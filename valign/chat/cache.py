"""A cache of replies on disk, so that a restarted process repeats no answered call."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict
from pathlib import Path

from valign.chat.base import Reply
from valign.errors import InputError
from valign.escaping import in_json

_BUSY_S = 60.0


class ReplyCache:
    """Replies by model and request in one SQLite file that several processes can share; without a path, no cache.

    Each reply is committed at once. With a write-ahead log this takes about 30 µs and survives a killed process.
    """

    def __init__(self, path: Path | None) -> None:
        """Open the file, or create it.

        Raises:
            InputError: the file exists but is not a cache of replies.
        """
        self._database: sqlite3.Connection | None = None
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._database = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS replies (name TEXT, key TEXT, reply TEXT, PRIMARY KEY (name, key))"
            )
        except sqlite3.DatabaseError as error:
            raise InputError(f"{path}: not a cache of replies ({error}); move the file or give another path") from None

    def get(self, name: str, key: str) -> Reply | None:
        """The stored reply of a model to a request, or None."""
        if self._database is None:
            return None
        found = self._database.execute("SELECT reply FROM replies WHERE name = ? AND key = ?", (name, key)).fetchone()
        if found is None:
            return None
        row = json.loads(found[0])
        first = tuple((str(token), float(nats)) for token, nats in row.pop("first_token"))
        return Reply(first_token=first, **row)

    def put(self, name: str, key: str, reply: Reply) -> None:
        """Store a reply; an existing one is not replaced."""
        if self._database is not None:
            row = in_json(json.dumps(asdict(reply), ensure_ascii=False))
            self._database.execute("INSERT OR IGNORE INTO replies VALUES (?, ?, ?)", (name, key, row))
