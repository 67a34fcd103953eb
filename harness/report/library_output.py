"""What libraries print while a run goes on (bars, warnings, logs) goes to the run's log file."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import wraps
from pathlib import Path
from typing import Any, TextIO

Callback = Callable[..., Any]


@contextmanager
def to_log(path: Path) -> Iterator[Callable[[Callback], Callback]]:
    """Send what is printed and what libraries' loggers say to a file, until the block ends.

    Yields a decorator for callbacks, which print where they would without the block. The root logger is its owner's and
    stays as it is.
    """
    outer = sys.stdout, sys.stderr

    def outside(callback: Callback) -> Callback:
        @wraps(callback)
        def called(*args: Any, **named: Any) -> Any:
            with redirect_stdout(outer[0]), redirect_stderr(outer[1]):
                return callback(*args, **named)

        return called

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", errors="backslashreplace", buffering=1) as log:
        _redirect_loggers(outer, log)
        try:
            with redirect_stdout(log), redirect_stderr(log):
                yield outside
        finally:
            _redirect_loggers((log,), outer[1])


def _redirect_loggers(streams: Container[Any], target: TextIO) -> None:
    """Let every named logger's handlers that write to one of `streams`, taken when they were made, write elsewhere."""
    follows = type(logging.lastResort)  # writes to what sys.stderr is at the time
    for logger in logging.Logger.manager.loggerDict.values():
        for handler in getattr(logger, "handlers", ()):  # what stands for a logger yet to be made has none
            fixed = isinstance(handler, logging.StreamHandler) and not isinstance(handler, follows)
            if fixed and handler.stream in streams:
                handler.setStream(target)
