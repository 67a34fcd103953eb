"""Shared code of the TRL trainers: settings, model loading, training and saving."""

from __future__ import annotations

import dataclasses
import importlib
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from alignment.method import Method, Tracking, TrainingJob
from valign.errors import InputError, unknown

#: TRL's setting for arguments of `from_pretrained`; TRL ignores it if it is given a loaded model.
_LOADING = "model_init_kwargs"


def fixed_settings(job: TrainingJob) -> dict[str, Any]:
    """Settings that valign fixes: device, seed, no checkpoints during training, and what is logged where."""
    tracking = job.tracking
    return {
        "output_dir": str(tracking.folder) if tracking else tempfile.gettempdir(),
        "seed": job.seed,
        "data_seed": job.seed,
        "use_cpu": job.device == "cpu",
        "save_strategy": "no",
        "report_to": list(tracking.trackers) if tracking else "none",
        "dataloader_pin_memory": job.device != "cpu",
    }


def configure(config: type[Any], job: TrainingJob) -> Any:
    """Build TRL's `config` from the job's settings.

    Without `bf16` and `fp16` in the settings, `job.bf16` decides on bfloat16: TRL's default is to use it, even on
    processors that only emulate it.

    Raises:
        InputError: a setting is unknown to the config class, is fixed by valign, or is refused by TRL.
    """
    known = {field.name for field in dataclasses.fields(config)}
    fixed = fixed_settings(job)
    for name in job.settings:
        if name not in known:
            raise unknown(f"setting of {config.__name__}", name, known)
        if name in fixed:
            raise InputError(f"setting {name!r} of {config.__name__} is fixed by valign ({fixed[name]!r}); remove it")
    loading = job.settings.get(_LOADING) or {}
    if not isinstance(loading, Mapping):
        raise InputError(f"{_LOADING} of {config.__name__}: expected a mapping, found {loading!r}")
    if "dtype" in loading:
        raise InputError(f"{_LOADING}.dtype of {config.__name__} is fixed by valign; set hardware.dtype")
    settings = {name: value for name, value in job.settings.items() if name != _LOADING}
    if "bf16" in known and settings.get("bf16") is None and not settings.get("fp16"):
        settings["bf16"] = job.bf16
    if job.tracking is not None:
        settings = {key: one for key, one in _named(job.tracking).items() if key in known} | settings
    try:
        return config(**{**settings, **fixed})
    except (TypeError, ValueError) as error:
        raise InputError(f"settings of {config.__name__}: {error}") from error


def _named(tracking: Tracking) -> dict[str, Any]:
    """What trackers call a training; Trackio keeps it on this machine."""
    return {"run_name": tracking.name, "project": tracking.project, "trackio_static_space_id": False}


def load(job: TrainingJob) -> tuple[Any, Any]:
    """Load the job's model, in its dtype and on the CPU, and its tokenizer.

    Raises:
        InputError: the model cannot be found or loaded, or refuses an argument in `model_init_kwargs`.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    loading = job.settings.get(_LOADING) or {}
    try:
        tokenizer = AutoTokenizer.from_pretrained(job.model)
        model = AutoModelForCausalLM.from_pretrained(job.model, dtype=getattr(torch, job.dtype), **loading)
    except (TypeError, ValueError) as error:
        if not loading:
            raise
        message = str(error).splitlines()[0]
        raise InputError(f"model {job.model!r} with {_LOADING} {dict(loading)}: {message}") from error
    except OSError as error:
        raise InputError(f"model {job.model!r}: cannot be loaded: {str(error).splitlines()[0]}") from error
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return model, tokenizer


def run(trainer: Any, job: TrainingJob) -> None:
    """Train, merge LoRA adapters, and write model, tokenizer and the trainer's log to `job.out`."""
    import json

    trainer.train()
    model = trainer.accelerator.unwrap_model(trainer.model)
    if job.lora is not None:
        model = model.merge_and_unload()
    model.save_pretrained(job.out)
    trainer.processing_class.save_pretrained(job.out)
    timed = ("runtime", "per_second", "total_flos")
    log = [{k: v for k, v in entry.items() if not k.endswith(timed)} for entry in trainer.state.log_history]
    (job.out / "training_log.json").write_text(json.dumps(log, indent=1) + "\n")


def check(method: Method, job: TrainingJob) -> None:
    """Check a job's settings without loading a model.

    Raises:
        InputError: see `configure` and `peft_config`; a tracker is unknown or not installed; or a setting is not what
            the method fixes.
    """
    if job.tracking is not None:
        check_trackers(job.tracking.trackers)
    for setting, value in method.fixed.items():
        if job.settings.get(setting, value) != value:
            raise InputError(
                f"setting {setting!r} of method {method.name}: expected {value!r}, not {job.settings[setting]!r}"
            )
    module, _, name = method.config.partition(":")
    if module:
        configure(getattr(importlib.import_module(module), name), job)
    peft_config(job)


def check_trackers(names: Sequence[str]) -> None:
    """Raises InputError: transformers has no callback of that name, or its package is not installed."""
    from transformers.integrations import INTEGRATION_TO_CALLBACK, get_available_reporting_integrations

    there = get_available_reporting_integrations()
    for name in names:
        if name not in INTEGRATION_TO_CALLBACK:
            raise unknown("tracker", name, INTEGRATION_TO_CALLBACK)
        if name not in there:
            raise InputError(f"tracker {name!r}: its package is not installed; installed: {', '.join(there) or 'none'}")


def peft_config(job: TrainingJob) -> Any:
    """The job's `LoraConfig`, or None for full fine-tuning.

    Raises:
        InputError: a setting is unknown to `LoraConfig`, is refused by it, or is fixed by valign.
    """
    if job.lora is None:
        return None
    from peft import LoraConfig

    known = {field.name for field in dataclasses.fields(LoraConfig)}
    for name in job.lora:
        if name not in known:
            raise unknown("setting of LoraConfig", name, known)
        if name == "task_type":
            raise InputError("setting 'task_type' of LoraConfig is fixed by valign ('CAUSAL_LM'); remove it")
    try:
        return LoraConfig(task_type="CAUSAL_LM", **job.lora)
    except (TypeError, ValueError) as error:
        raise InputError(f"settings of LoraConfig: {error}") from error
