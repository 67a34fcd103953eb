"""`valign evaluate`: any model that lm-eval loads, on any task it knows, with intervals on what it counts per item."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from harness.lm_eval_samples import sample_values
from harness.report.table import Table
from harness.report.tables import heading, shown
from harness.statistics import Resampler, estimate
from tasks.errors import InputError, unknown

_TASKS = Path(__file__).resolve().parent.parent / "tasks"


def evaluate_tasks(
    names: list[str], backend: str, model_args: str, device: str, batch_size: int,
    limit: int | None, include_path: Path | None, out: Path | None,
) -> Table:  # fmt: skip
    """Evaluate a model and return one row a task and figure; lm-eval's own files go to `out`.

    Generation tasks with a text target get BLEU, ROUGE and chrF; of every task, what lm-eval logs per item is
    averaged. A prompt's section, where its data names one, is the cluster of the bootstrap.

    Raises:
        InputError: no task, an unknown task or backend, or arguments that the backend refuses.
    """
    from harness.lm_eval_bridge import write_lm_eval_layout

    if not names:
        raise InputError("--tasks: no task is named; valign tasks lists ours")
    if include_path is not None and not include_path.is_dir():
        raise InputError(f"--include-path {include_path}: no such folder")
    manager = task_manager(names, include_path)
    results = _run(names, manager, backend, model_args, device, batch_size, limit)
    rows = []
    for task, samples in results["samples"].items():
        sections = [str(sample["doc"].get("section", number)) for number, sample in enumerate(samples)]
        resampler = Resampler(len(samples), sections)
        for column, values in sample_values(samples).items():
            rows.append((task, heading(column), shown(column, estimate(values, resampler)), str(len(samples))))
    if out is not None:
        write_lm_eval_layout(results, out)
    note = "95% intervals, 10,000 bootstrap resamples of whole sections where the data names them, else of items."
    return Table("evaluation", f"{backend} {model_args}", ("Task", "Figure", "Value", "Items"), tuple(rows), (note,))


def task_manager(names: list[str], include_path: Path | None) -> Any:
    """lm-eval's task manager over our tasks and `include_path`; over its own too where a name is in neither.

    Raises:
        InputError: no task of that name anywhere.
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

    from alignment.weights import locate

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
