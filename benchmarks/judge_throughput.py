"""Throughput of a judge on a round robin, against the ideal for a server with a fixed time per call.

    python benchmarks/judge_throughput.py              # 7 systems, 200 prompts, both orders: 8,400 judgements of 50 ms
    python benchmarks/judge_throughput.py --canaries 8

The whole stage is timed: reading stored answers, rendering prompts, calls to a server in a separate process with 64 in
flight, caching and parsing replies, writing verdicts. Ideal seconds are calls / 64 * seconds per call. A second pass
over the same pairs, without their verdicts, finds every call in the cache. On a busy machine `chrt -r 5` before the
command keeps other processes from slowing the judge.
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import sys
import tempfile
import time
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from chat_server import Act, ChatServer
from stored import stored as stored_artefact

from harness.models.answers import Answer, write_answers
from harness.recipe.recipe import JudgeChoice
from harness.run.executor import execute
from harness.run.store import Store
from harness.stages.verdicts import Verdicts

CONCURRENCY = 64


def serve(delay_s: float, port: Connection) -> None:
    """Serve until killed; the port is sent through `port`."""
    server = ChatServer(lambda body, n: Act("Both answers hold. [[A]]", delay_s=delay_s))
    server.keep = False
    server.start()
    port.send(server.port)
    server.run()


def round_robin(store: Store, choice: JudgeChoice, systems: int, prompts: int) -> list[Verdicts]:
    """Write the answers of so many systems, and plan the verdicts on all pairs of them."""
    stored = {}
    for system in range(systems):
        text = f"System {system} says that a gift is reported to the office at once. " * 4
        answers = [
            Answer(f"q{n}", f"part-{n // 8}", "fact", True, f"May I keep gift {n}?", "No, report it.", text + str(n))
            for n in range(prompts)
        ]
        stored[f"s{system}"] = stage = stored_artefact("answers", f"s{system}", {"text": text, "prompts": prompts})
        store.write(stage, partial(write_answers, answers=answers))
    return Verdicts.of("gifts", Path("none"), choice, stored)


def timed(stages: list[Verdicts], store: Store) -> tuple[float, float, int]:
    """Wall-clock seconds, processor seconds of this process, calls."""
    started, used = time.perf_counter(), time.process_time()
    execute(stages, store, lambda stage, state: None)
    seconds, processor = time.perf_counter() - started, time.process_time() - used
    return seconds, processor, sum(Verdicts.read(store.path(stage)).cost.calls for stage in stages)


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
        store = Store(Path(name) / "artefacts")
        stages = round_robin(store, choice, chosen.systems, chosen.prompts)
        for run in ("first pass", "second pass, from the cache"):
            shutil.rmtree(store.folder / Verdicts.kind, ignore_errors=True)
            seconds, processor, calls = timed(stages, store)
            ideal = calls / CONCURRENCY * chosen.delay_ms / 1000
            line = f"{calls:,} judgements in {seconds:.2f} s, {processor:.2f} s of processor"
            print(f"{run}: {line}; ideal {ideal:.2f} s, {seconds / ideal:.2f} times", flush=True)
    server.kill()


if __name__ == "__main__":
    main()
