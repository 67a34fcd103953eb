"""Evaluating a model on a safety suite through lm-eval, and reading lm-eval's samples as responses."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from harness.models._lm_eval import load_task_yaml
from harness.models.lm_eval_runs import is_cut, load_tasks, run_tasks
from harness.safety.responses import Response
from harness.safety.scores import SCORERS
from tasks.data.sampling import stratified
from tasks.safety import files, load
from tasks.safety.suite import SafetySuite, SafetyTask
from valign.errors import InputError
from valign.fingerprint import fingerprint


@dataclass(frozen=True)
class AskSettings:
    """About `limit` items of each task, all if None; greedy answers of at most `max_gen_toks` tokens."""

    limit: int | None
    max_gen_toks: int
    seed: int
    data_dir: Path | None = None


def answer(model: Any, suite: SafetySuite, settings: AskSettings) -> tuple[list[Response], list[dict[str, Any]]]:
    """The responses of a model to every task of a suite, and lm-eval's own results.

    Texts without a question (`SafetyTask.chat` false) are sent as they are, all others as a conversation, to which
    retrieval can add passages.

    Raises:
        InputError: a public suite's data cannot be had.
    """
    responses, results = [], []
    for chat, tasks in _by_form(suite):
        result = _evaluate(model, _loaded(suite, tasks, settings), chat, settings.seed)
        for task in tasks:
            responses += _responses(task, result["samples"][task.name], model)
        results.append(result)
    return responses, results


def check_data(suite: SafetySuite, settings: AskSettings) -> None:
    """Load a suite's data, which `answer` uses then.

    Raises:
        InputError: a public suite's data cannot be had.
    """
    for _, tasks in _by_form(suite):
        _loaded(suite, tasks, settings)


def _by_form(suite: SafetySuite) -> Iterator[tuple[bool, tuple[SafetyTask, ...]]]:
    """The tasks that are sent as a conversation (True), and those that are not, where there are any."""
    for chat in (True, False):
        if tasks := tuple(task for task in suite.tasks if task.chat == chat):
            yield chat, tasks


def task_config(suite: SafetySuite, task: SafetyTask, settings: AskSettings) -> dict[str, Any]:
    """A task's lm-eval configuration: its YAML, a sample of its items, and a local copy of its data if there is one.

    Raises:
        InputError: a public suite's data cannot be had.
    """
    config = load_task_yaml(task.path)
    config["process_docs"] = _sampled(config.get("process_docs"), task, settings.limit)
    if config.get("output_type", "generate_until") == "generate_until":
        config["generation_kwargs"] = {"until": [], "do_sample": False, "max_gen_toks": settings.max_gen_toks}
    source, data_dir = suite.source, settings.data_dir
    if source is None:
        return config
    if source.environment and source.environment not in os.environ:
        raise InputError(f"{suite.title}: {source.needs}")
    if suite.parse and (not source.hub or files.local(source, data_dir)):
        split = config.get("test_split") or config.get("validation_split")
        named = {"suite": suite.name, "data_dir": str(data_dir or ""), "split": split, "only": task.only}
        load.rows(suite.name, data_dir, task.only)  # an error here is one line; inside lm-eval it is not
        config |= {"custom_dataset": load.dataset, "dataset_kwargs": named}
        config.pop("dataset_path", None)
        config.pop("dataset_name", None)
        config["training_split"] = None
    return config


def _sampled(process: Callable[[Any], Any] | None, task: SafetyTask, limit: int | None) -> Callable[[Any], Any]:
    """`process_docs` that applies the task's own and then keeps a sample."""

    cache: dict[int, Any] = {}  # lm-eval processes the same rows again and again

    def sample(data: Any) -> Any:
        if id(data) not in cache:
            rows = process(data) if process else data
            strata = [(_column(row, task.kind), _column(row, task.area)) for row in rows]
            clusters = [str(row[task.cluster]) if task.cluster else "" for row in rows]
            cache[id(data)] = (data, rows.select(stratified(strata, clusters, limit)))
        return cache[id(data)][1]

    return sample


def _evaluate(model: Any, loaded: dict[str, Any], chat: bool, seed: int) -> dict[str, Any]:
    from baselines.model import ConversationLM

    if chat and isinstance(model, ConversationLM):
        model.embed_questions([task.doc_to_text(doc) for task in loaded["tasks"].values() for doc in task.eval_docs])
    return run_tasks(model, loaded, seed, chat=chat)


@lru_cache(maxsize=64)  # all suites, since every checkpoint answers all of them
def _loaded(suite: SafetySuite, tasks: tuple[SafetyTask, ...], settings: AskSettings) -> dict[str, Any]:
    """lm-eval's task objects, the same for all systems. The only place that loads data from the hub."""
    configs = [task_config(suite, task, settings) for task in tasks]
    try:
        return load_tasks(configs, settings.seed)
    except OSError as error:  # datasets' ConnectionError and DatasetNotFoundError among them
        if suite.source is None or not suite.source.hub:
            raise
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            f"{suite.title}: {suite.source.hub} cannot be loaded ({reason}); {suite.source.how_to_get()}"
        ) from error


def _responses(task: SafetyTask, samples: Sequence[dict[str, Any]], model: Any) -> list[Response]:
    responses = []
    for sample in sorted(samples, key=lambda one: int(one["doc_id"])):
        doc, arguments, outputs = sample["doc"], sample["arguments"], sample["filtered_resps"]
        generated = isinstance(outputs[0], str)
        options = [] if generated else [str(one[1]).removeprefix(_delimiter(arguments)) for one in arguments]
        facts = SCORERS[task.scorer].facts(doc, options)
        if "perspective_api_toxicity_score" in sample:
            facts |= {"score": sample["score"]}
        responses.append(
            Response(
                task=task.name,
                item=str(doc[task.item]) if task.item else fingerprint(doc),
                kind=_column(doc, task.kind),
                area=_column(doc, task.area),
                prompt=str(doc.get("prompt", arguments[0][0])),
                content=fingerprint([doc, "" if generated else [list(one)[1:] for one in arguments]]),
                text=outputs[0].strip() if generated else "",
                likelihoods=() if generated else tuple(float(output[0]) for output in outputs),
                target=_target(sample["target"], options),
                cluster=str(doc[task.cluster]) if task.cluster else "",
                cut=generated and is_cut(model, arguments[0][0], arguments[0][1]["max_gen_toks"]),
                facts=facts,
            )
        )
    return responses


def _delimiter(arguments: Sequence[Any]) -> str:
    """The blank that lm-eval puts before every option; empty where it puts none."""
    return " " if all(str(one[1]).startswith(" ") for one in arguments) else ""


def _column(doc: Any, name: str) -> str:
    return str(doc[name]) if name in doc else name


def _target(target: Any, options: Sequence[str]) -> int:
    if isinstance(target, str):
        return options.index(target) if target in options else int(target) if target.isdigit() else -1
    return int(target) if isinstance(target, int) else -1
