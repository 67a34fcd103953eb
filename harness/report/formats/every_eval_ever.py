"""`every_eval_ever/data/…`: Every Eval Ever's schema, an evaluation log a system and document with its instances."""

from __future__ import annotations

import shutil
from pathlib import Path

from harness.report.formats._every_eval import record
from harness.report.formats.base import Format, Report
from harness.run.reading import read_run
from valign.files import write_atomic, write_json


class EveryEvalEver(Format):
    """For evalevalai.com's database and whatever reads it; the folder is made anew each time."""

    def write(self, report: Report, folder: Path) -> list[Path]:
        """See `Format`."""
        out, paths = folder / "every_eval_ever", list[Path]()
        made = int((folder / "run.json").stat().st_mtime)
        readings = {reading.record.name: reading for reading in read_run(folder)[1]}
        shutil.rmtree(out / "data", ignore_errors=True)
        for results in report.documents:
            for system in results.systems:
                found = record(report.manifest, results, readings[results.document], system.name, made)
                samples, log = out / f"{found.path}_samples.jsonl", out / f"{found.path}.json"
                write_atomic(samples, "".join(found.lines))
                write_json(log, found.log)
                paths += [log, samples]
        return paths


FORMAT = EveryEvalEver()
