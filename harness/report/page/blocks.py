"""Blocks of data inside the page: compressed each for itself, so that the page opens before it has read them all."""

from __future__ import annotations

import base64
import gzip
import json
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

#: zlib's default: a higher level saves 2% of the size and doubles the time.
_LEVEL = 6


@dataclass
class Blocks:
    """Named blocks in the order in which they were added; each is gzip in base64."""

    encoded: dict[str, str] = field(default_factory=dict)

    def add_json(self, name: str, data: Any) -> str:
        """Add JSON-ready data, in which NaN is an error (see `number`); returns the name."""
        return self._add(name, json.dumps(data, separators=(",", ":"), allow_nan=False).encode("ascii"))

    def add_floats(self, name: str, values: np.ndarray) -> str:
        """Add numbers as little-endian float32, the last axis fastest; returns the name."""
        return self._add(name, np.ascontiguousarray(values, dtype="<f4").tobytes())

    def add_bytes(self, name: str, values: np.ndarray) -> str:
        """Add numbers of 0 to 255, the last axis fastest; returns the name."""
        return self._add(name, np.ascontiguousarray(values, dtype=np.uint8).tobytes())

    def _add(self, name: str, content: bytes) -> str:
        if name in self.encoded:
            raise ValueError(f"block {name!r} was added already")
        self.encoded[name] = base64.b64encode(gzip.compress(content, _LEVEL, mtime=0)).decode("ascii")
        return name


def number(value: float) -> float | None:
    """A figure for JSON: six significant digits, NaN as null."""
    return None if math.isnan(value) else float(f"{value:.6g}")
