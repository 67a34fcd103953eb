"""The records of the core safety suite, one type for each file. A wrong value is an error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from valign.errors import InputError, unknown

#: The kind of harm that a request does or seems to do: `area` in refusal, over_refusal, ethics and value_conflict.
HARM_AREAS = (
    "violence", "weapons", "drugs", "self_harm", "sexual_exploitation", "fraud", "theft", "hate", "privacy",
    "cybercrime", "disinformation", "corruption", "discrimination", "forced_labour", "retaliation", "public_safety",
    "repression",
)  # fmt: skip
#: The kind of group that a stereotype is about: `area` in bias_pairs and bias_questions.
BIAS_AREAS = ("gender", "age", "nationality", "religion", "disability", "social_status", "ethnicity")
#: The topic of a misconception: `area` in honesty.
TOPICS = ("health", "food", "nature", "science", "geography", "history", "law", "technology", "economy", "society")


@dataclass(frozen=True)
class Record:
    """The fields of every record: its id, its file, the kind of item and its topic."""

    SUITE: ClassVar[str]
    KINDS: ClassVar[tuple[str, ...]]
    AREAS: ClassVar[tuple[str, ...]] = HARM_AREAS

    id: str
    suite: str
    kind: str
    area: str

    def __post_init__(self) -> None:
        for what, known in (("suite", (self.SUITE,)), ("kind", self.KINDS), ("area", self.AREAS)):
            if (name := getattr(self, what)) not in known:
                raise unknown(what, name, known)


@dataclass(frozen=True)
class HarmfulRequest(Record):
    """A request to decline. `severity` 1 (harm to one person's interests) to 3 (life, or harm that cannot be undone).

    `kind` is `direct`, or the frame of an `indirect` one; `reference` refuses, says why and offers a safe alternative.
    """

    SUITE: ClassVar[str] = "refusal"
    KINDS: ClassVar[tuple[str, ...]] = ("direct", "fiction", "colleague", "hypothetical", "pressure", "friend")

    severity: int
    indirect: bool
    prompt: str
    reference: str

    def __post_init__(self) -> None:
        super().__post_init__()
        _within("severity", self.severity, 1, 3)
        if self.indirect == (self.kind == "direct"):
            raise InputError(
                f"field 'indirect' is {self.indirect} for kind {self.kind!r}: only 'direct' is not indirect"
            )


@dataclass(frozen=True)
class SafeRequest(Record):
    """A request to answer although it looks harmful. `area` is the harm it resembles; `reference` is a right answer."""

    SUITE: ClassVar[str] = "over_refusal"
    KINDS: ClassVar[tuple[str, ...]] = (
        "homonym", "figurative", "safe_target", "safe_context", "definition", "history", "fiction", "public_matter",
    )  # fmt: skip

    prompt: str
    reference: str


@dataclass(frozen=True)
class BiasPair(Record):
    """Two sentences that differ in one place, the group or the attribute; an unbiased model prefers neither.

    Pairs come in couples of one frame, two groups and two attributes: what one pair calls the stereotype with the one
    group (attribute), its partner of the same `couple` does with the other. A preference for a group or a word as
    such cancels out over a couple.
    """

    SUITE: ClassVar[str] = "bias_pairs"
    KINDS: ClassVar[tuple[str, ...]] = ("group", "attribute")
    AREAS: ClassVar[tuple[str, ...]] = BIAS_AREAS

    couple: str
    stereotype: str
    anti_stereotype: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.stereotype == self.anti_stereotype:
            raise InputError("fields 'stereotype' and 'anti_stereotype' are the same sentence")


@dataclass(frozen=True)
class BiasQuestion(Record):
    """A question about two people with three options, one of which is "cannot be determined".

    `label`, `stereotyped` and `unknown` are indices into `options`: the right answer, the person whom the stereotype
    names, and "cannot be determined". `ambiguous`: the context does not answer it (label is unknown). `partner` is the
    id of the same question with the missing information (or without it), where the label is one of the two people.
    """

    SUITE: ClassVar[str] = "bias_questions"
    KINDS: ClassVar[tuple[str, ...]] = ("under_informed", "informed")
    AREAS: ClassVar[tuple[str, ...]] = BIAS_AREAS

    context: str
    question: str
    options: tuple[str, ...]
    label: int
    stereotyped: int
    unknown: int
    ambiguous: bool
    partner: str

    def __post_init__(self) -> None:
        super().__post_init__()
        _options(self.options, 3)
        for name in ("label", "stereotyped", "unknown"):
            _within(name, getattr(self, name), 0, 2)
        if self.stereotyped == self.unknown:
            raise InputError("fields 'stereotyped' and 'unknown' name the same option")
        if not self.ambiguous == (self.label == self.unknown) == (self.kind == "under_informed"):
            raise InputError("an under_informed question is ambiguous and its label is the unknown option; others not")


@dataclass(frozen=True)
class EthicsQuestion(Record):
    """What should be done here? Four options, `label` the index of the right one, the others near misses."""

    SUITE: ClassVar[str] = "ethics"
    KINDS: ClassVar[tuple[str, ...]] = ("workplace", "everyday", "human_rights")

    prompt: str
    options: tuple[str, ...]
    label: int

    def __post_init__(self) -> None:
        super().__post_init__()
        _options(self.options, 4)
        _within("label", self.label, 0, 3)


@dataclass(frozen=True)
class HonestyQuestion(Record):
    """A question that invites a falsehood. `reference` corrects it, `misled` falls for it.

    Those that are also multiple choice have four `options`, the true one at `label`; the others have none and -1.
    """

    SUITE: ClassVar[str] = "honesty"
    KINDS: ClassVar[tuple[str, ...]] = ("false_premise", "misconception")
    AREAS: ClassVar[tuple[str, ...]] = TOPICS

    prompt: str
    reference: str
    misled: str
    options: tuple[str, ...] = ()
    label: int = -1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.options:
            _options(self.options, 4)
        _within("label", self.label, *((0, 3) if self.options else (-1, -1)))


@dataclass(frozen=True)
class ValueConflict(Record):
    """The user asks for something that a rule of `document` decides about.

    Records come in twos, of one `contrast`: two prompts that differ in the fact that decides, and the same two answers.
    Where the request is `harmful` it breaks the rule, and `chosen` declines, says why and offers a way; in its twin the
    rule allows the request, and `chosen` does what is asked. `kind` is how the user argues; `severity` as in
    `HarmfulRequest`, in the twin that of the harm which it resembles.
    """

    SUITE: ClassVar[str] = "value_conflict"
    KINDS: ClassVar[tuple[str, ...]] = (
        "order",
        "deadline",
        "custom",
        "small_matter",
        "good_cause",
        "secrecy",
        "profit",
    )

    severity: int
    document: str
    section: str
    contrast: str
    harmful: bool
    prompt: str
    chosen: str
    rejected: str

    def __post_init__(self) -> None:
        super().__post_init__()
        _within("severity", self.severity, 1, 3)


def _within(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InputError(f"field {name!r} must be from {low} to {high}, found {value}")


def _options(options: tuple[str, ...], count: int) -> None:
    if len(options) != count or not all(isinstance(option, str) and option.strip() for option in options):
        raise InputError(f"field 'options' must hold {count} texts, found {list(options)}")
    if len(set(options)) != count:
        raise InputError("field 'options' holds the same text twice")
