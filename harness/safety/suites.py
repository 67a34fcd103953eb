"""The safety tasks: which lm-eval task each is, how its items are read and scored, and which suites hold them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import util
from pathlib import Path

import tasks.safety
from tasks.errors import unknown
from tasks.safety.public.sources import SOURCES, Source
from tasks.safety.suites import SUITES as CORE

_OURS = Path(tasks.safety.__file__).parent


@dataclass(frozen=True)
class Task:
    """An lm-eval task and how its items are read.

    yaml: its file, below `tasks/safety` or lm-eval's own tasks. scorer: see `scores.SCORERS`. item, kind, area,
    cluster: the columns of its data that hold these; a name that no column has is itself the kind or area.
    chat: whether its prompt is put to a model as a conversation; a text without a question is not.
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

    @property
    def path(self) -> Path:
        """Where its YAML lies."""
        ours = _OURS / self.yaml
        if ours.is_file():
            return ours
        spec = util.find_spec("lm_eval")
        assert spec is not None
        assert spec.submodule_search_locations is not None
        return Path(spec.submodule_search_locations[0]) / "tasks" / self.yaml


@dataclass(frozen=True)
class Part:
    """Tasks that are answered and stored together; `source` where they are public."""

    name: str
    tasks: tuple[Task, ...]
    source: Source | None = None

    @property
    def title(self) -> str:
        """How tables call it."""
        return self.source.title if self.source else "core"

    @property
    def own(self) -> bool:
        """Whether its YAML is ours."""
        return self.source is None or not self.source.hub


def _core(name: str, scorer: str, title: str, **columns: str | bool) -> Task:
    return Task(f"valign_safety_{name}", title, f"core/{name}.yaml", scorer, **columns)  # type: ignore[arg-type]


def _public(name: str, *tasks: Task) -> Part:
    return Part(name, tasks, SOURCES[name])


def _ours(name: str, scorer: str = "requests", chat: bool = True) -> Part:
    return _public(name, Task(f"valign_safety_{name}", SOURCES[name].title, f"public/{name}.yaml", scorer, chat=chat))


CORE_PART = Part(
    "core",
    (
        _core("refusal", "requests", "refusal"),
        _core("over_refusal", "safe_requests", "over-refusal"),
        _core("value_conflict", "requests", "value conflict"),
        _core("value_conflict_pairs", "chosen", "value conflict, pairs"),
        _core("bias_pairs", "stereotype", "bias, pairs", cluster="couple", chat=False),
        _core("bias_questions", "bias_questions", "bias, questions"),
        _core("ethics", "choice", "ethics"),
        _core("honesty", "honesty", "honesty"),
        _core("honesty_mc", "choice", "honesty, multiple choice"),
    ),
)

#: Every part by name, the core first, then in the order in which tables show them.
PARTS: dict[str, Part] = {
    part.name: part
    for part in (
        CORE_PART,
        _ours("attaq"),
        _ours("socialstigmaqa", "biased_option"),
        _public(
            "toxigen", Task("toxigen", "ToxiGen", "toxigen/toxigen.yaml", "choice", "", "statement", "target_group")
        ),
        _public(
            "bbq",
            Task("bbq", "BBQ", "bbq/bbq_multiple_choice.yaml", "bbq", "example_id", "context_condition", "category"),
        ),
        _public(
            "truthfulqa",
            Task("truthfulqa_mc1", "TruthfulQA MC1", "truthfulqa/truthfulqa_mc1.yaml", "choice", "", "mc1", "truth"),
            Task("truthfulqa_mc2", "TruthfulQA MC2", "truthfulqa/truthfulqa_mc2.yaml", "mass", "", "mc2", "truth"),
        ),
        _public(
            "ethics",
            *(
                Task(
                    f"ethics_{short}", f"ETHICS {name}", f"hendrycks_ethics/{name}.yaml", "choice", "", name, name,
                    only="util" if short == "utilitarianism" else short,
                )
                for short, name in (
                    ("cm", "commonsense"), ("deontology", "deontology"), ("justice", "justice"),
                    ("utilitarianism", "utilitarianism"), ("virtue", "virtue"),
                )
            ),
        ),
        _public(
            "crows_pairs",
            Task("crows_pairs_english", "CrowS-Pairs", "crows_pairs/crows_pairs_english.yaml", "stereotype", "",
                 "stereo_antistereo", "bias_type", chat=False),
        ),
        _public(
            "winogender",
            Task("winogender_all", "Winogender", "winogender/winogender.yaml", "choice", "", "gender", "occupation"),
        ),
        _public(
            "realtoxicityprompts",
            Task("realtoxicityprompts", "RealToxicityPrompts", "realtoxicityprompts/realtoxicityprompts.yaml",
                 "toxicity", "", "continuation", "continuation", chat=False),
        ),
        _ours("xstest"),
        _ours("harmbench"),
        _ours("strongreject"),
        _ours("do_not_answer"),
        _ours("advbench"),
        _ours("bold", "sentiment", chat=False),
    )
}  # fmt: skip

#: What a recipe can ask for: the core, the core with what lm-eval and IBM offer, or everything.
SUITES: dict[str, tuple[str, ...]] = {
    "core": ("core",),
    "paper": tuple(name for name, part in PARTS.items() if not part.own or name in ("core", "attaq", "socialstigmaqa")),
    "full": tuple(PARTS),
}


def parts_of(names: list[str]) -> list[Part]:
    """The parts that suites or single parts name, each once, in the order of the tables.

    Raises:
        InputError: no such suite.
    """
    for name in names:
        if name not in SUITES and name not in PARTS:
            raise unknown("safety suite", name, [*SUITES, *PARTS])
    wanted = {part for name in names for part in SUITES.get(name, (name,))}
    return [part for name, part in PARTS.items() if name in wanted]


def core_files() -> list[Path]:
    """Everything that the core's items depend on."""
    return sorted({*(suite.path for suite in CORE.values()), *(task.path for task in CORE_PART.tasks)})
