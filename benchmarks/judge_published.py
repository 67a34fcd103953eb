"""Our aggregation against AlpacaEval's published leaderboards, on the annotations published with them.

    git clone https://github.com/tatsu-lab/alpaca_eval
    python benchmarks/judge_published.py alpaca_eval

For each `results/<model>/<annotator>/annotations.json` whose model is on the annotator's leaderboard: the win rate and
standard error as `valign judge import` prints them, and our win rate over opponents, against the published row.
"""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import tempfile
from pathlib import Path

from harness.judging.alpaca import leaderboard, read_annotations, verdicts_of
from harness.judging.verdicts import VerdictArrays
from harness.judging.win_rates import win_rates
from harness.statistics import Resampler
from harness.statistics.resample import figures

_BOARDS = "src/alpaca_eval/leaderboards"
_CLOSE = 1e-6


def git(clone: str, *arguments: str) -> bytes | None:
    """The output of a git command in the clone, None where it fails; needs no work tree."""
    done = subprocess.run(["git", "-C", clone, *arguments], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def published(clone: str, annotator: str) -> dict[str, dict[str, str]]:
    """Model -> its row, from every leaderboard of that annotator."""
    rows: dict[str, dict[str, str]] = {}
    for data in ("data_AlpacaEval", "data_AlpacaEval_2"):
        text = git(clone, "show", f"HEAD:{_BOARDS}/{data}/{annotator}_leaderboard.csv")
        if text is not None:
            rows |= {row[""]: row for row in csv.DictReader(io.StringIO(text.decode()))}
    return rows


def ours(file: Path) -> tuple[str, float, float, float]:
    """System, AlpacaEval's win rate and standard error, and our win rate over opponents, in per cent."""
    annotations = read_annotations(file).annotations
    (one,) = leaderboard(annotations)
    verdicts = verdicts_of(annotations)
    if not verdicts:  # a leaderboard's baseline against itself
        return one.system, one.win_rate, one.standard_error, one.win_rate
    items = list(dict.fromkeys(verdict.item for verdict in verdicts))
    won = win_rates(VerdictArrays.of(verdicts, items), "published")[one.system]
    sums = Resampler(len(items), resamples=1).unit_sums(won).sum(axis=0, keepdims=True)
    return one.system, one.win_rate, one.standard_error, 100 * float(figures(won, sums)[0])


def main(clone: str) -> None:
    """Compare every file and print the largest differences."""
    listed = (git(clone, "ls-tree", "-r", "--name-only", "HEAD", "results") or b"").decode().split()
    boards: dict[str, dict[str, dict[str, str]]] = {}
    largest, same, different = [0.0, 0.0, 0.0], 0, []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "annotations.json"
        for path in listed:
            parts = path.split("/")
            text = git(clone, "show", f"HEAD:{path}") if len(parts) == 4 and parts[3] == file.name else None
            if text is None:
                continue
            row = boards.setdefault(parts[2], published(clone, parts[2])).get(parts[1])
            if row is None:
                continue
            file.write_bytes(text)
            _, rate, error, over_opponents = ours(file)
            differences = [abs(rate - float(row["win_rate"])), abs(error - float(row["standard_error"]))]
            differences.append(abs(over_opponents - rate))
            if max(differences) <= _CLOSE:
                same += 1
                largest = [max(pair) for pair in zip(largest, differences, strict=True)]
            else:
                different.append(f"{path}: ours {rate:.4f} ± {error:.4f}, published {row['win_rate']}")
    print(f"{same} of {same + len(different)} files give the published figures")
    print(
        "largest difference in win rate, standard error, win rate over opponents:", *(f"{one:.1e}" for one in largest)
    )
    print(*different, sep="\n")


if __name__ == "__main__":
    main(sys.argv[1])
