"""valign: how well a language model holds the values written in a document, with numbers that can be defended.

`import valign` is the whole public interface, and a plug-in needs nothing else. Names are imported when they are first
used, so that `import valign` alone costs nothing. The modules of this package are what every other folder builds on:
errors, files, fingerprints, JSON lines, templates, the plug-in registry, sentence embeddings, chat models.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

#: Public name -> where it is defined.
_PUBLIC = {
    # carrying out and reading runs
    "Run": "harness.api:Run",
    "compare": "harness.api:compare",
    "import_logs": "harness.api:import_logs",
    "load_recipe": "harness.recipe:load_recipe",
    "load_run": "harness.api:load_run",
    "run": "harness.api:run",
    # extending: an alignment method, a metric, a judge, a safety suite, a stage, an output format
    "Method": "alignment.method:Method",
    "TrainingJob": "alignment.method:TrainingJob",
    "PromptMethod": "baselines.prompting:PromptMethod",
    "PromptJob": "baselines.prompting:PromptJob",
    "ConversationChange": "baselines.conversation:ConversationChange",
    "Metric": "harness.metrics.base:Metric",
    "Values": "harness.statistics.values:Values",
    "mean_values": "harness.statistics.values:mean_values",
    "Judge": "harness.judging.judge:Judge",
    "Judgement": "harness.judging.judge:Judgement",
    "Pairing": "harness.judging.judge:Pairing",
    "SafetySuite": "tasks.safety.suite:SafetySuite",
    "SafetyTask": "tasks.safety.suite:SafetyTask",
    "SafetySource": "tasks.safety.suite:Source",
    "SafetyFile": "tasks.safety.suite:File",
    "Label": "harness.stages.base:Label",
    "Stage": "harness.stages.base:Stage",
    "DocumentPlanner": "harness.stages.base:DocumentPlanner",
    "Workspace": "harness.stages.base:Workspace",
    "Format": "harness.report.formats.base:Format",
    "Report": "harness.report.formats.base:Report",
    "Table": "harness.report.table:Table",
    "InputError": "valign.errors:InputError",
}

__all__ = ["__version__", *sorted(_PUBLIC)]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'valign' has no attribute {name!r}")
    module, _, attribute = _PUBLIC[name].partition(":")
    found = globals()[name] = getattr(importlib.import_module(module), attribute)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
