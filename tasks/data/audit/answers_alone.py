"""Does the wording of two answers give the chosen one away, with neither prompt nor document in sight?

A linear classifier reads which words and word pairs are in one answer and not in the other. Where it finds the chosen
answer much more often than a coin does, "chosen likelier" may measure register and not values. The two halves of a
contrast exchange their answers, so on them it is right exactly half of the time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tasks.data.audit.report import Finding, Limits, LoadedFolder

_FOLDS = 5
#: The chosen and the rejected answer of each pair.
Answers = Sequence[tuple[str, str]]


def answers_alone(loaded: LoadedFolder, limits: Limits, figures: dict[str, Any]) -> Iterator[Finding]:
    """Check training and held-out pairs; adds the classifier's accuracy on each split to `figures`."""
    bounds = {"preference": limits.answers_alone, "heldout_preference": limits.answers_alone_held_out}
    for split, bound in bounds.items():
        pairs = loaded.items(split)
        if len(pairs) < limits.fewest:
            continue
        answers = [(pair.answers["chosen"], pair.answers["rejected"]) for pair in pairs]
        accuracy = cross_validated(answers, [pair.section for pair in pairs])
        if accuracy is None:
            continue
        figures.setdefault("answers_alone", {})[split] = round(accuracy, 4)
        if accuracy > bound:
            detail = f"the words of the two answers alone tell chosen from rejected in {accuracy:.1%} of pairs"
            yield Finding("answers alone", f"{split}.jsonl", f"{detail}, allowed up to {bound:.0%}")


def cross_validated(pairs: Answers, sections: Sequence[str]) -> float | None:
    """The classifier's accuracy, in [0, 1], on sections that it was not trained on: five folds of whole sections.

    None with fewer than five sections. sections: (n_pairs,).
    """
    import numpy as np
    from sklearn.model_selection import GroupKFold

    if len(set(sections)) < _FOLDS:
        return None
    right = np.zeros(len(pairs))
    for train, test in GroupKFold(_FOLDS).split(sections, groups=sections):
        right[test] = _right([pairs[at] for at in train], [pairs[at] for at in test])
    return float(right.mean())


def transferred(training: Answers, tested: Answers) -> float:
    """The accuracy, in [0, 1], on `tested` of the classifier trained on `training`, pairs of another document."""
    return float(_right(training, tested).mean())


def _right(training: Answers, tested: Answers) -> Any:
    """float (n_tested,): 1 where the classifier finds the chosen answer, 0.5 where it cannot tell."""
    import numpy as np
    from scipy.sparse import vstack
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    reader = CountVectorizer(ngram_range=(1, 2), binary=True, token_pattern=r"[^\W_]+(?:['’][^\W_]+)*")
    reader.fit([text for pair in training for text in pair])

    def difference(pairs: Answers) -> Any:
        chosen, rejected = (reader.transform(texts) for texts in zip(*pairs, strict=True))
        return chosen.astype(np.float64) - rejected.astype(np.float64)

    learned = difference(training)
    labels = np.repeat([1, 0], len(training))
    # Without an intercept and with every pair in both orders, so that the order itself says nothing.
    model = LogisticRegression(fit_intercept=False, max_iter=1000).fit(vstack([learned, -learned]), labels)
    margin = np.round(model.decision_function(difference(tested)), 9)
    return (np.sign(margin) + 1) / 2
