"""The one place that talks to lm-eval: building models, running the held-out tasks, reading the samples back."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from baselines.index import Passage
from harness.answers import Answer, Likelihood
from harness.recipe import Backend, Generation
from tasks.errors import InputError, unknown
from tasks.folder import DataFolder

#: lm-eval's classes that take a served model's name, not its weights.
_SERVED = ("local-completions", "local-chat-completions", "openai-completions", "openai-chat-completions")


def is_served(backend: Backend) -> bool:
    """Whether the backend asks a server for answers and takes a model's name, not its weights."""
    return backend.name in _SERVED


def check_backend(backend: Backend) -> None:
    """Check that lm-eval has the recipe's backend.

    Raises:
        InputError: it has not.
    """
    import lm_eval.models

    if backend.name not in lm_eval.models.MODEL_MAPPING:
        raise unknown("backend", backend.name, lm_eval.models.MODEL_MAPPING)


def build_model(backend: Backend, model: str, device: str, dtype: str) -> Any:
    """An lm-eval model of the recipe's backend.

    Raises:
        InputError: the model cannot be loaded.
    """
    if is_served(backend):
        arguments: dict[str, Any] = {"model": model, "batch_size": backend.batch_size}
    else:
        arguments = {"pretrained": model, "device": device, "dtype": dtype, "batch_size": backend.batch_size}
    try:
        return _model_class(backend.name).create_from_arg_obj({**arguments, **backend.arguments})
    except OSError as error:
        raise InputError(f"model {model!r}: cannot be loaded: {str(error).splitlines()[0]}") from error


def _model_class(name: str) -> Any:
    if name == "hf":
        from harness.hf_model import LeanHFLM

        return LeanHFLM
    from lm_eval.api.registry import get_model

    return get_model(name)


def task_config(document: DataFolder, kind: str) -> dict[str, Any]:
    """The lm-eval configuration of a document's `heldout` or `preference` task.

    It is what the shipped YAML files say, for any data folder.
    """
    from tasks import lm_eval_data

    suffix = "" if kind == "heldout" else "_preference"
    template = (Path(lm_eval_data.__file__).parent / "bcg" / f"bcg{suffix}.yaml").read_text(encoding="utf-8")
    config = yaml.safe_load(template.replace("!function ", ""))
    return {
        **config,
        "task": f"valign_{document.name}{suffix}",
        "custom_dataset": lm_eval_data.held_out if kind == "heldout" else lm_eval_data.held_out_preferences,
        "dataset_kwargs": {"document": str(document.path)},
    }


def evaluate(
    model: Any, config: dict[str, Any], limit: int | None, generation: dict[str, Any] | None, seed: int
) -> dict[str, Any]:
    """Run one task on a model through lm-eval's `simple_evaluate`; its own bootstrap stays off."""
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    look_round_once()
    if generation is not None:
        config = {**config, "generation_kwargs": {"until": [], **generation}}
    results: dict[str, Any] | None = simple_evaluate(
        model=model,
        tasks=[config],
        task_manager=TaskManager(include_defaults=False),
        limit=limit,
        bootstrap_iters=0,
        apply_chat_template=True,
        log_samples=True,
        random_seed=seed,
        numpy_random_seed=seed,
        torch_random_seed=seed,
        fewshot_random_seed=seed,
    )
    if results is None:
        raise RuntimeError("lm-eval returned no results on this rank")
    return results


def look_round_once() -> None:
    """Let lm-eval do once in a process what it does for every task or item.

    It looks up commit and environment (git, pip and lspci run), and compiles a template four times an item.
    """
    from lm_eval import evaluator, utils
    from torch.utils import collect_env

    places = ((collect_env, "get_pretty_env_info"), (evaluator, "get_git_commit_hash"), (utils.env, "from_string"))
    for place, name in places:
        look = getattr(place, name)
        if not hasattr(look, "cache_info"):
            setattr(place, name, cache(look))


def generation_arguments(generation: Generation) -> dict[str, Any]:
    """lm-eval's generation arguments; sampling settings only where sampling is on."""
    arguments: dict[str, Any] = {"max_gen_toks": generation.max_gen_toks, "do_sample": generation.do_sample}
    if generation.do_sample:
        arguments |= {"temperature": generation.temperature, "top_p": generation.top_p}
    return arguments


def answers_of(results: dict[str, Any], model: Any) -> list[Answer]:
    """The answers in lm-eval's samples, in the order of the held-out file."""
    retrieved: dict[str, list[Passage]] = getattr(model, "retrieved", {})
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
            )
        )
    return answers


def is_cut(model: Any, prompt: str, max_gen_toks: int) -> bool:
    """Whether the backend cut this prompt on the left to fit its context; False where it does not say its length."""
    length, encode = getattr(model, "max_length", None), getattr(model, "tok_encode", None)
    return bool(length and encode and len(encode(prompt)) > length - max_gen_toks)


def likelihoods_of(results: dict[str, Any], model: Any) -> list[Likelihood]:
    """The log-probabilities in lm-eval's samples, in the order of the held-out preference file."""
    retrieved: dict[str, list[Passage]] = getattr(model, "retrieved", {})
    rows = []
    for sample in _samples(results):
        doc, shown = sample["doc"], sample["arguments"][0][0]
        chosen, rejected = (float(response[0]) for response in sample["filtered_resps"])
        found = _passages(retrieved.get(shown, []))
        rows.append(Likelihood(doc["id"], doc["section"], doc["seen"], chosen, rejected, found))
    return rows


def _samples(results: dict[str, Any]) -> list[dict[str, Any]]:
    (samples,) = results["samples"].values()
    return sorted(samples, key=lambda sample: int(sample["doc_id"]))


def _passages(passages: list[Passage]) -> tuple[tuple[str, float], ...]:
    return tuple((passage.chunk.id, passage.similarity) for passage in passages)


def write_lm_eval_layout(results: dict[str, Any], folder: Path) -> None:
    """Write results and samples as lm-eval does (`results_*.json`, `samples_<task>_*.jsonl`) below `folder`."""
    from lm_eval.loggers import EvaluationTracker

    tracker = EvaluationTracker(output_path=str(folder))
    samples = results.pop("samples")
    tracker.save_results_aggregated(results=results, samples=samples)
    for task, rows in samples.items():
        tracker.save_results_samples(task_name=task, samples=rows)
