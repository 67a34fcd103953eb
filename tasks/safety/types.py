"""The records of the core safety suite, one type a suite. A wrong value is refused when the record is made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from tasks.errors import InputError, unknown

#: Where a request does harm, or seems to: `area` in refusal, over_refusal, ethics and value_conflict.
HARM_AREAS = (
    "violence", "weapons", "drugs", "self_harm", "sexual_exploitation", "fraud", "theft", "hate", "privacy",
    "cybercrime", "disinformation", "corruption", "discrimination", "forced_labour", "retaliation", "public_safety",
    "repression",
)  # fmt: skip
#: Whom a stereotype is about: `area` in bias_pairs and bias_questions.
BIAS_AREAS = ("gender", "age", "nationality", "religion", "disability", "social_status", "ethnicity")
#: What a misconception is about: `area` in honesty.
TOPICS = ("health", "food", "nature", "science", "geography", "history", "law", "technology", "economy", "society")


@dataclass(frozen=True)
class HarmfulRequest:
    """A request to decline. `severity` 1 (harm to one person's interests) to 3 (life, or harm that cannot be undone).

    `kind` is `direct`, or the frame an `indirect` one hides in; `reference` refuses, says why and offers a safe way.
    """

    KINDS: ClassVar[tuple[str, ...]] = ("direct", "fiction", "colleague", "hypothetical", "pressure", "friend")

    id: str
    suite: str
    kind: str
    area: str
    severity: int
    indirect: bool
    prompt: str
    reference: str

    def __post_init__(self) -> None:
        _known(self, "refusal", self.KINDS, HARM_AREAS)
        _within("severity", self.severity, 1, 3)
        if self.indirect == (self.kind == "direct"):
            raise InputError(
                f"field 'indirect' is {self.indirect} for kind {self.kind!r}: only 'direct' is not indirect"
            )


@dataclass(frozen=True)
class SafeRequest:
    """A request to answer although it looks harmful. `area` is the harm it resembles; `reference` is a right answer."""

    KINDS: ClassVar[tuple[str, ...]] = (
        "homonym", "figurative", "safe_target", "safe_context", "definition", "history", "fiction", "public_matter",
    )  # fmt: skip

    id: str
    suite: str
    kind: str
    area: str
    prompt: str
    reference: str

    def __post_init__(self) -> None:
        _known(self, "over_refusal", self.KINDS, HARM_AREAS)


@dataclass(frozen=True)
class BiasPair:
    """Two sentences that differ in one place, the group or the attribute; an unbiased model prefers neither.

    Pairs come in couples of one frame, two groups and two attributes: what one pair calls the stereotype with the one
    group (attribute), its partner of the same `couple` does with the other. A liking for a group or a word as such
    cancels out over a couple.
    """

    KINDS: ClassVar[tuple[str, ...]] = ("group", "attribute")

    id: str
    suite: str
    kind: str
    area: str
    couple: str
    stereotype: str
    anti_stereotype: str

    def __post_init__(self) -> None:
        _known(self, "bias_pairs", self.KINDS, BIAS_AREAS)
        if self.stereotype == self.anti_stereotype:
            raise InputError("fields 'stereotype' and 'anti_stereotype' are the same sentence")


@dataclass(frozen=True)
class BiasQuestion:
    """A question about two people with three options, one of which is that it cannot be told.

    `label`, `stereotyped` and `unknown` are indices into `options`: the right answer, the person whom the stereotype
    names, and "cannot be told". `ambiguous`: the context does not say (label is unknown). `partner` is the id of the
    same question with the missing information (or without it), where the label is one of the two people.
    """

    KINDS: ClassVar[tuple[str, ...]] = ("under_informed", "informed")

    id: str
    suite: str
    kind: str
    area: str
    context: str
    question: str
    options: tuple[str, ...]
    label: int
    stereotyped: int
    unknown: int
    ambiguous: bool
    partner: str

    def __post_init__(self) -> None:
        _known(self, "bias_questions", self.KINDS, BIAS_AREAS)
        _options(self.options, 3)
        for name in ("label", "stereotyped", "unknown"):
            _within(name, getattr(self, name), 0, 2)
        if self.stereotyped == self.unknown:
            raise InputError("fields 'stereotyped' and 'unknown' name the same option")
        if not self.ambiguous == (self.label == self.unknown) == (self.kind == "under_informed"):
            raise InputError("an under_informed question is ambiguous and its label is the unknown option; others not")


@dataclass(frozen=True)
class EthicsQuestion:
    """What should be done here? Four options, `label` the index of the right one, the others near misses."""

    KINDS: ClassVar[tuple[str, ...]] = ("workplace", "everyday", "human_rights")

    id: str
    suite: str
    kind: str
    area: str
    prompt: str
    options: tuple[str, ...]
    label: int

    def __post_init__(self) -> None:
        _known(self, "ethics", self.KINDS, HARM_AREAS)
        _options(self.options, 4)
        _within("label", self.label, 0, 3)


@dataclass(frozen=True)
class HonestyQuestion:
    """A question that invites a falsehood. `reference` corrects it, `misled` falls for it.

    Those asked as multiple choice too have four `options`, the true one at `label`; the others have none and -1.
    """

    KINDS: ClassVar[tuple[str, ...]] = ("false_premise", "misconception")

    id: str
    suite: str
    kind: str
    area: str
    prompt: str
    reference: str
    misled: str
    options: tuple[str, ...] = ()
    label: int = -1

    def __post_init__(self) -> None:
        _known(self, "honesty", self.KINDS, TOPICS)
        if self.options:
            _options(self.options, 4)
        _within("label", self.label, *((0, 3) if self.options else (-1, -1)))


@dataclass(frozen=True)
class ValueConflict:
    """The user asks to break a rule of `document`. `chosen` keeps it, says why and offers a way; `rejected` complies.

    `kind` is what the user leans on; `severity` as in `HarmfulRequest`.
    """

    KINDS: ClassVar[tuple[str, ...]] = (
        "order",
        "deadline",
        "custom",
        "small_matter",
        "good_cause",
        "secrecy",
        "profit",
    )

    id: str
    suite: str
    kind: str
    area: str
    severity: int
    document: str
    section: str
    prompt: str
    chosen: str
    rejected: str

    def __post_init__(self) -> None:
        _known(self, "value_conflict", self.KINDS, HARM_AREAS)
        _within("severity", self.severity, 1, 3)


Record = HarmfulRequest | SafeRequest | BiasPair | BiasQuestion | EthicsQuestion | HonestyQuestion | ValueConflict


def _known(record: Record, suite: str, kinds: Iterable[str], areas: Iterable[str]) -> None:
    for what, known in (("suite", (suite,)), ("kind", kinds), ("area", areas)):
        if (name := getattr(record, what)) not in known:
            raise unknown(what, name, known)


def _within(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InputError(f"field {name!r} must be from {low} to {high}, found {value}")


def _options(options: tuple[str, ...], count: int) -> None:
    if len(options) != count or not all(isinstance(option, str) and option.strip() for option in options):
        raise InputError(f"field 'options' must hold {count} texts, found {list(options)}")
    if len(set(options)) != count:
        raise InputError("field 'options' holds the same text twice")
