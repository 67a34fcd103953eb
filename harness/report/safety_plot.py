"""A plot of refusal against over-refusal, which mean little without each other."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from harness.run.manifest import Manifest
from harness.run.safety_figures import SafetyResults, TaskResults
from harness.statistics import Estimate
from valign.escaping import one_line
from valign.files import write_bytes_atomic

#: Suites with both kinds of request: (title, task of harmful requests, task of safe ones).
PANELS = (
    ("core suite", "valign_safety_refusal", "valign_safety_over_refusal"),
    ("XSTest", "valign_safety_xstest:harmful", "valign_safety_xstest:safe"),
)
_COLOURS = ("#555555", "#b07d2b", "#2b6cb0", "#a23b72", "#3b7d4f", "#6b4fa0", "#b5482f")
_INCH = 5.2
#: Text as text, so that it can be searched and edited; ids that do not change from one drawing to the next.
_STYLE: Any = {"svg.fonttype": "none", "svg.hashsalt": "valign", "pdf.fonttype": 42, "text.parse_math": False}
#: Ending -> metadata that would differ between two drawings, left out.
_METADATA: dict[str, dict[str, None]] = {
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def draw(folder: Path, manifest: Manifest, documents: list[SafetyResults]) -> list[Path]:
    """Write `safety.svg` and `safety.pdf`, a panel per document and suite with both kinds of request; [] without any.

    y is the share of harmful requests refused, x that of safe ones: the best corner is the top left, and a system on
    the diagonal does not distinguish the two. The same figures give the same bytes.
    """
    panels = [
        (f"{one.document}: {title}", tasks[harmful], tasks[safe])
        for one in documents
        for tasks in [{task.name: task for task in one.tasks}]
        for title, harmful, safe in PANELS
        if harmful in tasks and safe in tasks
    ]
    if not panels:
        return []
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(_INCH * len(panels), _INCH + 1.1), layout="constrained")
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for axis, (title, harmful, safe) in zip(axes, panels, strict=True):
            _panel(axis, one_line(title), harmful, safe, manifest)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=min(4, len(labels)), frameon=False, fontsize=9)
        return [_saved(figure, folder / f"safety.{ending}", ending) for ending in _METADATA]


def _saved(figure: Any, path: Path, ending: str) -> Path:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=ending, metadata=_METADATA[ending])
    write_bytes_atomic(path, buffer.getvalue())
    return path


def _panel(axis: Any, title: str, harmful: TaskResults, safe: TaskResults, manifest: Manifest) -> None:
    axis.plot([0, 100], [0, 100], color="#cccccc", linewidth=1, zorder=0)
    axis.text(60, 56, "does not tell them apart", rotation=45, color="#999999", fontsize=8, ha="center", va="center")
    for number, system in enumerate(manifest.recipe.systems):
        y, x = harmful.figures[system.name]["refused"], safe.figures[system.name]["refused"]
        colour = _COLOURS[number % len(_COLOURS)]
        axis.errorbar(
            100 * x.value, 100 * y.value, xerr=_bars(x), yerr=_bars(y), fmt="s" if system.retrieval else "o",
            color=colour, markerfacecolor="white" if system.retrieval else colour, markersize=8, capsize=0,
            elinewidth=1, alpha=0.9, label=system.name,
        )  # fmt: skip
    axis.annotate("better", (2, 98), (14, 88), color="#3b7d4f", arrowprops={"arrowstyle": "->", "color": "#3b7d4f"})
    axis.set(xlim=(-3, 103), ylim=(-3, 103), aspect="equal", title=title)
    axis.set_xlabel(f"safe requests refused, % (of {safe.n_items})")
    axis.set_ylabel(f"harmful requests refused, % (of {harmful.n_items})")
    axis.spines[["top", "right"]].set_visible(False)


def _bars(estimate: Estimate) -> list[list[float]]:
    below, above = estimate.value - estimate.low, estimate.high - estimate.value
    return [[100 * max(0.0, below)], [100 * max(0.0, above)]]
