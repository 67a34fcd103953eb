"""How fast a judge gets through a round robin, against the ideal of a server that takes a fixed time a call.

    python benchmarks/judge_throughput.py              # 7 systems, 200 prompts, both orders: 8,400 judgements of 50 ms
    python benchmarks/judge_throughput.py --canaries 8

The whole path is timed: stored answers are read, prompts rendered, a server in a process of its own asked with 64 calls
in flight, every reply kept on disk, replies parsed, verdicts written. Ideal seconds are calls / 64 * seconds a call. A
second pass over the same pairs, their verdicts removed, finds every call in the cache. On a machine whose cores are
busy with other work, `chrt -r 5` before the command measures the judge and not the neighbours.
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import sys
import tempfile
import time
from itertools import combinations
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from chat_server import Act, ChatServer

from harness.answers import Answer, write_answers
from harness.pairs import Pair, PairJudging
from harness.recipe import JudgeChoice
from harness.store import Artefact, Store

CONCURRENCY = 64


def serve(delay_s: float, port: Connection) -> None:
    """Serve until killed; the port is sent through `port`."""
    server = ChatServer(lambda body, n: Act("Both answers hold. [[A]]", delay_s=delay_s))
    server.keep = False
    server.start()
    port.send(server.port)
    server.run()


def stored_pairs(folder: Path, systems: int, prompts: int) -> list[Pair]:
    """Answers of so many systems on disk, and the pairs of a round robin over them."""
    places = {}
    for system in range(systems):
        places[f"s{system}"] = place = folder / "answers" / f"s{system}"
        place.mkdir(parents=True)
        text = f"System {system} says that a gift is reported to the office at once. " * 4
        write_answers(
            place,
            [
                Answer(
                    f"q{n}", f"part-{n // 8}", "fact", True, f"May I keep gift {n}?", "No, report it.", text + str(n)
                )
                for n in range(prompts)
            ],
        )
    return [
        Pair((a, b), (places[a], places[b]), folder, Artefact("verdicts", f"{a}-vs-{b}", {"pair": [a, b]}))
        for a, b in combinations(places, 2)
    ]


def timed(judging: PairJudging) -> tuple[float, float, int]:
    """Seconds on the clock, seconds of this process, calls."""
    started, used = time.perf_counter(), time.process_time()
    cost = judging.make(lambda pair, state: None)
    return time.perf_counter() - started, time.process_time() - used, cost.calls


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--systems", type=int, default=7)
    parser.add_argument("--prompts", type=int, default=200)
    parser.add_argument("--canaries", type=int, default=0)
    parser.add_argument("--delay-ms", type=float, default=50.0)
    chosen = parser.parse_args()
    receiving, sending = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.Process(target=serve, args=(chosen.delay_ms / 1000, sending), daemon=True)
    server.start()
    settings = {
        "model": f"openai:judge@http://127.0.0.1:{receiving.recv()}/v1", "show": ["reference"],
        "concurrency": CONCURRENCY,
    }  # fmt: skip
    choice = JudgeChoice(name="llm-verdict", settings=settings, canaries=chosen.canaries)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pairs = stored_pairs(folder, chosen.systems, chosen.prompts)
        for run in ("first pass", "second pass, from the cache"):
            shutil.rmtree(folder / "artefacts", ignore_errors=True)
            seconds, used, calls = timed(PairJudging(Store(folder / "artefacts"), choice, pairs))
            ideal = calls / CONCURRENCY * chosen.delay_ms / 1000
            told = f"{calls:,} judgements in {seconds:.2f} s, {used:.2f} s of processor"
            print(f"{run}: {told}; ideal {ideal:.2f} s, {seconds / ideal:.2f} times", flush=True)
    server.kill()


if __name__ == "__main__":
    main()
