"""Runs all checks of the audit on a folder, in the order in which their findings are best corrected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tasks.data.audit.answers_alone import answers_alone
from tasks.data.audit.balance import balance
from tasks.data.audit.contrasts import contrasts, same_contrast
from tasks.data.audit.duplicates import exact_duplicates, groups, near_duplicates, pair
from tasks.data.audit.item_checks import check_items
from tasks.data.audit.leaks import leaks
from tasks.data.audit.load import load
from tasks.data.audit.paraphrases import paraphrases
from tasks.data.audit.report import SPLITS, Audit, Finding, Item, Limits, LoadedFolder
from tasks.data.folder import DataFolder

#: The checks as named in findings, in the order of the report.
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
    "contrast",
    "answers alone",
    "exact duplicate",
    "near duplicate",
    "paraphrase",
    "leak",
)


def audit(folder: DataFolder, limits: Limits, embedder: str) -> Audit:
    """Check a folder of data.

    Args:
        folder: a document with its splits; absent splits are listed in the figures and are no findings.
        limits: the bounds.
        embedder: a folder with a sentence-transformers model, for finding paraphrases.

    Returns:
        The findings in the order of `CHECKS`, and the figures behind them.

    Raises:
        InputError: the document is missing or broken, or the embedder cannot be loaded.
    """
    loaded = load(folder)
    figures: dict[str, Any] = {
        "sections": len(loaded.document.sections),
        "items": {split: None if (items := loaded.splits[split]) is None else len(items) for split in SPLITS},
        "absent": [split for split in SPLITS if loaded.splits[split] is None],
    }
    findings = [
        *loaded.faults,
        *check_items(loaded, limits),
        *balance(loaded, limits, figures),
        *contrasts(loaded, figures),
        *answers_alone(loaded, limits, figures),
        *_duplicates(loaded, limits, embedder),
        *leaks(loaded, limits, figures),
    ]
    findings.sort(key=lambda finding: CHECKS.index(finding.check))
    figures["findings"] = {check: sum(f.check == check for f in findings) for check in CHECKS}
    return Audit(folder.name, tuple(findings), figures)


def _duplicates(loaded: LoadedFolder, limits: Limits, embedder: str) -> Iterator[Finding]:
    """Each pair of duplicates once, under the strictest check that finds it, but the two of a contrast."""
    items: list[Item] = loaded.items()
    exact = list(exact_duplicates(items))
    known = groups(exact)
    for first, second in exact:
        yield pair("exact duplicate", items[first], items[second], "the same prompt")
    near = [
        found for found in near_duplicates(items, limits)
        if found[:2] not in known and not same_contrast(items, found[:2])
    ]  # fmt: skip
    known |= {(first, second) for first, second, _ in near}
    for first, second, similarity in near:
        yield pair("near duplicate", items[first], items[second], f"{similarity:.0%} of the words in common")
    for first, second, excess in paraphrases(items, limits, embedder):
        if (first, second) not in known and not same_contrast(items, (first, second)):
            yield pair("paraphrase", items[first], items[second], f"the same in other words (closeness +{excess:.2f})")
