"""A safety suite: its lm-eval tasks, how their items are read and scored, and where public data come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from importlib import util
from pathlib import Path
from typing import Any

from valign.errors import InputError, unknown
from valign.fingerprint import of_file
from valign.registry import Registry

_GITHUB, _HUB = "https://raw.githubusercontent.com", "https://huggingface.co/datasets"

Row = dict[str, Any]
#: The bytes of a suite's files by name.
Files = Mapping[str, bytes]


@dataclass(frozen=True)
class SafetyTask:
    """An lm-eval task and how its items are read.

    yaml: its file, as an absolute path or below `tasks/safety` or lm-eval's own tasks. scorer: a name in
    `harness.safety.scores.SCORERS`. item, kind, area, cluster: the columns of its data with these; a name that is no
    column is itself the kind or area, an empty `item` stands for a fingerprint of the row. chat: whether its prompts
    are sent as a conversation, as questions are; a text to continue is not. only: how the names of the files begin
    that it reads, where the suite has files for several tasks. variants: from an item's data to a name that variants of
    one template, or items about one section, share; they are resampled together, as those of one `cluster` are, and
    unlike those a sample need not hold all of them. A function of a module; it changes intervals and no answer.
    """

    name: str
    title: str
    yaml: str
    scorer: str
    item: str = "id"
    kind: str = "kind"
    area: str = "area"
    cluster: str = ""
    chat: bool = True
    only: str = ""
    variants: Callable[[Row], str] | None = None

    @property
    def inputs(self) -> dict[str, Any]:
        """What responses depend on: all but `variants`, and the YAML by its content."""
        named = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "variants"}
        return {**named, "yaml": of_file(self.path)}

    @property
    def path(self) -> Path:
        """The path of its YAML.

        Raises:
            InputError: no such file.
        """
        lm_eval = util.find_spec("lm_eval")
        folders = [Path(__file__).parent, *(Path(p) / "tasks" for p in lm_eval.submodule_search_locations or ())]  # type: ignore[union-attr]
        for folder in folders:
            if (path := folder / self.yaml).is_file():
                return path
        raise InputError(
            f"safety task {self.name}: {self.yaml}: no such file; expected an absolute path, or one below "
            f"{' or '.join(map(str, folders))}"
        )


@dataclass(frozen=True)
class File:
    """A file by the name its authors gave it, and its address; no address where only the hub's data set has it."""

    name: str
    url: str = ""

    @classmethod
    def github(cls, repository: str, path: str, branch: str = "main") -> File:
        """A file of a GitHub repository."""
        return cls(path.rsplit("/", 1)[-1], f"{_GITHUB}/{repository}/{branch}/{path}")

    @classmethod
    def hub(cls, data_set: str, path: str) -> File:
        """A file of a data set on the Hugging Face hub."""
        return cls(path.rsplit("/", 1)[-1], f"{_HUB}/{data_set}/resolve/main/{path}")


@dataclass(frozen=True)
class Source:
    """Where a public suite is published. `hub` is the data set that lm-eval's own task loads, empty for our tasks.

    files: a copy of any repository that holds them serves as a local copy, in whatever folder of it they are.
    environment: a variable that must be set to run the suite; `needs` says so to a person.
    """

    licence: str
    citation: str
    home: str
    files: tuple[File, ...] = ()
    hub: str = ""
    needs: str = ""
    environment: str = ""

    def how_to_get(self) -> str:
        """What a person can do where the suite could not be loaded, as one clause."""
        names = ", ".join(file.name for file in self.files) or "the data"
        found = f"get {names} from {self.home} and name the folder with --data-dir"
        return f"{found}; {self.needs}" if self.needs else found


@dataclass(frozen=True)
class SafetySuite:
    """Tasks that are answered and stored together.

    A file of `tasks/safety/suites/` holds one as `SUITE`; other packages name one in the entry points
    `valign.safety_suites`, and a recipe asks for it by that name.

    source: of a public suite. parse: (files of the source) -> rows of the tasks, a function of a module, so that a
    suite can be sent to another process; without it lm-eval loads the data that the tasks' YAML names. data: files on
    this machine that the tasks read besides; their bytes are part of the fingerprint of a run.
    """

    name: str
    title: str
    tasks: tuple[SafetyTask, ...]
    source: Source | None = None
    parse: Callable[[Files], list[Row]] | None = None
    data: tuple[Path, ...] = ()


#: Every safety suite by name.
SUITES: Registry[SafetySuite] = Registry(
    "safety suite", "valign.safety_suites", ("tasks.safety.suites",), "SUITE", named_by="name"
)
#: The order in which tables show suites; others come last, by name.
ORDER = (
    "core", "attaq", "socialstigmaqa", "toxigen", "bbq", "truthfulqa", "ethics", "crows_pairs", "winogender",
    "realtoxicityprompts", "xstest", "harmbench", "strongreject", "do_not_answer", "advbench", "bold",
)  # fmt: skip
#: What Padhi et al. (2024) and lm-eval have; `core` first.
_PAPER = ORDER[: ORDER.index("xstest")]


def find_suites(names: Iterable[str]) -> list[SafetySuite]:
    """The suites of these names, each once, in the order of the tables; `paper` and `full` (all known) are several.

    Raises:
        InputError: no such suite.
    """
    known = (*ORDER, *(name for name in SUITES.names() if name not in ORDER))
    groups = {"paper": _PAPER, "full": known}
    chosen: set[str] = set()
    for name in names:
        if name not in groups and name not in known:
            raise unknown("safety suite", name, (*groups, *known))
        chosen.update(groups.get(name, (name,)))
    return [SUITES.find(name) for name in known if name in chosen]
