"""What a run shows, in sentences that its tests support, and what they rest on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from harness.judging.judge_report import JudgeReport
from harness.recipe.recipe import SEED, Recipe
from harness.report.columns import HIDDEN, heading, scale
from harness.report.decisions import is_shown, is_useless, level
from harness.report.run_tables import p_value
from harness.report.table import Alarm
from harness.run.columns import PREFERENCE
from harness.run.figures import DocumentResults, SystemComparison
from harness.statistics import items_needed

if TYPE_CHECKING:
    from harness.report.formats.base import Report

#: A sentence gives the figures of so many differences that are shown, or not shown, and names the others.
_MOST_SHOWN, _MOST_NOT_SHOWN = 4, 2
#: So many times the items, and the number says no more than that.
_FAR = 100


def conclusions(report: Report) -> list[str]:
    """The verdict, then what it rests on, as plain sentences; an `Alarm` is one that no reader may miss."""
    return [*verdict(report), *rests_on(report)]


def verdict(report: Report) -> list[str]:
    """One sentence for each pair of systems and document, from the primary comparisons.

    A difference is shown where its p is below 1 − confidence after Holm's correction over the document's primary
    comparisons. What is not shown is called that, never equal. Figures of a judge that its audit calls useless support
    no sentence.
    """
    recipe = report.manifest.recipe
    sentences = [sentence for one in report.documents for sentence in _verdict(recipe, one)]
    if not any(primary(one) for one in report.documents):
        sentences.append("The recipe names no primary comparison, so nothing is said about which system is better.")
    return sentences


def primary(results: DocumentResults) -> list[SystemComparison]:
    """The comparisons of a document that its conclusions rest on."""
    return [one for one in results.tested if one.primary and one.column not in HIDDEN]


def system_names(results: DocumentResults, retrieval: str = " with retrieval") -> Mapping[str, str]:
    """What sentences and tables call each system: its label, and whether it retrieves; its own name if two had one."""
    named = {s.name: results.labels[s.name] + (retrieval if s.retrieval else "") for s in results.systems}
    said = list(named.values())
    return {name: label if said.count(label) == 1 else name for name, label in named.items()}


def _verdict(recipe: Recipe, results: DocumentResults) -> Iterator[str]:
    pairs: dict[tuple[str, str], list[SystemComparison]] = {}
    for one in primary(results):
        pairs.setdefault((one.better, one.worse), []).append(one)
    names = system_names(results)
    for (better, worse), tested in pairs.items():
        usable = [one for one in tested if not is_useless(results, one.column)]
        if usable:
            first = level(recipe) / max(1, _family(results))
            yield f"On {results.document}, {_sentence(recipe, names[better], names[worse], usable, first)}."
        else:
            yield (
                f"On {results.document}, nothing is said about {names[better]} and {names[worse]}: their comparison "
                "rests on a judge that its audit calls useless."
            )


def _family(results: DocumentResults) -> int:
    """The number of comparisons that Holm's correction counts."""
    return sum(one.primary and not math.isnan(one.p_holm) for one in results.tested)


def _sentence(recipe: Recipe, a: str, b: str, tested: Sequence[SystemComparison], first: float) -> str:
    """What the comparisons of one pair of systems show."""
    shown = [one for one in tested if is_shown(recipe, one)]
    higher = [one for one in shown if one.comparison.difference.value > 0]
    lower = [one for one in shown if one.comparison.difference.value <= 0]
    untested = [one for one in tested if math.isnan(one.p_holm)]
    rest = [one for one in tested if one not in shown and one not in untested]
    parts = []
    if higher:
        parts.append(f"{a} scores higher than {b}: {_figures(higher)}")
    if lower:
        parts.append(f"{'it scores lower in ' if higher else f'{a} scores lower than {b}: '}{_figures(lower)}")
    if rest and shown:
        parts.append(f"no difference is shown in {_names(rest)}")
    elif rest:
        parts.append(f"no difference is shown between {a} and {b}, {_not_shown(rest, first)}")
    if untested:
        between = "" if shown or rest else f" of {a} and {b}"
        parts.append(f"{_names(untested)}{between} could not be tested, since no item has a score in both")
    return "; ".join(parts)


def _figures(tested: Sequence[SystemComparison]) -> str:
    said = [f"{_difference(one)}, Holm p {p_value(one.p_holm)}" for one in tested[:_MOST_SHOWN]]
    rest = tested[_MOST_SHOWN:]
    return "; ".join([*said, f"also in {_names(rest)}"] if rest else said)


def _difference(one: SystemComparison) -> str:
    factor, decimals = scale(one.column)
    found = one.comparison.difference
    value, low, high = (factor * x for x in (found.value, found.low, found.high))
    unit = " points" if factor == 100 else ""
    interval = "" if math.isnan(low) else f" [{low:.{decimals}f}, {high:.{decimals}f}]"
    return f"{heading(one.column)} {value:+.{decimals}f}{unit}{interval}"


def _not_shown(tested: Sequence[SystemComparison], first: float) -> str:
    if len(tested) <= _MOST_NOT_SHOWN:
        return " and ".join(f"not in {_figures([one])}{_more(one, first)}" for one in tested)
    nearest = min(tested, key=lambda one: (one.p_holm, one.comparison.p_bootstrap))
    others = [one for one in tested if one is not nearest]
    return f"not in {_figures([nearest])}{_more(nearest, first)}, and not in {_names(others)}"


def _more(one: SystemComparison, first: float) -> str:
    """How many more items would show a true difference as large as the one observed, at the first of Holm's levels."""
    size = abs(one.comparison.difference.value)
    needed = items_needed(one.power, size, first) if size > 0 else None
    if needed is None or needed <= one.power.n:
        return ""
    if needed > _FAR * one.power.n:
        return f" (more than {_FAR} times the items would be needed)"
    return f" (about {needed - one.power.n:,} more items would be needed)"


def _names(tested: Sequence[SystemComparison]) -> str:
    *names, last = (heading(one.column) for one in tested)
    return f"{', '.join(names)} and {last}" if names else last


def rests_on(report: Report) -> list[str]:
    """What the verdict rests on: model, documents, judges and their audits, seeds, and how it was tested."""
    recipe = report.manifest.recipe
    lines = list(report.preamble)
    for one in report.documents:
        pairs = max((columns[PREFERENCE].n for columns in one.figures.values() if PREFERENCE in columns), default=0)
        of_pairs = f", and {pairs} held-out preference pairs" if pairs else ""
        prompts = f"{one.n_items} held-out prompts in {one.n_sections} sections{of_pairs}"
        lines.append(f"{one.document} is {one.title}: {prompts}.")
        lines += [line for judge in one.judges.values() for line in audit_sentences(one.document, judge)]
    if seeds := _seeds(recipe):
        lines.append(seeds)
    if any(primary(one) for one in report.documents):
        lines.append(_tests(report))
    return lines


def audit_sentences(document: str, report: JudgeReport) -> list[str]:
    """A judge's audit in a sentence or two; an alarm where it calls the judge useless."""
    if report.alarms:
        said = "No conclusion rests on its win rates."
        return [Alarm(f"On {document}, {_within(alarm)} {said}") for alarm in report.alarms]
    if report.warnings:
        return [f"On {document}, {_within(warning)}" for warning in report.warnings]
    tried = "" if report.audit.canaries else ", but it was given no canary"
    return [f"On {document}, the audit of judge {report.judge} finds nothing against it{tried}."]


def _within(sentence: str) -> str:
    """A sentence as part of another."""
    return sentence[:1].lower() + sentence[1:]


def _seeds(recipe: Recipe) -> str:
    """With how many seeds the systems were trained; empty where none was."""
    trained = {s.method for s in recipe.systems if s.method != SEED}
    seeds: dict[str, set[int]] = {}
    for name in sorted(trained):
        seed = recipe.training(name).seed
        seeds.setdefault(recipe.method_of(name), set()).add(recipe.seed if seed is None else seed)
    if not seeds:
        return ""
    said = ", ".join(f"{method} with {len(own)}" for method, own in seeds.items())
    note = "" if min(map(len, seeds.values())) > 1 else "; what another seed would change is in no interval"
    return f"Seeds of training: {said}{note}."


def _tests(report: Report) -> str:
    recipe = report.manifest.recipe
    statistics, alpha = recipe.statistics, level(recipe)
    unit = "sections" if statistics.clusters == "section" else "items"
    tested = [one for results in report.documents for one in results.tested if one.primary]
    families = {_family(results) for results in report.documents}
    family = f"{max(families)}" if len(families) == 1 else f"up to {max(families)}"
    return (
        f"Tests: paired bootstrap of {unit}, p below {alpha:.2g} after Holm's correction over a document's {family} "
        "primary comparisons. More items: so many that a true difference as large as the observed one, spread as here, "
        f"is found in {tested[0].power.power:.0%} of runs at the first of Holm's levels, {alpha:.2g}/{max(families)}."
    )
