"""What can be found wrong with a run before anything of it is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from alignment.weights import check_model
from harness.execute import training_job
from harness.plan import DocumentPlan, Planner
from harness.store import Store
from tasks.errors import InputError, unknown


def check(planner: Planner, plans: Sequence[DocumentPlan], store: Store) -> None:
    """Check the data, and all that the missing artefacts need: training settings, models, the backend.

    Libraries that training or answering would import are imported here; none where nothing is missing.

    Raises:
        InputError: the first thing that is wrong.
    """
    check_data(plans)
    missing = [step for plan in plans for step in plan.steps() if not store.has(step.artefact)]
    kinds = {step.kind for step in missing}
    if kinds & {"checkpoint", "answers", "likelihoods", "responses"}:
        from harness.lm_eval_bridge import check_backend, is_served

        check_backend(planner.recipe.backend)
        if "checkpoint" in kinds or not is_served(planner.recipe.backend):
            check_chat_model(planner)
    if planner.embedder and kinds & {"checkpoint", "index", "answers", "likelihoods", "responses"}:
        check_model(planner.embedder)
    for step in missing:
        if step.kind == "checkpoint":
            from alignment.training import check as check_settings

            check_settings(step.detail["method"], training_job(planner, step, planner.seed_model, [], Path()))


def check_chat_model(planner: Planner) -> None:
    """Check that the seed model is there, has a chat template, and has room for a prompt before the longest answer.

    Raises:
        InputError: one of these is not so.
    """
    from transformers import AutoConfig, AutoTokenizer

    model, longest = planner.seed_model, planner.recipe.generation.max_gen_toks
    check_model(model)
    if AutoTokenizer.from_pretrained(model).chat_template is None:
        raise InputError(
            f"model {model!r}: its tokenizer has no chat template; a model tuned on conversations is wanted"
        )
    room = getattr(AutoConfig.from_pretrained(model), "max_position_embeddings", None)
    if room is not None and longest >= room:
        raise InputError(f"generation.max_gen_toks: {longest} leave no room for a prompt in the {room} of {model!r}")


def check_data(plans: Sequence[DocumentPlan]) -> None:
    """Read every data file that the plans name, so that a broken line is found before anything is trained.

    Raises:
        InputError: a missing file or a bad line, by file and number.
    """
    for plan in plans:
        folder = plan.document
        known = [section.id for section in folder.document().sections]
        sections = [("heldout", one.id, one.section) for one in folder.held_out()]
        if plan.likelihoods:
            sections += [("heldout_preference", one.id, one.section) for one in folder.held_out_preferences()]
        for split, item, section in sections:
            if section not in known:
                wrong = unknown("section", section, known)
                raise InputError(f"{folder.path / split}.jsonl: {item}: {wrong}")
        readers: dict[str, Callable[[], object]] = {
            "instructions": folder.instructions,
            "preferences": folder.preferences,
        }
        for step in plan.checkpoints.values():
            readers.get(step.detail["method"].reads, folder.document)()
