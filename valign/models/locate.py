"""Where a model's weights are: a known name, a hub id, a folder, a GGUF file, a folder in an installed package."""

from __future__ import annotations

import shlex
from importlib import util
from pathlib import Path

from valign.errors import InputError
from valign.models import catalogue
from valign.models.catalogue import KNOWN, InPackage
from valign.models.fetch import wheel_folder
from valign.models.gguf import folder_of, is_gguf

#: The encoder that the package registry carries.
MINILM = catalogue.MINILM

_PREFIX = "package:"


def locate(name: str) -> str:
    """Resolve a model's name to what `from_pretrained` takes; nothing is downloaded or converted.

    A name of the catalogue and a `.gguf` file become their converted folder in the user's cache;
    `package:<import name>/<folder>` becomes the folder inside that installed package; a path that exists becomes
    absolute; anything else is passed on as a hub id. A name of the catalogue goes before a folder of the same name.

    Raises:
        InputError: the model is not fetched or converted yet, the package is not installed, the folder is not in it, or
            a name that can only be a path is none.
    """
    if name in KNOWN:
        source = KNOWN[name].source
        if isinstance(source, InPackage):
            return _in_package(source.location)
        return _converted(name, wheel_folder(name, source))
    if is_gguf(name):
        return _converted(name, folder_of(name))
    if name.startswith(_PREFIX):
        return _in_package(name)
    path = Path(name).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise InputError(f"model {name!r}: the folder holds no config.json; expected a folder with a saved model")
        return str(path.resolve())
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise InputError(f"model {name!r}: no such folder; give a folder, a hub id as owner/name, or {_PREFIX}…")
    return name


def check_model(located: str) -> None:
    """Check that a located model is on this machine or on the hub; of one on the hub the configuration is fetched.

    Raises:
        InputError: no such model, or the hub cannot be reached.
    """
    if is_local(located):
        return
    from transformers import AutoConfig

    try:
        AutoConfig.from_pretrained(located)
    except (OSError, ValueError) as error:
        raise InputError(f"model {located!r}: {str(error).splitlines()[0]}") from error


def _converted(name: str, folder: Path) -> str:
    if not folder.is_dir():
        raise InputError(f"model {name!r} is not on this machine; run: valign models fetch {shlex.quote(name)}")
    return str(folder)


def _in_package(name: str) -> str:
    package, _, folder = name.removeprefix(_PREFIX).partition("/")
    spec = util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise InputError(f"model {name!r}: the Python package {package!r} is not installed; pip install it")
    path = Path(spec.submodule_search_locations[0]) / folder
    if not (path / "config.json").is_file():
        raise InputError(f"model {name!r}: {path} holds no config.json")
    return str(path)


def is_local(located: str) -> bool:
    """Whether a located model is a folder on this machine."""
    return Path(located).is_dir()
