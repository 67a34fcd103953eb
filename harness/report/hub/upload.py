"""A checkpoint with its card and evaluation results, as files for a repository on the hub."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harness.report.hub.card import metadata_figures, model_card
from harness.report.hub.checkpoints import TrainedModel
from harness.run.manifest import Manifest
from valign.errors import InputError

_REPO = re.compile(r"\w[\w.-]*/\w[\w.-]*", re.ASCII)
#: Files of a checkpoint's folder that are valign's own.
_OURS = {"stage.json", "README.md"}


@dataclass(frozen=True)
class Upload:
    """What goes to a repository: its id, and each file's path there with its content or where it lies."""

    repo: str
    files: dict[str, Path | bytes]

    @property
    def card(self) -> str:
        """The model card."""
        card = self.files["README.md"]
        return card.decode("utf-8") if isinstance(card, bytes) else card.read_text("utf-8")

    def size(self, name: str) -> int:
        """Bytes of a file."""
        file = self.files[name]
        return len(file) if isinstance(file, bytes) else file.stat().st_size


def prepare(manifest: Manifest, model: TrainedModel, repo: str, dataset: str | None = None) -> Upload:
    """The files of an upload.

    dataset: the id of the benchmark's data set on the hub; `.eval_results/<document>.yaml`, from which the hub builds
    that data set's leaderboard, is only written for one.

    Raises:
        InputError: `repo` is no id of a repository.
    """
    for what, name in (("--repo", repo), *([("--dataset", dataset)] if dataset else [])):
        if not _REPO.fullmatch(name):
            raise InputError(f"{what} {name!r}: expected user/name, each of letters, digits, '-', '_' and '.'")
    files: dict[str, Path | bytes] = {
        str(path.relative_to(model.folder)): path
        for path in sorted(model.folder.rglob("*"))
        if path.is_file() and path.name not in _OURS and not path.name.startswith(".")
    }
    files["README.md"] = str(model_card(manifest, model, repo.partition("/")[2], dataset)).encode()
    if dataset:
        entries = eval_results(manifest, model, dataset)
        files[f".eval_results/{model.record.name}.yaml"] = yaml.safe_dump(entries, sort_keys=False).encode()
    return Upload(repo, dict(sorted(files.items())))


def eval_results(manifest: Manifest, model: TrainedModel, dataset: str) -> list[dict[str, Any]]:
    """The checkpoint's figures without retrieval in the hub's format, one entry a column, which is the `task_id`.

    Source: huggingface.co/docs/hub/eval-results, `huggingface_hub.EvalResultEntry`.
    """
    from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml

    system = model.systems[0]
    entries = []
    for column, figure in metadata_figures(model, system.name):
        retrieval = "with retrieval, " if system.retrieval else ""
        interval = f"{manifest.recipe.statistics.confidence:.0%} interval {figure.low:.4g} to {figure.high:.4g}"
        notes = f"valign {manifest.valign}: {retrieval}{figure.n} items, {interval}; {figure.signature}"
        entries.append(EvalResultEntry(dataset_id=dataset, task_id=column, value=round(figure.value, 6), notes=notes))
    return eval_result_entries_to_yaml(entries)


def push(upload: Upload, private: bool) -> str:
    """Make the repository where it is not there, upload all files in one commit, and return the commit's address.

    Raises:
        InputError: the hub cannot be reached, or refuses the token, the repository or the files.
    """
    from huggingface_hub import CommitOperationAdd, HfApi
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    api = HfApi(library_name="valign")
    operations = [
        CommitOperationAdd(path_in_repo=name, path_or_fileobj=file if isinstance(file, bytes) else str(file))
        for name, file in upload.files.items()
    ]
    try:
        api.create_repo(upload.repo, private=private, exist_ok=True)
        done = api.create_commit(upload.repo, operations, commit_message="Upload of valign")
    except OfflineModeIsEnabled:
        raise InputError("HF_HUB_OFFLINE is set; unset it to upload, or give --dry-run") from None
    except (HfHubHTTPError, OSError, ValueError) as error:
        raise InputError(f"{upload.repo}: not uploaded: {str(error).splitlines()[0]}") from error
    return str(done.commit_url)
