"""All checks on one folder, in the order in which a person would mend what they find."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tasks.audit.balance import balance
from tasks.audit.duplicates import exact_duplicates, groups, near_duplicates, pair
from tasks.audit.leaks import leaks
from tasks.audit.load import load
from tasks.audit.paraphrases import paraphrases
from tasks.audit.report import SPLITS, Audit, Finding, Item, Limits, Loaded
from tasks.audit.shape import shape
from tasks.folder import DataFolder

#: Every check by the name that findings carry, in the order of the report.
CHECKS = (
    "broken JSON",
    "wrong field",
    "no items",
    "id reused",
    "unknown section",
    "unknown chunk",
    "unknown kind",
    "kind missing",
    "answer length",
    "section without items",
    "trained on held-out",
    "seen flag",
    "yes/no balance",
    "length bias",
    "exact duplicate",
    "near duplicate",
    "paraphrase",
    "leak",
)


def audit(folder: DataFolder, limits: Limits, embedder: str) -> Audit:
    """Check a folder of data.

    Args:
        folder: a document with its splits; splits that are absent are noted in the figures, not counted as faults.
        limits: the stated bounds.
        embedder: a folder with a sentence-transformers model, for finding paraphrases.

    Returns:
        The findings in the order of `CHECKS`, and the figures behind them.

    Raises:
        InputError: the document is missing or broken, or the embedder is no such folder.
    """
    loaded = load(folder)
    figures: dict[str, Any] = {
        "sections": len(loaded.document.sections),
        "items": {split: None if (items := loaded.splits[split]) is None else len(items) for split in SPLITS},
        "absent": [split for split in SPLITS if loaded.splits[split] is None],
    }
    findings = [
        *loaded.faults,
        *shape(loaded, limits),
        *balance(loaded, limits, figures),
        *_duplicates(loaded, limits, embedder),
        *leaks(loaded, limits, figures),
    ]
    findings.sort(key=lambda finding: CHECKS.index(finding.check))
    figures["findings"] = {check: sum(f.check == check for f in findings) for check in CHECKS}
    return Audit(folder.name, tuple(findings), figures)


def _duplicates(loaded: Loaded, limits: Limits, embedder: str) -> Iterator[Finding]:
    """Each pair once, by the strictest check that finds it."""
    items: list[Item] = loaded.items()
    exact = list(exact_duplicates(items))
    known = groups(exact)
    for first, second in exact:
        yield pair("exact duplicate", items[first], items[second], "the same prompt")
    near = [found for found in near_duplicates(items, limits) if found[:2] not in known]
    known |= {(first, second) for first, second, _ in near}
    for first, second, similarity in near:
        yield pair("near duplicate", items[first], items[second], f"{similarity:.0%} of the words in common")
    for first, second, excess in paraphrases(items, limits, embedder):
        if (first, second) not in known:
            yield pair("paraphrase", items[first], items[second], f"the same in other words (closeness +{excess:.2f})")
