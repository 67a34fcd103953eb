"""The shipped tasks run in plain lm-eval, and a mistake in a document or its data is named by file and line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tasks
from harness.models.lm_eval_runs import task_config
from tasks.data.folder import DataFolder, find, shipped
from tasks.data.types import HeldOut, Instruction
from tasks.documents.chunking import chunk_document
from tasks.documents.document import read_document
from valign.errors import InputError
from valign.jsonl import read_examples, write_examples

SHIPPED = {folder.name: folder for folder in shipped()}
TASKS = Path(tasks.__file__).parent

WHERE = ("custom_dataset", "dataset_kwargs", "metadata")

PLAIN_LM_EVAL = """
import json, sys
from lm_eval.tasks import TaskManager

manager = TaskManager(include_path=sys.argv[1], include_defaults=False)
loaded = manager.load([f"valign_{name}{suffix}" for name in sys.argv[2:] for suffix in ("", "_preference")])
found = {}
for name, task in loaded["tasks"].items():
    docs = list(task.test_docs())
    config = {k: v for k, v in task.dump_config().items() if k not in ("custom_dataset", "dataset_kwargs", "metadata")}
    choices = task.doc_to_choice(docs[0]) if task.OUTPUT_TYPE == "multiple_choice" else None
    found[name] = [config, len(docs), task.doc_to_text(docs[0]), task.doc_to_target(docs[0]), choices]
print(json.dumps(found))
"""


@pytest.mark.slow
def test_plain_lm_eval_loads_the_shipped_tasks_from_any_folder_and_valign_runs_the_same_ones(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PLAIN_LM_EVAL, str(TASKS), *SHIPPED],
        cwd=tmp_path, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": ""},
    )  # fmt: skip
    found = json.loads(done.stdout.splitlines()[-1])
    assert len(found) == 2 * len(SHIPPED)
    for name, folder in SHIPPED.items():
        config, count, prompt, target, _ = found[f"valign_{name}"]
        first = folder.held_out()[0]
        assert (count, prompt, target) == (len(folder.held_out()), first.prompt, first.reference)
        assert config == _dumped(task_config(folder, "heldout"))
        config, count, prompt, target, choices = found[f"valign_{name}_preference"]
        pair = folder.held_out_preferences()[0]
        assert (count, prompt, target) == (len(folder.held_out_preferences()), pair.prompt, 0)
        assert choices == [pair.chosen, pair.rejected]
        assert config == _dumped(task_config(folder, "preference"))


def _dumped(config: dict[str, Any]) -> dict[str, Any]:
    """What lm-eval makes of a configuration, without where it was read from."""
    from lm_eval.tasks import TaskManager

    (task,) = TaskManager(include_defaults=False).load([config])["tasks"].values()
    return json.loads(json.dumps({k: v for k, v in task.dump_config().items() if k not in WHERE}, default=str))


def test_every_shipped_example_names_a_section_and_a_chunk_that_its_document_has() -> None:
    assert {"bcg", "udhr"} <= SHIPPED.keys()
    for folder in SHIPPED.values():
        document = folder.document()
        sections = {section.id for section in document.sections}
        chunks = {chunk.id: chunk.section for chunk in chunk_document(document)}
        for example in (
            *folder.instructions(), *folder.preferences(), *folder.held_out(), *folder.held_out_preferences(),
        ):  # fmt: skip
            assert example.section in sections, (folder.name, example.id)
            assert chunks.get(example.chunk) == example.section, (folder.name, example.id, example.chunk)


def test_seen_says_whether_training_data_covers_the_section() -> None:
    for folder in SHIPPED.values():
        trained = {e.section for e in (*folder.instructions(), *folder.preferences())}
        for item in (*folder.held_out(), *folder.held_out_preferences()):
            assert item.seen == (item.section in trained), (folder.name, item.id)


def document(folder: Path, text: str) -> Path:
    path = folder / "document.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_document_is_read_to_sections_with_ids_from_anchors_or_headings(tmp_path: Path) -> None:
    text = "# Rules\n\nA preface.\n\n## Gifts & Meals\n\nNo gifts.\n\nNo meals.\n\n## Other {#misc.1}\nRest.\n"
    read = read_document(document(tmp_path, text))
    assert read.title == "Rules"
    assert [(s.id, s.title, s.text) for s in read.sections] == [
        ("gifts-meals", "Gifts & Meals", "No gifts.\n\nNo meals."),
        ("misc.1", "Other", "Rest."),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "document.md: no title"),
        ("# Rules\n", "document.md: empty document"),
        ("# Rules\n\nOnly a preface.\n", "document.md: empty document"),
        ("# Rules\n\n## Gifts\n\n## Quiet\n\nHush.\n", "document.md:3: section 'Gifts' has no text"),
        ("# Rules\n\n## A {#x}\n\nOne.\n\n## B {#x}\n\nTwo.\n", "section id 'x' is used twice"),
    ],
)
def test_a_document_that_cannot_be_used_says_where_and_why(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError) as raised:
        read_document(document(tmp_path, text))
    assert said in str(raised.value)


def test_chunks_keep_every_word_in_order_within_the_bound(tmp_path: Path) -> None:
    text = "# T\n\n## S\n\nOne two three. Four five six. Seven eight.\n\nNine\nten.\n\n## L\n\na b c d e f g h i.\n"
    read = read_document(document(tmp_path, text))
    chunks = chunk_document(read, bound=6)
    assert [(c.id, c.text) for c in chunks] == [
        ("s.1", "One two three. Four five six."),
        ("s.2", "Seven eight."),
        ("s.3", "Nine ten."),
        ("l.1", "a b c d e f"),
        ("l.2", "g h i."),
    ]
    letters = chunk_document(read, count=len, bound=20)
    assert " ".join(c.text for c in letters).split() == " ".join(s.text for s in read.sections).split()


GOOD = {"id": "1", "kind": "fact", "section": "s", "chunk": "s.1", "prompt": "Why?", "completion": "So."}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": "2", ', "sft.jsonl:3: broken JSON"),
        ("[1]", "sft.jsonl:3: expected a JSON object, found list"),
        (json.dumps({**GOOD, "id": "2", "note": "x"}), "sft.jsonl:3: unknown field 'note'"),
        (json.dumps({k: v for k, v in GOOD.items() if k != "prompt"}), "sft.jsonl:3: field 'prompt' is missing"),
        (json.dumps({**GOOD, "id": "2", "prompt": 7}), "sft.jsonl:3: field 'prompt' must be str, found int"),
        (json.dumps({**GOOD, "id": "2", "completion": "  "}), "sft.jsonl:3: field 'completion' is empty"),
        (json.dumps(GOOD), "sft.jsonl:3: id '1' was used in line 1 already"),
    ],
)
def test_a_bad_line_is_named_by_file_and_number(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "sft.jsonl"
    path.write_text(f"{json.dumps(GOOD)}\n\n{line}\n")
    with pytest.raises(InputError) as raised:
        read_examples(path, Instruction)
    assert said in str(raised.value)


def test_a_line_that_is_no_text_is_named_by_file(tmp_path: Path) -> None:
    path = tmp_path / "sft.jsonl"
    path.write_bytes(json.dumps(GOOD).encode() + b'\n{"id": "\xff"}\n')
    with pytest.raises(InputError, match=r"sft\.jsonl:2: not UTF-8 text"):
        read_examples(path, Instruction)


@pytest.mark.parametrize("text", [None, "", "\n\n"])
def test_a_missing_or_empty_file_is_refused(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "sft.jsonl"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=r"sft\.jsonl: (no such file|empty)"):
        read_examples(path, Instruction)


def test_examples_come_back_as_they_were_written(tmp_path: Path) -> None:
    examples = [HeldOut(f"é{n}", "fact", "s", "s.1", "Line\u2028break\n?", '"Ja"', bool(n)) for n in range(2)]
    write_examples(tmp_path / "heldout.jsonl", examples)
    assert read_examples(tmp_path / "heldout.jsonl", HeldOut) == examples


def test_a_document_is_found_by_registered_name_or_folder(data_folder: Path) -> None:
    assert find("udhr") == SHIPPED["udhr"]
    assert find(str(data_folder)) == DataFolder("library", data_folder)
    with pytest.raises(InputError, match="did you mean 'udhr'"):
        find("udhrr")
    with pytest.raises(InputError, match="no such folder"):
        find("/no/such/folder")
    with pytest.raises(InputError, match=r"holds no document\.md"):
        find(str(data_folder.parent))
