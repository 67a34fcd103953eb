"""Model cards with `model-index`: what a checkpoint is, how it was trained, and its figures beside the seed model's."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import yaml

from harness.recipe import SEED
from harness.report.columns import heading, shown
from harness.report.hub.checkpoints import TrainedModel
from harness.report.judges import summary
from harness.report.preamble import preamble
from harness.report.table import Table, markdown
from harness.run.columns import judge_of
from harness.run.manifest import Manifest
from harness.statistics import Estimate
from valign.models.catalogue import KNOWN

if TYPE_CHECKING:
    from huggingface_hub import EvalResult, ModelCard

#: What the hub calls the task of a chat model.
_TASK = "text-generation"


def model_card(manifest: Manifest, model: TrainedModel, name: str = "", dataset: str | None = None) -> ModelCard:
    """The card of a checkpoint.

    name: of the model on the hub; `<document>-<method>` if empty. dataset: the held-out task's id on the hub, where it
    is there; the document's name stands for it otherwise.
    """
    from huggingface_hub import ModelCard, ModelCardData

    training = manifest.recipe.training(model.method)
    method = manifest.recipe.method_of(model.method)
    data = ModelCardData(
        model_name=name or model.name,
        base_model=hub_id(manifest.recipe.seed_model.model),
        library_name="transformers",
        pipeline_tag=_TASK,
        tags=["valign", method, *(["lora"] if training.lora else [])],
        eval_results=list(_results(model, dataset)),
    )
    return ModelCard(f"---\n{data.to_yaml()}\n---\n\n{_text(manifest, model, name or model.name)}")


def hub_id(model: str) -> str | None:
    """A model's id on the hub; None for a folder, a file, or a model of a package."""
    if model in KNOWN:
        return KNOWN[model].hub
    plain = model.count("/") == 1 and not model.startswith((".", "/", "~", "package:"))
    return model if plain and not model.endswith(".gguf") else None


def figures_of(model: TrainedModel, system: str) -> Iterator[tuple[str, Estimate]]:
    """(column, figure) of a system where it has one."""
    for column, figure in model.results.figures[system].items():
        if not math.isnan(figure.value):
            yield column, figure


def metadata_figures(model: TrainedModel, system: str) -> Iterator[tuple[str, Estimate]]:
    """Those that programs may read: without the win rates of a judge whose audit raised an alarm, which a card says."""
    for column, figure in figures_of(model, system):
        judge = judge_of(column)
        if judge is None or not model.results.judges[judge].alarms:
            yield column, figure


def _results(model: TrainedModel, dataset: str | None) -> Iterator[EvalResult]:
    from huggingface_hub import EvalResult

    document = model.record.name
    for system in model.systems:
        retrieval = ", with retrieval" if system.retrieval else ""
        for column, figure in metadata_figures(model, system.name):
            bounds = None if math.isnan(figure.low) else [round(figure.low, 6), round(figure.high, 6)]
            yield EvalResult(
                task_type=_TASK,
                task_name=f"Held-out prompts of {document}{retrieval}",
                dataset_type=dataset or document,
                dataset_name=model.record.title,
                dataset_config=system.name,
                dataset_split="test",
                dataset_args=dict(model.record.held_out),
                metric_type=column,
                metric_name=heading(column),
                metric_value=round(figure.value, 6),
                metric_args={
                    "interval": bounds, "n": figure.n, "n_unscored": figure.n_unscored, "signature": figure.signature,
                },
            )  # fmt: skip


def _text(manifest: Manifest, model: TrainedModel, name: str) -> str:
    recipe, results = manifest.recipe, model.results
    training, method = recipe.training(model.method), recipe.method_of(model.method)
    settings = yaml.safe_dump(
        {"method": method, "settings": training.settings, **({"lora": training.lora} if training.lora else {})},
        sort_keys=False,
    )
    seed = next((s.name for s in recipe.systems if s.method == SEED and not s.retrieval), None)
    floor = f"the seed model's ({results.labels[seed]})" if seed else "not known: the run has no seed model"
    intro = [
        *preamble(manifest),
        f"{results.labels[model.systems[0].name]} of `{recipe.seed_model.label}` on the document "
        f"*{model.record.title}*, trained and evaluated by valign.",
        f"## Training\n\n```yaml\n{settings}```",
        f"Data: the document `{model.record.name}`"
        + (f", written by the teacher `{model.record.teacher}`." if model.record.teacher else "."),
        f"## Evaluation\n\n{results.n_items} held-out prompts; 95% bootstrap intervals. The figures to beat are "
        f"{floor}. Figures of another judge, metric version or data are not comparable: each figure's signature is in "
        "this card's metadata.".replace("95%", f"{recipe.statistics.confidence:.0%}"),
        *(line for judge in results.judges.values() for line in summary(judge)),
    ]
    return markdown([_table(model, seed)], name, intro)


def _table(model: TrainedModel, seed: str | None) -> Table:
    systems = [*(one.name for one in model.systems), *([seed] if seed else [])]
    figures = {name: dict(figures_of(model, name)) for name in systems}
    columns = list(dict.fromkeys(column for name in systems for column in figures[name]))
    rows = tuple(
        (heading(column), *(shown(column, figures[name].get(column)) for name in systems)) for column in columns
    )
    return Table("evaluation", "Figures", ("Figure", *systems), rows)
