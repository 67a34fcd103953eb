"""Throughput of a served chat model, against the ideal for a server with a fixed time per call.

    python benchmarks/chat_throughput.py            # 1,000 calls of 200 ms, 8,400 of 50 ms, memory at 1,000 and 20,000
    python benchmarks/chat_throughput.py --repeat 3

The server is a separate process on this machine; 64 requests are in flight and every reply is written to the cache on
disk. Ideal seconds are calls / 64 * seconds per call, rounded up to whole rounds. Processor seconds are this process's.
Memory is this process's growth between the 1,000th and the 20,000th call, resident (RSS) and in Python's own count
(tracemalloc, in a second pass, because it slows the client).

On a busy machine client and server wait for time slices; `chrt -r 5` before the command avoids that.

The choice of aiohttp: 2,000 calls of 50 ms by 64 workers on the same machine cost 1.35 ms of processor time a call with
the `openai` client 3.52 (1.22 with its raw responses), 0.63 with httpx2 2.16, 0.12 with aiohttp 3.14.
"""

from __future__ import annotations

import argparse
import gc
import math
import multiprocessing
import os
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from chat_server import Act, ChatServer

from valign.chat.base import Answer, Reply, Request
from valign.chat.open import open_chat

CONCURRENCY = 64
_PROMPT, _ANSWER = "What does the section say of gifts? " * 40, "It says that a gift is reported. " * 20


def serve(delay_s: float, port: multiprocessing.connection.Connection) -> None:  # type: ignore[name-defined]
    """Serve until killed; the port is sent through `port`."""
    server = ChatServer(lambda body, n: Act(_ANSWER, delay_s=delay_s))
    server.keep = False
    server.start()
    port.send(server.port)
    server.run()


def resident_mib() -> float:
    """Resident memory of this process in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def requests(count: int) -> Iterator[Request]:
    """Distinct requests, generated lazily."""
    return (Request((("user", f"{number}: {_PROMPT}"),)) for number in range(count))


def measure(calls: int, delay_s: float, traced: bool = False) -> dict[str, float]:
    """Send `calls` requests to a server with `delay_s` per call."""
    context = multiprocessing.get_context("spawn")
    receive, send = context.Pipe(duplex=False)
    server = context.Process(target=serve, args=(delay_s, send), daemon=True)
    server.start()
    port, memory, done = receive.recv(), dict[int, float](), 0

    def on_reply(position: int, answer: Answer) -> None:
        nonlocal done
        assert isinstance(answer, Reply), answer
        done += 1
        if done in (1000, calls):
            gc.collect()
            memory[done] = tracemalloc.get_traced_memory()[0] / 2**20 if traced else resident_mib()

    with tempfile.TemporaryDirectory() as folder:
        chat = open_chat(f"openai:m@http://127.0.0.1:{port}/v1", cache=Path(folder) / "cache", concurrency=CONCURRENCY)
        chat.ask([Request((("user", "warm up"),))])
        if traced:
            tracemalloc.start()
        wall, processor = time.perf_counter(), time.process_time()
        chat.stream(requests(calls), on_reply)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        tracemalloc.stop()
    server.kill()
    ideal = math.ceil(calls / CONCURRENCY) * delay_s
    return {"ideal": ideal, "wall": wall, "processor": processor, "gained": memory[calls] - memory[1000]}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="throughput of a served chat model")
    parser.add_argument("--repeat", type=int, default=1)
    repeat = parser.parse_args().repeat
    for calls, delay_s in ((1000, 0.2), (8400, 0.05)):
        for _ in range(repeat):
            found = measure(calls, delay_s)
            print(
                f"{calls} calls of {delay_s * 1000:.0f} ms: {found['wall']:.2f} s, ideal {found['ideal']:.2f} s, "
                f"ratio {found['wall'] / found['ideal']:.2f}; {found['processor'] / calls * 1000:.2f} ms of processor "
                f"time a call; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores",
                flush=True,
            )
    for traced, named in ((False, "resident"), (True, "tracemalloc")):
        gained = measure(20_000, 0.005, traced)["gained"]
        print(f"memory from 1,000 to 20,000 calls, {named}: {gained:+.2f} MiB", flush=True)


if __name__ == "__main__":
    main()
