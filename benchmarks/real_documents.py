"""Real documents from file to table: `valign synthesise --teacher extractive`, then `valign run recipes/laptop.yaml`.

    python benchmarks/real_documents.py                          # all of ../shared/data that DOCUMENTS names
    python benchmarks/real_documents.py covenant ronin --work runs/real-documents

Prints the tables of docs/synthesis.md in Markdown. Both commands run in processes of their own, one after the other;
seconds are wall clock and CPU time of theirs, start included. Folders of an earlier call in the same `--work` are used
again, and their seconds then say nothing.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tabulate import tabulate

from tasks.documents.blocks import count_words
from tasks.documents.document import read_document

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
#: Name -> path and format; the shortest document first.
DOCUMENTS = {
    "covenant": ("doc_contributor_covenant/code_of_conduct.md", "Markdown"),
    "principles": ("doc_w3c_ethical_web_principles/index.html", "HTML"),
    "ronin": ("doc_ronin_institute/code-of-conduct.docx", "DOCX"),
    "w3c-conduct": ("doc_w3c_code_of_conduct/index.html", "HTML"),
    "derisking": ("doc_18f_derisking_handbook/handbook.pdf", "PDF, 41 pages"),
    "clef": ("doc_clef_handbook", "folder of Markdown"),
}
FILES = ("sft", "preference", "heldout", "heldout_preference")
SYSTEMS = ("seed", "c-fine-tuned+rag", "sft")


@dataclass(frozen=True)
class Seconds:
    """Wall-clock and CPU seconds of a command."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:.0f} ({self.cpu:.0f})"


def valign(*arguments: object) -> Seconds:
    """Run a valign command in a process of its own."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "harness.cli.app", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Seconds(time.perf_counter() - start, cpu)


def figure(row: dict[str, str], decimals: int) -> str:
    """A figure with its interval."""
    value, low, high = (f"{float(row[key]):.{decimals}f}" for key in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def one_document(name: str, work: Path) -> tuple[list[Any], dict[str, int], list[Any]]:
    """The row of sizes, the number of drafts rejected by each check, and the row of scores of one document."""
    path, kind = DOCUMENTS[name]
    data, run = work / "data" / name, work / "runs" / name
    synthesis_seconds = valign("synthesise", DATA / path, "--teacher", "extractive", "--out", data)
    run_seconds = valign("run", "recipes/laptop.yaml", "--set", f"document={data}", "--out", run)
    report = json.loads((data / "synthesis" / "report.json").read_text(encoding="utf-8"))
    document = read_document(data / "document.md")
    size = sum(count_words(section.text) for section in document.sections)
    drafts = sum(counts["kept"] + counts["rejected"] for counts in report["drafts"].values())
    items = [sum(report["items"][file].values()) for file in FILES]
    written = [
        name,
        kind,
        f"{size:,}",
        len(document.sections),
        len(report["chunks"]),
        drafts,
        *items,
        synthesis_seconds,
    ]
    rejected = Counter[str]()
    for reasons in report["rejected"].values():
        rejected.update(reasons)
    figures = {(r["system"], r["column"]): r for r in rows_of(run / "tables.csv") if r["subset"] == "all"}
    tests = {(r["better"], r["worse"], r["column"]): r for r in rows_of(run / "comparisons.csv")}
    shown = [
        figure(figures[system, column], decimals)
        for column, decimals in (("bleu", 1), ("rougeL", 3))
        for system in SYSTEMS
    ]
    gained = tests["sft", "seed", "rougeL"]
    return (
        written,
        dict(rejected),
        [name, items[2], *shown, figure(gained, 3), f"{float(gained['p_holm']):.3f}", run_seconds],
    )


def main() -> None:
    """Process the documents and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", nargs="*", metavar="DOCUMENT", help=", ".join(DOCUMENTS))
    parser.add_argument("--work", type=Path, default=ROOT / "runs" / "real-documents")
    arguments = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"{DATA}: no such folder; expected the real documents")
    os.environ |= {"HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"}
    written, rejected, evaluated = [], {}, []
    for name in arguments.documents or DOCUMENTS:
        row, rejected[name], figures = one_document(name, arguments.work.resolve())
        written.append(row)
        evaluated.append(figures)
        print(f"{name} done", file=sys.stderr, flush=True)
    header = ["document", "format", "words", "sections", "chunks", "drafts", *FILES, "seconds (CPU)"]
    print(tabulate(written, header, "github", disable_numparse=True), end="\n\n")
    reasons = sorted({reason for counts in rejected.values() for reason in counts})
    dropped = [[name, *(counts.get(reason, "") for reason in reasons)] for name, counts in rejected.items()]
    print(tabulate(dropped, ["dropped", *reasons], "github", disable_numparse=True), end="\n\n")
    columns = [f"{metric} {system}" for metric in ("BLEU", "ROUGE-L") for system in SYSTEMS]
    header = ["document", "heldout", *columns, "sft − seed, ROUGE-L", "p (Holm)", "seconds (CPU)"]
    print(tabulate(evaluated, header, "github", disable_numparse=True))


if __name__ == "__main__":
    main()
