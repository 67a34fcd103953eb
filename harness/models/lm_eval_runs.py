"""Running tasks with lm-eval, and reading its samples."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from baselines.retrieval.index import Found
from harness.models.answers import Answer, Likelihood
from harness.recipe.recipe import Generation
from tasks.data.folder import DataFolder


def task_config(document: DataFolder, kind: str) -> dict[str, Any]:
    """The lm-eval configuration of a data folder's `heldout` or `preference` task, after the shipped YAML."""
    import tasks
    from tasks.data import lm_eval_datasets

    suffix = "" if kind == "heldout" else "_preference"
    template = (Path(tasks.__file__).parent / "bcg" / f"bcg{suffix}.yaml").read_text(encoding="utf-8")
    config = yaml.safe_load(template.replace("!function ", ""))
    return {
        **config,
        "task": f"valign_{document.name}{suffix}",
        "custom_dataset": lm_eval_datasets.held_out if kind == "heldout" else lm_eval_datasets.held_out_preferences,
        "dataset_kwargs": {"document": str(document.path)},
    }


def evaluate(
    model: Any, config: dict[str, Any], items: Sequence[int] | None, generation: dict[str, Any] | None, seed: int
) -> dict[str, Any]:
    """Run one task, put as a conversation, on a model; lm-eval's results with its samples.

    items: positions of the items to ask; all where None.
    """
    if generation is not None:
        config = {**config, "generation_kwargs": {"until": [], **generation}}
    return run_tasks(model, load_tasks([config], seed), seed, items=items)


def load_tasks(configs: Sequence[dict[str, Any]], seed: int) -> dict[str, Any]:
    """lm-eval's task objects, zero-shot."""
    from lm_eval.tasks import TaskManager

    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    loaded: dict[str, Any] = TaskManager(include_defaults=False).load(list(configs))
    for task in loaded["tasks"].values():
        task.set_config(key="num_fewshot", value=0)
        task.set_fewshot_seed(seed=seed)
    return loaded


def run_tasks(
    model: Any, loaded: dict[str, Any], seed: int, *, items: Sequence[int] | None = None, chat: bool = True
) -> dict[str, Any]:
    """Run loaded tasks on a model with lm-eval's `evaluate`, without its bootstrap.

    items: positions of the items of each task; all where None. chat: whether prompts are put as conversations. seed: of
    torch, for models that sample.
    """
    import torch
    from lm_eval.evaluator import evaluate

    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    torch.manual_seed(seed)
    chosen = None if items is None else {name: list(items) for name in loaded["tasks"]}
    results: dict[str, Any] | None = evaluate(
        lm=model, task_dict=loaded, samples=chosen, bootstrap_iters=0, apply_chat_template=chat, log_samples=True
    )
    if results is None:
        raise RuntimeError("lm-eval returned no results on this rank")
    info = model.get_model_info() if hasattr(model, "get_model_info") else {}
    return {**results, "config": {"model": type(model).__name__, **info, "torch_seed": seed}}


def generation_arguments(generation: Generation) -> dict[str, Any]:
    """lm-eval's generation arguments; sampling settings only where `do_sample` is true."""
    arguments: dict[str, Any] = {"max_gen_toks": generation.max_gen_toks, "do_sample": generation.do_sample}
    if generation.do_sample:
        arguments |= {"temperature": generation.temperature, "top_p": generation.top_p}
    return arguments


def answers_of(results: dict[str, Any], model: Any) -> list[Answer]:
    """The answers in lm-eval's samples, in the order of the held-out file."""
    retrieved: dict[str, list[Found]] = getattr(model, "retrieved", {})
    answers = []
    for sample in _samples(results):
        doc, (shown, arguments) = sample["doc"], sample["arguments"][0]
        answers.append(
            Answer(
                item=doc["id"],
                section=doc["section"],
                kind=doc["kind"],
                seen=doc["seen"],
                prompt=doc["prompt"],
                reference=doc["reference"],
                text=sample["filtered_resps"][0].strip(),
                retrieved=_passages(retrieved.get(shown, [])),
                cut=is_cut(model, shown, arguments["max_gen_toks"]),
                value=doc["value"],
                stance=doc["stance"],
                key_facts=tuple(doc["key_facts"]),
            )
        )
    return answers


def is_cut(model: Any, prompt: str, max_gen_toks: int) -> bool:
    """Whether the backend truncates this prompt on the left; False where it does not report its context length."""
    length, encode = getattr(model, "max_length", None), getattr(model, "tok_encode", None)
    return bool(length and encode and len(encode(prompt)) > length - max_gen_toks)


def likelihoods_of(results: dict[str, Any], model: Any) -> list[Likelihood]:
    """The log-likelihoods in lm-eval's samples, in the order of the held-out preference file."""
    retrieved: dict[str, list[Found]] = getattr(model, "retrieved", {})
    rows = []
    for sample in _samples(results):
        doc, shown = sample["doc"], sample["arguments"][0][0]
        chosen, rejected = (float(response[0]) for response in sample["filtered_resps"])
        found = _passages(retrieved.get(shown, []))
        about = (doc["id"], doc["section"], doc["seen"])
        rows.append(Likelihood(*about, chosen, rejected, found, doc["value"], doc["contrast"]))
    return rows


def _samples(results: dict[str, Any]) -> list[dict[str, Any]]:
    (samples,) = results["samples"].values()
    return sorted(samples, key=lambda sample: int(sample["doc_id"]))


def _passages(found: list[Found]) -> tuple[tuple[str, float], ...]:
    return tuple((one.passage.id, one.score) for one in found)


def write_lm_eval_layout(results: dict[str, Any], folder: Path) -> None:
    """Write results and samples as lm-eval does (`results_*.json`, `samples_<task>_*.jsonl`) below `folder`."""
    from lm_eval.loggers import EvaluationTracker

    tracker = EvaluationTracker(output_path=str(folder))
    samples = results.pop("samples")
    tracker.save_results_aggregated(results=results, samples=samples)
    for task, rows in samples.items():
        tracker.save_results_samples(task_name=task, samples=rows)
