"""ZIP files with Zstandard, in which inspect_ai compresses: in the standard library from Python 3.14 on (PEP 784)."""

from __future__ import annotations

import sys

if sys.version_info >= (3, 14):
    from zipfile import BadZipFile, ZipFile

    from compression.zstd import ZstdError
else:
    from backports.zstd import ZstdError
    from backports.zstd.zipfile import BadZipFile, ZipFile

__all__ = ["BadZipFile", "ZipFile", "ZstdError"]
