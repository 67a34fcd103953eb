"""The parts of a synthesis, one by one: split, parsing, prompts, checks, and and the set of items."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alignment.synthesis.draft_checks import check_form
from alignment.synthesis.forms import FORMS, questions_for
from alignment.synthesis.parsing import ANSWERS, BETTER, QUESTIONS
from alignment.synthesis.prompts import VARIABLES, prompts_in, read_prompts
from alignment.synthesis.set_checks import check_set
from alignment.synthesis.split import assign_splits, split_chunks, with_seen_flags
from alignment.synthesis.teachers.excerpts import Excerpt, excerpts, quotations, quote_in_pieces
from alignment.synthesis.types import Counts, Draft, Settings, SynthesisItem
from tasks.data.audit.report import Limits
from tasks.data.audit.words import sequences, words
from tasks.data.folder import find
from tasks.data.types import Chunk, Document, Section
from tasks.documents.chunking import chunk_document
from valign.errors import InputError
from valign.models.locate import MINILM, locate

CHUNK = Chunk("gifts.1", "gifts", "Do not take gifts from suppliers, whatever they cost. A small calendar is fine.")
ANSWER = "A supplier may hand over a small calendar, and anything beyond that has to be turned down."


def chunks_of(sections: dict[str, int]) -> list[Chunk]:
    return [
        Chunk(
            f"{section}.{n}", section, f"Rule {n} of {section} says that a person does what is right every day of it."
        )
        for section, count in sections.items()
        for n in range(1, count + 1)
    ]


def test_sections_are_held_out_whole_then_a_share_of_the_chunks_of_the_others() -> None:
    chunks = chunks_of({f"s{n}": 5 for n in range(20)} | {"small": 2})
    split = split_chunks(chunks, seed=1, sections=0.2, share=0.2, fewest_words=5)
    by_section: dict[str, list[str]] = {}
    for chunk in chunks:
        by_section.setdefault(chunk.section, []).append(split.roles[chunk.id])
    whole = [roles for roles in by_section.values() if "unseen" in roles]
    assert len(whole) == 4
    assert all(set(roles) == {"unseen"} for roles in whole)
    rest = [roles for section, roles in by_section.items() if "unseen" not in roles and section != "small"]
    assert all(sorted(roles) == ["seen", "train", "train", "train", "train"] for roles in rest)
    assert set(by_section["small"]) <= {"mixed", "unseen"}


def test_another_seed_holds_out_other_sections() -> None:
    chunks = chunks_of({f"s{n}": 3 for n in range(20)})
    first, second = (split_chunks(chunks, seed, 0.2, 0.2, 5).roles for seed in (1, 2))
    assert first != second


def test_a_changed_paragraph_moves_no_chunk_of_another_section() -> None:
    document = find("bcg").document()
    changed = Document(
        document.name, document.title,
        (*document.sections[:3], Section(document.sections[3].id, "x", "A new rule for all of us, at last.\n\n"
         + document.sections[3].text), *document.sections[4:]),
    )  # fmt: skip
    roles = [
        {(c.section, c.text): split.roles.get(c.id) for c in chunks}
        for chunks in (chunk_document(document), chunk_document(changed))
        for split in [split_chunks(chunks, 0, 0.15, 0.2, 12)]
    ]
    moved = {place[0] for place in roles[0].keys() & roles[1].keys() if roles[0][place] != roles[1][place]}
    assert moved <= {document.sections[3].id}


def test_a_short_chunk_is_passed_over_and_named() -> None:
    chunks = [*chunks_of({"a": 3, "b": 3, "c": 3}), Chunk("c.4", "c", "See also below.")]
    split = split_chunks(chunks, 0, 0.2, 0.2, 5)
    assert split.too_short == ("c.4",)
    assert "c.4" not in split.roles


def test_every_form_of_question_comes_up_over_a_document_and_yes_is_as_likely_as_no() -> None:
    texts = [f"Rule number {n} says what to do and what to leave in case {n} of all cases." for n in range(300)]
    short = [Chunk(f"a.{n}", "a", text) for n, text in enumerate(texts)]
    asked = [form for chunk in short for form in questions_for(chunk, Counts())]
    assert {form.name for form in asked} == {form.name for form in FORMS} | {"yes or no"}
    assert {len(questions_for(chunk, Counts())) for chunk in short} == {2}
    yes = [form.asks.endswith("yes") for form in asked if form.kind == "yes_no"]
    assert 0.35 < sum(yes) / len(yes) < 0.65


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ('{"answers": [{"number": 1, "answer": "So."}]}', ["So."]),
        ('Sure:\n```json\n{"answers": [{"number": 1, "answer": " So. "}]}\n```\nAnything else?', ["So."]),
        ('[{"number": 1, "answer": "So."}, {"number": 2, "answer": "No."}]', ["So.", "No."]),
        ('{"result": [{"number": "1", "answer": "So."}]}', ["So."]),
        ("{'answers': [{'number': 1, 'answer': 'So.',}]}", ["So."]),
        ('{"answers": [{"number": 1, "answer": ""}, {"number": 2}, {"number": 3, "answer": "Yes."}]}', ["Yes."]),
        ("I would rather not.", []),
        ('{"answers": "none"}', []),
        ("", []),
    ],
)
def test_answers_are_found_in_what_a_model_writes(text: str, answers: list[str]) -> None:
    assert [entry.answer for entry in ANSWERS.parse(text, cut=False)] == answers


def test_the_entry_at_which_an_answer_was_cut_is_dropped() -> None:
    text = '{"answers": [{"number": 1, "answer": "Whole."}, {"number": 2, "answer": "Half of'
    assert [entry.number for entry in ANSWERS.parse(text, cut=True)] == [1]


def test_a_verdict_is_one_object() -> None:
    assert BETTER.parse('{"better": "first", "reason": "plain"}', cut=False)[0].better == "first"
    assert BETTER.parse('{"better": "both"}', cut=False) == []


def test_schemas_are_what_strict_servers_take() -> None:
    schema = json.loads(QUESTIONS.json_schema(2))
    entry = schema["properties"]["questions"]["items"]
    assert schema["additionalProperties"] is entry["additionalProperties"] is False
    assert entry["required"] == sorted(entry["properties"]) == ["form", "question"]


def test_a_prompt_is_replaced_by_a_file_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "values.jinja").write_text("Values of {{ chunk.text }}?")
    prompts = read_prompts(prompts_in(tmp_path))
    assert prompts.render("values", chunk=CHUNK) == f"Values of {CHUNK.text}?"
    shipped = read_prompts()
    assert {name for name in VARIABLES if prompts.texts[name] != shipped.texts[name]} == {"values"}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("value", "{{ chunk }}", "did you mean 'values'"),
        ("values", "Which {{ section.title }}?", "does not use {{ chunk }}"),
        ("values", "{{ chunk }} {{ company }}", "'company' is not known"),
        ("values", "{{ chunk ", "line 1"),
        ("values", "{{ chunk.txt }}", "no attribute 'txt'"),
    ],
)
def test_a_wrong_prompt_is_refused_before_anything_is_asked(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / f"{name}.jinja").write_text(text)
    for given in (prompts_in(tmp_path), {name: text}):
        with pytest.raises(InputError, match=said):
            read_prompts(given)


def test_a_prompt_is_replaced_by_its_text_and_the_trailing_line_break_says_nothing() -> None:
    texts = [read_prompts({"values": f"Values of {{{{ chunk.text }}}}?{end}"}).texts for end in ("", "\n")]
    assert texts[0]["values"] == texts[1]["values"] == "Values of {{ chunk.text }}?"
    with pytest.raises(InputError, match=r"mine\.jinja: no such file"):
        read_prompts({"values": "mine.jinja"})


def test_the_shipped_prompts_say_nothing_of_our_own_documents() -> None:
    for text in read_prompts().texts.values():
        assert not {"bcg", "norvane", "udhr", "human", "rights", "business"} & set(words(text))


def drafted(answer: str = ANSWER, prompt: str = "What may I take from a supplier?", **other: str) -> Draft:
    rejected = other.get("rejected", "")
    return Draft("scenario" if rejected else "instruct", CHUNK, 1, other.get("kind", "fact"), prompt, answer, rejected)


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        (drafted(), None),
        (drafted(rejected="A supplier may hand over whatever is liked, and nobody has to be told of it."), None),
        (drafted(prompt="Gifts?"), "prompt length"),
        (drafted(prompt="What does the passage say about gifts?"), "points at the passage"),
        (drafted("A calendar is fine."), "answer length"),
        (drafted("word " * 70 + "end."), "answer length"),
        (drafted("I'm sorry, but I cannot say what a supplier may hand over to you here."), "refusal"),
        (drafted("As an AI language model I have no view on what suppliers may hand over."), "refusal"),
        (drafted("A supplier may hand over a small calendar, and anything beyond that has to be"), "truncated"),
        (drafted(kind="yes_no"), "no yes or no"),
        (drafted(f"Yes. {ANSWER}", kind="yes_no"), None),
        (drafted(rejected=ANSWER.upper()), "not better"),
        (drafted(rejected="Take it."), "answer length"),
    ],
)
def test_a_draft_is_checked_for_its_form(draft: Draft, reason: str | None) -> None:
    fault = check_form(draft, Settings())
    assert (fault.reason if fault else None) == reason


def test_a_quotation_in_pieces_stays_below_the_bounds_of_a_leak() -> None:
    document = find("bcg").document()
    for chunk in chunk_document(document)[:60]:
        source = set(sequences(words(chunk.text), 7))
        pieces = set(sequences(words(chunk.text), 4))
        for excerpt in excerpts(chunk):
            answer = words(f"“Our Values” reads: {quote_in_pieces(excerpt.text)}")
            assert not source & set(sequences(answer, 7))
            shared = [piece in pieces for piece in sequences(answer, 4)]
            assert sum(shared) < 0.4 * len(shared)
            assert all(quotation in chunk.text for quotation in quotations(quote_in_pieces(excerpt.text)))


def test_what_follows_an_opening_is_the_rest_or_all_of_it() -> None:
    assert Excerpt("Report every other gift to the office within five working days.").rest.startswith("the office")
    assert Excerpt("Report every other gift to the office.").rest == "Report every other gift to the office."


def test_items_of_a_section_without_a_chunk_to_spare_are_shared_out_and_marked_seen() -> None:
    chunks = chunks_of({"a": 1, "b": 1, "c": 1})
    split = split_chunks(chunks, 0, 0.3, 0.3, 5)
    drafts = [
        Draft("instruct", c, n, "fact", f"Question {n} on {c.section}?", ANSWER) for c in chunks for n in range(1, 6)
    ]
    items = with_seen_flags(assign_splits(drafts, split, "openai:m/x", 0, 0.3))
    files = {section: [(p.split, p.seen) for p in items if p.draft.chunk.section == section] for section in "abc"}
    held_out, mixed = (
        sorted(files.values(), key=lambda found: ("sft", True) in found)[0],
        sorted(files.values(), key=str),
    )
    assert held_out == [("heldout", False)] * 5
    assert [sorted(f) for f in mixed].count([("heldout", True)] * 2 + [("sft", True)] * 3) == 2
    assert items[0].id.startswith("a.1-openai-m-x-")
    assert len({p.id for p in items}) == len(items)


def _item(split: str, number: int, prompt: str, answer: str, section: str = "gifts") -> SynthesisItem:
    chunk = Chunk(f"{section}.1", section, CHUNK.text)
    return SynthesisItem(Draft("instruct", chunk, number, "fact", prompt, answer), split, "test")


def test_of_duplicates_the_training_item_goes_and_of_a_leak_the_held_out_one() -> None:
    document = Document("d", "D", (Section("gifts", "Gifts", CHUNK.text), Section("quiet", "Quiet", "Speak softly.")))
    # Paraphrase scores need neighbouring items.
    others = [item for item in find("bcg").instructions() if item.id.endswith("-01")]
    neighbours = [_item("sft", 10 + n, i.prompt, i.completion, i.section) for n, i in enumerate(others)]
    shared = " ".join(others[0].completion.split()[:8])
    leaking = (
        f"Traders bring dates and figs in autumn, and on one basket was written: {shared}. We laughed all afternoon."
    )
    items = [
        _item("sft", 1, "What may I take from a supplier?", ANSWER),
        _item("sft", 2, "Who watches over the reading room at night?", "Nobody does so; the room is locked at ten."),
        _item("heldout", 3, "What may I take from a supplier, please?", ANSWER),
        _item("heldout", 4, "Is there a word on presents from traders?", leaking),
        _item("heldout", 5, "How loud may anyone be in there?", "Only so loud that no reader looks up.", "quiet"),
    ]
    kept, rejected = check_set([*items, *neighbours], document, locate(MINILM), Limits())
    assert {1: "near duplicate", 4: "leak"}.items() <= {f.draft.number: f.reason for f in rejected}.items()
    assert {fault.draft.number for fault in rejected} <= {1, 4, *range(10, 99)}
    assert [(p.draft.number, p.seen) for p in kept[:3]] == [(2, True), (3, True), (5, False)]


def test_pairs_whose_length_tells_the_chosen_answer_are_dropped_until_it_does_not() -> None:
    rng_words = [f"{a}{b}" for a in "bdfgklmnprst" for b in ("an", "en", "in", "on", "un", "ar", "er", "or")]
    pairs = []
    for n in range(60):
        own = " ".join(rng_words[(n * 7 + k * k + k) % len(rng_words)] + str(n) for k in range(12))
        longer = " and so on" if n < 20 else ""
        draft = Draft("scenario", CHUNK, n, "scenario", f"Case {own}?", f"Keep {own}{longer}.", f"Drop {own}.")
        pairs.append(SynthesisItem(draft, "preference", "test"))
    document = Document("d", "D", (Section("gifts", "Gifts", CHUNK.text),))
    kept, rejected = check_set(pairs, document, locate(MINILM), Limits())
    longer_ones = sum(words(p.draft.answer)[-2:] == ["so", "on"] for p in kept)
    assert {fault.reason for fault in rejected} == {"length bias"}
    assert len(kept) >= 40
    assert longer_ones <= 0.1 * len(kept)


def test_settings_are_plain_data() -> None:
    assert Settings(seed=3).held_out_sections == 0.15
