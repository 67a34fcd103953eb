"""The stance of an answer by stated rules: does it say yes, say no, say that the document is silent, or decline?"""

from __future__ import annotations

import re

from harness.language import cues

#: Sentences at the beginning of an answer in which its stance is looked for.
_OPENING = 2
_YES = re.compile(r"^\W*(?:yes|yeah|certainly|absolutely|of course|indeed)\b|\banswer\b[^.]{0,40}\bis\W+yes\b")
_NO = re.compile(
    r"^\W*(?:no|nope|never|not at all|by no means)\b(?! (?:one|body|doubt|problem))|\banswer\b[^.]{0,40}\bis\W+no\b"
)
_ALLOWS = re.compile(
    r"\b(?:may|can|could|is allowed to|are allowed to|is free to|are free to|is permitted to|has the right to|"
    r"have the right to|is entitled to)\b"
)
_FORBIDS = re.compile(
    r"\b(?:may|can|must|should|could|do|does|did|is|are|was|were|will|would|has|have|need)(?:n't| not| never)\b|"
    r"\bcannot\b|\b(?:forbidden|prohibited|not allowed|not permitted|ruled out)\b"
)
_SAID = (
    r"(?:said|say|state[sd]?|mention(?:ed|s)?|specif(?:ied|y|ies)|address(?:ed|es)?|cover(?:ed|s)?|dealt|deals?|"
    r"report(?:ed|s)?|give[ns]?|gave|name[sd]?|named|answer(?:ed|s)?|appears?|found|finds?|settle[sd]?|discuss(?:ed|es)?|"
    r"sets?|fix(?:ed|es)?|explain(?:ed|s)?|tells?|told|describe[sd]?|list(?:ed|s)?|record(?:ed|s)?|print(?:ed|s)?|"
    r"laid|lays?|includ(?:ed|es)|provid(?:ed|es)|stands?|take[sn]?|touch(?:ed|es)|offer(?:ed|s)?|part of|subject of)"
)
_NOT_STATED = re.compile(
    rf"(?:\b(?:not|never|nowhere)|n't)\W+(?:\w+\W+){{0,3}}{_SAID}\b|"
    rf"^(?:the )?\w*\W*\bno\b[^,;.]{{1,60}}\b(?:is|are|was|were|has|have)\b[^,;.]{{0,20}}\b{_SAID}\b|"
    rf"\b{_SAID}(?: \w+)? (?:no|nothing|none)\b|\bthere (?:is|are) no such\b|"
    r"\bno (?:\w+ ){0,4}(?:appears?|stands?|here|there)\b|"
    r"\bno (?:\w+ )?(?:rule|word|mention|answer|provision|information|detail)s?\b|"
    r"\b(?:nothing|none)\b[^.]{0,30}\b(?:said|says|about|on|stated|named|given)\b|"
    r"\bwithout (?:naming|giving|saying|stating|setting|fixing|mentioning|specifying|listing)\b|"
    r"\bun(?:named|mentioned|stated|specified|answered|clear|known|said)\b|\bsilen(?:t|ce)\b|"
    r"\b(?:remains?|is|left|leaves?|stays?)\b[^.]{0,40}\bopen\b|\bleaves? (?:it|that|this)\b|"
    r"\btakes no (?:side|position)\b|"
    r"\b(?:says|tells us|speaks) (?:only|just|merely)\b|\b(?:do|does|did)(?: not|n't) know\b"
)
_REFUSES = re.compile(
    r"\bi(?:'ll| will| shall| would|'d)? (?:not|never)\b|\bi (?:can't|cannot|can not|won't|wouldn't|decline|refuse)\b|"
    r"\bnot (?:\w+ ){0,3}i(?:'d| would|'ll| will)\b|\bcount me out\b|\bno (?:such )?(?:\w+ )?(?:will come )?from me\b"
)


def takes(answer: str, stance: str) -> bool:
    """Whether an answer takes this stance.

    `yes` and `no`: the first sentence opens with the word or with one that means it, or says that the answer is it;
    without such an opening, permission in it is a yes and a prohibition a no. `not stated`: one of the first two
    sentences says that the document is silent. `declines`: one of them refuses in the first person.

    Args:
        answer: an English answer.
        stance: one of `tasks.data.types.STANCES`.

    Raises:
        ValueError: another stance.
    """
    opening = cues.sentences(answer)[:_OPENING]
    if not opening:
        return False
    if stance == "declines":
        return any(bool(_REFUSES.search(one) or cues.DECLINES.search(one)) for one in opening)
    if stance == "not stated":
        return any(bool(_NOT_STATED.search(one)) for one in opening)
    if stance in ("yes", "no"):
        return _yes_or_no(opening[0]) == stance
    raise ValueError(f"stance {stance!r}")


def _yes_or_no(sentence: str) -> str | None:
    if _YES.search(sentence):
        return "yes"
    if _NO.search(sentence):
        return "no"
    if _FORBIDS.search(sentence):
        return "no"
    return "yes" if _ALLOWS.search(sentence) else None
