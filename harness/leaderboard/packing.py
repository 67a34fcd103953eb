"""Per-item values as text inside an entry: float32, zlib, base64."""

from __future__ import annotations

import base64
import binascii
import zlib

import numpy as np
from numpy.typing import NDArray

from valign.errors import InputError

Array = NDArray[np.float64]


def rounded(values: Array) -> Array:
    """Values as an entry keeps them: to the precision of float32, seven digits; whole numbers to 2**24 exactly."""
    return values.astype(np.float32).astype(np.float64)


def pack(values: Array) -> str:
    """float (n, k) as base64 of the zlib-compressed little-endian float32, row by row; NaN stays NaN."""
    return base64.b64encode(zlib.compress(np.ascontiguousarray(values, dtype="<f4").tobytes(), 9)).decode("ascii")


def unpack(text: str, rows: int, width: int, where: str) -> Array:
    """The float64 (rows, width) of a text by `pack`; no more than that is ever unpacked. where: its name in errors.

    Raises:
        InputError: the text is not that of so many values, or a value is infinite.
    """
    expected = rows * width * 4
    try:
        reader = zlib.decompressobj()
        data = reader.decompress(base64.b64decode(text, validate=True), expected + 1)
    except (binascii.Error, ValueError, zlib.error):
        raise InputError(f"{where}: no packed values") from None
    if len(data) != expected or not reader.eof or reader.unused_data:
        raise InputError(f"{where}: expected {rows} × {width} values")
    values = np.frombuffer(data, dtype="<f4").reshape(rows, width).astype(np.float64)
    if np.isinf(values).any():
        raise InputError(f"{where}: holds an infinite value")
    return values
