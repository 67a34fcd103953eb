"""A stage: what it needs, what its fingerprint covers, how it is checked, estimated, made and read back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, TypeVar

from harness.stages.machine import Machine
from harness.stages.setup import Setup
from tasks.data.folder import DataFolder
from valign.errors import InputError
from valign.fingerprint import fingerprint
from valign.registry import Registry

Shared = TypeVar("Shared")
#: Writes an artefact's files into an empty folder.
Write = Callable[[Path], None]


class Artefact(Protocol):
    """What the store finds an artefact by: a stage, or a stage that a run's manifest remembers."""

    @property
    def kind(self) -> str:
        """The kind of stage, which is the folder that its artefacts lie in."""

    @property
    def name(self) -> str:
        """A readable name; it plays no part in the identity."""

    @property
    def id(self) -> str:
        """The fingerprint of all that it is made from."""


class NotRunError(InputError):
    """A stage cannot be made here, and the run goes on without it: a public safety suite that is out of reach."""


class Workspace(ABC):
    """What stages share in one process while they are made."""

    @abstractmethod
    def path(self, artefact: Artefact) -> Path:
        """The folder of an artefact that is there already."""

    @property
    @abstractmethod
    def replies(self) -> Path:
        """The file that keeps what language models replied to judges."""

    @abstractmethod
    def shared(self, slot: str, key: Hashable, build: Callable[[], Shared]) -> Shared:
        """The object in a slot, built where the slot is empty or holds that of another key, which is dropped first."""

    @abstractmethod
    def drop(self, slot: str) -> None:
        """Empty a slot, and give its memory back."""


@dataclass(frozen=True)
class Label:
    """How a stage is called.

    document: its document. name: readable, unique among the stages of its kind in a run. title: for people, as
    `sft: answer`. about: what of the run it is about, for the manifest, as `{"system": "sft"}`.
    """

    document: str
    name: str
    title: str
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Stage(ABC):
    """One artefact to make. Subclasses are frozen dataclasses, so that a stage can be sent to another process.

    A file of `harness/stages/` holds one class as `STAGE`; other packages name one in the entry points
    `valign.stages`, and a recipe asks for it under `stages:`.

    kind: names the stage and the folder of its artefacts. version: raised whenever the code makes another result from
    the same inputs; a test compares golden artefacts. in_figures: whether a report cannot do without its artefacts.
    """

    kind: ClassVar[str]
    version: ClassVar[int] = 1
    in_figures: ClassVar[bool] = False

    label: Label

    @classmethod
    @abstractmethod
    def plan(cls, planner: DocumentPlanner) -> Sequence[Stage]:
        """The stages of this kind that a document of the recipe needs; earlier ones by `planner.stages(kind)`."""

    @property
    def document(self) -> str:
        """See `Label`."""
        return self.label.document

    @property
    def name(self) -> str:
        """See `Label`."""
        return self.label.name

    @property
    def title(self) -> str:
        """See `Label`."""
        return self.label.title

    @property
    def about(self) -> Mapping[str, str]:
        """See `Label`."""
        return self.label.about

    @property
    def needs(self) -> tuple[Artefact, ...]:
        """The artefacts that it reads."""
        return ()

    @property
    def batch(self) -> Hashable:
        """A key that stages share which are cheaper made together; None makes a stage alone."""
        return None

    @abstractmethod
    def inputs(self) -> dict[str, Any]:
        """All that its result depends on, as JSON has it; kind and version are added."""

    def check(self) -> None:  # noqa: B027 - many stages have nothing to check
        """Find what is wrong before anything of the run starts.

        Raises:
            InputError: something the stage needs is missing or wrong.
        """

    def seconds(self, machine: Machine) -> float:
        """Estimated seconds on this machine."""
        return 0.5

    @classmethod
    @abstractmethod
    def make(cls, stages: Sequence[Self], work: Workspace) -> Iterator[tuple[Self, Write]]:
        """Make stages of one batch: yields each, in order, with what writes its artefact.

        Raises:
            InputError: a stage failed; those yielded before it are kept.
            NotRunError: the next stage cannot be made here.
        """

    @classmethod
    def read(cls, folder: Path) -> Any:
        """Read an artefact back."""
        raise NotImplementedError(f"artefacts of kind {cls.kind} are not read back")

    @cached_property
    def id(self) -> str:
        """The fingerprint of the record: kind, version, inputs, and the package of a kind that is not ours."""
        return fingerprint(self.record)

    @cached_property
    def record(self) -> dict[str, Any]:
        """What the artefact says of itself, but for its name and the time that it took."""
        package = STAGES.version(self.kind)
        return {"kind": self.kind, "version": self.version, "inputs": self.inputs()} | (
            {"package": package} if package else {}
        )


#: Every kind of stage.
STAGES: Registry[type[Stage]] = Registry(
    "stage",
    "valign.stages",
    ("harness.stages",),
    "STAGE",
    besides=("base", "machine", "setup", "system"),
    named_by="kind",
)
#: The order of a plan; kinds from other packages come last.
ORDER = (
    "checkpoint", "index", "retrieval", "answers", "copies", "likelihoods", "responses", "scores", "verdicts", "labels",
)  # fmt: skip


class DocumentPlanner:
    """Plans the stages of one document; each kind is planned once, when it is first asked for."""

    def __init__(self, setup: Setup, folder: DataFolder) -> None:
        self.setup, self.folder = setup, folder
        self._planned: dict[str, tuple[Stage, ...]] = {}

    def stages(self, kind: str) -> tuple[Any, ...]:
        """The document's stages of a kind.

        Raises:
            InputError: no such kind, or a stage cannot be planned.
        """
        if kind not in self._planned:
            self._planned[kind] = tuple(STAGES.find(kind).plan(self))
        return self._planned[kind]

    def all_stages(self) -> tuple[Stage, ...]:
        """Every stage, what a stage needs before the stage."""
        return tuple(
            stage for kind in dict.fromkeys((*ORDER, *self.setup.recipe.stages)) for stage in self.stages(kind)
        )
