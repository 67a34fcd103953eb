"""`python -m valign` is the command `valign`."""

from __future__ import annotations

from importlib import import_module

if __name__ == "__main__":
    import_module("harness.cli.app").main()
