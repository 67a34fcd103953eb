"""The one private name of lm-eval that valign uses; `tests/test_private_names.py` fails when it moves.

`load_yaml` reads a task's YAML and resolves its functions. The public `TaskManager.load` also loads the data, but a
public safety suite's data can be a local copy, which must be configured first.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any


def load_task_yaml(path: Path) -> dict[str, Any]:
    """A task's configuration as lm-eval reads it."""
    from lm_eval.tasks._yaml_loader import load_yaml

    return dict(load_yaml(path))
