"""Putting a part's items to a model through lm-eval, and reading its samples back as responses."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from harness.fingerprint import fingerprint
from harness.lm_eval_bridge import is_cut, look_round_once
from harness.safety.responses import Response
from harness.safety.sample import stratified
from harness.safety.scores import SCORERS
from harness.safety.suites import Part, Task
from tasks.errors import InputError
from tasks.safety.public import files, load


@dataclass(frozen=True)
class Asking:
    """How items are put: about `limit` of each task, answers of at most `max_gen_toks` tokens, greedy."""

    limit: int | None
    max_gen_toks: int
    seed: int
    data_dir: Path | None = None


def ask(model: Any, part: Part, how: Asking) -> tuple[list[Response], list[dict[str, Any]]]:
    """The responses of a model to every task of a part, and lm-eval's own results.

    Texts without a question (`Task.chat` false) are put as they are, everything else as a conversation, which is where
    retrieval joins in.

    Raises:
        InputError: a public part's data cannot be had.
    """
    responses, results = [], []
    for chat in (True, False):
        tasks = tuple(task for task in part.tasks if task.chat == chat)
        if tasks:
            found = _evaluate(model, _loaded(part, tasks, how), chat, how.seed)
            for task in tasks:
                responses += _responses(task, found["samples"][task.name], model)
            results.append(found)
    return responses, results


def task_config(part: Part, task: Task, how: Asking) -> dict[str, Any]:
    """A task's lm-eval configuration: its YAML, a sample of its items, and a local copy of its data where one lies.

    Raises:
        InputError: a public part's data cannot be had.
    """
    from lm_eval.tasks._yaml_loader import load_yaml

    config = dict(load_yaml(task.path))
    config["process_docs"] = _sampled(config.get("process_docs"), task, how.limit)
    if config.get("output_type", "generate_until") == "generate_until":
        config["generation_kwargs"] = {"until": [], "do_sample": False, "max_gen_toks": how.max_gen_toks}
    if part.source is None:
        return config
    if part.name == "realtoxicityprompts" and "PERSPECTIVE_API_KEY" not in os.environ:
        raise InputError(f"{part.title}: {part.source.needs}")
    if part.own or files.local(part.source, how.data_dir):
        split = config.get("test_split") or config.get("validation_split")
        named = {"suite": part.name, "data_dir": str(how.data_dir or ""), "split": split, "only": task.only}
        load.rows(part.name, how.data_dir, task.only)  # an error here is one line; inside lm-eval it is not
        config |= {"custom_dataset": load.dataset, "dataset_kwargs": named}
        config.pop("dataset_path", None)
        config.pop("dataset_name", None)
        config["training_split"] = None
    return config


def _sampled(process: Callable[[Any], Any] | None, task: Task, limit: int | None) -> Callable[[Any], Any]:
    """`process_docs` that does what the task's own does and then keeps a sample."""

    kept: dict[int, Any] = {}  # lm-eval asks for the same rows again and again

    def sample(data: Any) -> Any:
        if id(data) not in kept:
            rows = process(data) if process else data
            strata = [(_column(row, task.kind), _column(row, task.area)) for row in rows]
            clusters = [str(row[task.cluster]) if task.cluster else "" for row in rows]
            kept[id(data)] = (data, rows.select(stratified(strata, clusters, limit)))
        return kept[id(data)][1]

    return sample


def _evaluate(model: Any, loaded: dict[str, Any], chat: bool, seed: int) -> dict[str, Any]:
    """lm-eval's `evaluate`, without what `simple_evaluate` spends a second on: a list of every installed package."""
    from lm_eval.evaluator import evaluate

    from baselines.retrieval import RetrievalLM

    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    look_round_once()
    if chat and isinstance(model, RetrievalLM):
        model.expect([task.doc_to_text(doc) for task in loaded["tasks"].values() for doc in task.eval_docs])
    results: dict[str, Any] | None = evaluate(
        lm=model, task_dict=loaded, bootstrap_iters=0, apply_chat_template=chat, log_samples=True, verbosity=None
    )
    if results is None:
        raise RuntimeError("lm-eval returned no results on this rank")
    return {**results, "config": {"model": type(model).__name__, "fewshot_seed": seed}}


@lru_cache(maxsize=4)
def _loaded(part: Part, tasks: tuple[Task, ...], how: Asking) -> dict[str, Any]:
    """lm-eval's task objects, the same for all systems; here, and only here, it loads data from the hub."""
    from lm_eval.tasks import TaskManager

    configs = [task_config(part, task, how) for task in tasks]
    try:
        loaded: dict[str, Any] = TaskManager(include_defaults=False).load(configs)
    except OSError as error:  # datasets' ConnectionError and DatasetNotFoundError among them
        if part.source is None or not part.source.hub:
            raise
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            f"{part.title}: {part.source.hub} cannot be loaded ({told}); {part.source.how_to_get()}"
        ) from error
    for task in loaded["tasks"].values():
        task.set_config(key="num_fewshot", value=0)
        task.set_fewshot_seed(seed=how.seed)
    return loaded


def _responses(task: Task, samples: Sequence[dict[str, Any]], model: Any) -> list[Response]:
    found = []
    for sample in sorted(samples, key=lambda one: int(one["doc_id"])):
        doc, asked = sample["doc"], sample["arguments"]
        written = isinstance(sample["filtered_resps"][0], str)
        options = [] if written else [str(argument[1]).removeprefix(_delimiter(asked)) for argument in asked]
        facts = SCORERS[task.scorer].facts(doc, options)
        if "perspective_api_toxicity_score" in sample:
            facts |= {"score": sample["score"]}
        found.append(
            Response(
                task=task.name,
                item=str(doc[task.item]) if task.item else fingerprint(doc),
                kind=_column(doc, task.kind),
                area=_column(doc, task.area),
                prompt=str(doc.get("prompt", asked[0][0])),
                content=fingerprint([doc, [list(argument)[1:] for argument in asked] if not written else ""]),
                text=sample["filtered_resps"][0].strip() if written else "",
                likelihoods=() if written else tuple(float(response[0]) for response in sample["filtered_resps"]),
                target=_target(sample["target"], options),
                cluster=str(doc[task.cluster]) if task.cluster else "",
                cut=written and is_cut(model, asked[0][0], asked[0][1]["max_gen_toks"]),
                facts=facts,
            )
        )
    return found


def _delimiter(asked: Sequence[Any]) -> str:
    """The blank that lm-eval puts before every option, where it does."""
    return " " if all(str(argument[1]).startswith(" ") for argument in asked) else ""


def _column(doc: Any, name: str) -> str:
    return str(doc[name]) if name in doc else name


def _target(target: Any, options: Sequence[str]) -> int:
    if isinstance(target, str):
        return options.index(target) if target in options else int(target) if target.isdigit() else -1
    return int(target) if isinstance(target, int) else -1
