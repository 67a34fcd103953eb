"""`valign evaluate`: any lm-eval model on any lm-eval task, with intervals on its per-item figures."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tasks
from harness.report.columns import heading, shown
from harness.report.table import Table
from harness.run.logs.lm_eval_values import Sample, sample_values
from harness.statistics import Resampler, estimate
from valign.errors import InputError, unknown

_TASKS = Path(tasks.__file__).parent


def evaluate_tasks(
    names: list[str], backend: str, model_args: str, device: str, batch_size: int,
    limit: int | None, include_path: Path | None, out: Path | None,
) -> Table:  # fmt: skip
    """Evaluate a model; one row per task and figure. lm-eval's own files go to `out`.

    The figures are lm-eval's metrics, aggregated as lm-eval does, each filter's by themselves, and BLEU, ROUGE and chrF
    for generation tasks with a text target. The bootstrap resamples sections where the task's data names them.

    Raises:
        InputError: no task, an unknown task or backend, or arguments that the backend rejects.
    """
    from harness.models.lm_eval_runs import write_lm_eval_layout

    if not names:
        raise InputError("--tasks: no task is named; valign tasks lists ours")
    if include_path is not None and not include_path.is_dir():
        raise InputError(f"--include-path {include_path}: no such folder")
    manager = task_manager(names, include_path)
    results = _run(names, manager, backend, model_args, device, batch_size, limit)
    rows, notes = list[tuple[str, ...]](), list[str]()
    for task, samples in results["samples"].items():
        of_task, left_out = task_rows(task, samples, results["results"].get(task, {}))
        rows += of_task
        notes += left_out
    if out is not None:
        write_lm_eval_layout(results, out)
    note = "95% intervals, 10,000 bootstrap resamples of whole sections where the data names them, else of items."
    header = ("Task", "Figure", "Value", "Items")
    return Table("evaluation", f"{backend} {model_args}", header, tuple(rows), (note, *notes))


def task_rows(
    task: str, samples: Sequence[Sample], reported: Mapping[str, Any]
) -> tuple[list[tuple[str, ...]], list[str]]:
    """The rows of a task, each filter's figures by themselves, and notes about metrics that are left out."""
    rows, notes = list[tuple[str, ...]](), list[str]()
    filters = list(dict.fromkeys(str(sample["filter"]) for sample in samples))
    for name in filters:
        own = [sample for sample in samples if str(sample["filter"]) == name]
        sections = [str(sample["doc"].get("section", number)) for number, sample in enumerate(own)]
        resampler = Resampler(len(own), sections)
        figures = {key.removesuffix(f",{name}"): one for key, one in reported.items() if key.endswith(f",{name}")}
        numbers = {key: float(one) for key, one in figures.items() if isinstance(one, int | float)}
        columns, left_out = sample_values(own, reported=numbers)
        suffix = f",{name}" if len(filters) > 1 else ""
        for column, values in columns.items():
            rows.append((task, heading(column) + suffix, shown(column, estimate(values, resampler)), str(len(own))))
        notes += [f"{task}: {line}{suffix and f' ({name})'}" for line in left_out]
    return rows, notes


def task_manager(names: list[str], include_path: Path | None) -> Any:
    """lm-eval's task manager with our tasks and `include_path`, and with lm-eval's tasks if a name is in neither.

    Raises:
        InputError: a task is unknown.
    """
    from lm_eval.tasks import TaskManager

    paths = [_TASKS, *([include_path] if include_path else [])]
    manager = TaskManager(include_path=[str(path) for path in paths], include_defaults=False)
    if set(names) <= set(manager.all_tasks):
        return manager
    everything = TaskManager(include_path=[str(path) for path in paths])
    for name in names:
        if name not in everything.all_tasks:
            raise unknown("task", name, manager.all_tasks)
    return everything


def _run(
    names: list[str], manager: Any, backend: str, model_args: str, device: str, batch_size: int, limit: int | None
) -> dict[str, Any]:
    import lm_eval.models
    from lm_eval import simple_evaluate
    from lm_eval.api.registry import get_model
    from lm_eval.utils import simple_parse_args_string

    from valign.models.locate import locate

    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    if backend not in lm_eval.models.MODEL_MAPPING:
        raise unknown("backend", backend, lm_eval.models.MODEL_MAPPING)
    arguments = simple_parse_args_string(model_args)
    for key in ("pretrained", "tokenizer"):
        if isinstance(arguments.get(key), str):
            arguments[key] = locate(arguments[key])
    arguments = {"batch_size": batch_size, "device": device, **arguments}
    try:
        model = get_model(backend).create_from_arg_obj(arguments)
    except (OSError, TypeError) as error:
        raise InputError(f"backend {backend} with {model_args!r}: {str(error).splitlines()[0]}") from error
    results: dict[str, Any] | None = simple_evaluate(
        model=model,
        tasks=names,
        task_manager=manager,
        limit=limit,
        bootstrap_iters=0,
        apply_chat_template=bool(getattr(getattr(model, "tokenizer", None), "chat_template", None)),
        log_samples=True,
    )
    if results is None:
        raise RuntimeError("lm-eval returned no results on this rank")
    return results
