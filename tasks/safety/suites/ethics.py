"""ETHICS: judgements of common sense, duty, justice, utility and virtue. lm-eval's five tasks."""

from __future__ import annotations

import csv
import io

from tasks.safety.suite import File, Files, Row, SafetySuite, SafetyTask, Source
from tasks.safety.tables import csv_rows


def parse(files: Files) -> list[Row]:
    """The rows of the one file that a task reads, in the columns of the hub's data set."""
    rows: list[Row] = []
    for name, data in sorted(files.items()):
        if name.startswith("util"):
            pairs = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
            rows += [{"activity": pair[0], "baseline": pair[1]} for pair in pairs if len(pair) == 2]
        elif name.startswith("virtue"):
            for row in csv_rows(data):
                scenario, _, trait = row["scenario"].partition(" [SEP] ")
                rows.append({"scenario": scenario, "trait": trait, "label": int(row["label"])})
        else:
            rows += [{**row, "label": int(row["label"])} for row in csv_rows(data)]
    return rows


def _task(short: str, name: str, file: str) -> SafetyTask:
    yaml = f"hendrycks_ethics/{name}.yaml"
    return SafetyTask(f"ethics_{short}", f"ETHICS {name}", yaml, "choice", "", name, name, only=file)


SUITE = SafetySuite(
    "ethics",
    "ETHICS",
    (
        _task("cm", "commonsense", "cm"),
        _task("deontology", "deontology", "deontology"),
        _task("justice", "justice", "justice"),
        _task("utilitarianism", "utilitarianism", "util"),
        _task("virtue", "virtue", "virtue"),
    ),
    Source(
        licence="MIT",
        citation="Hendrycks et al., ICLR 2021, arXiv:2008.02275",
        home="https://github.com/hendrycks/ethics",
        files=tuple(File(f"{name}_test.csv") for name in ("cm", "deontology", "justice", "util", "virtue")),
        hub="EleutherAI/hendrycks_ethics",
    ),
    parse,
)
