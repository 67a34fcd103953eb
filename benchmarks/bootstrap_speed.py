"""The bootstrap of corpus BLEU: valign against lm-eval's own, side by side in one run, for the same answers.

    python benchmarks/bootstrap_speed.py --items 1000 --peer-resamples 100

lm-eval scores every resample from its texts again (`lm_eval.api.metrics._bootstrap_internal`, one worker, which is
also what its pool uses for up to 1,000 resamples). valign's time holds everything: counting n-grams, drawing the
weights, the product, the figures. Texts: two files, a segment a line; without any, sentences of made-up words.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np

from harness.metrics.base import find
from harness.statistics import Resampler, estimate


def read_texts(hypothesis: Path | None, reference: Path | None, items: int) -> tuple[list[str], list[str]]:
    """Hypotheses and references, `items` of each."""
    if hypothesis is not None and reference is not None:
        texts = [path.read_text(encoding="utf-8").splitlines()[:items] for path in (hypothesis, reference)]
        return texts[0], texts[1]
    rng = np.random.default_rng(0)
    words = np.array([f"w{i}" for i in range(3000)])
    weights = 1 / np.arange(1, 3001)
    references, hypotheses = [], []
    for _ in range(items):
        chosen = rng.choice(words, size=rng.integers(8, 40), p=weights / weights.sum())
        references.append(" ".join(chosen))
        hypotheses.append(" ".join(np.where(rng.random(len(chosen)) < 0.3, rng.choice(words, len(chosen)), chosen)))
    return hypotheses, references


def main() -> None:
    """Runs both and prints their times, the ratio per resample, and both intervals."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hypothesis", type=Path)
    parser.add_argument("--reference", type=Path)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--resamples", type=int, default=10_000)
    parser.add_argument("--peer-resamples", type=int, default=100)
    options = parser.parse_args()
    hypotheses, references = read_texts(options.hypothesis, options.reference, options.items)

    from lm_eval.api.metrics import bleu, bootstrap_stderr

    pairs = list(zip(references, hypotheses, strict=True))
    start = time.perf_counter()
    peer_error = bootstrap_stderr(bleu, pairs, options.peer_resamples)
    peer_time = time.perf_counter() - start

    start = time.perf_counter()
    values = find("bleu").score(hypotheses, references)["bleu"]
    counted = time.perf_counter() - start
    resampler = Resampler(len(references), resamples=options.resamples)
    found = estimate(values, resampler)
    own_time = time.perf_counter() - start
    own = resampler.replicates(values)

    per_peer, per_own = peer_time / options.peer_resamples, own_time / len(own)
    error = 2 * np.std(own) / np.sqrt(2 * options.peer_resamples)
    print(f"{len(references)} items, OPENBLAS_CORETYPE={os.environ.get('OPENBLAS_CORETYPE', 'not set')}")
    print(f"lm-eval: {options.peer_resamples} resamples in {peer_time:.2f} s, {1000 * per_peer:.2f} ms each")
    print(f"valign:  {len(own)} resamples in {own_time:.3f} s ({counted:.3f} s of it counting n-grams),", end=" ")
    print(f"{1000 * per_own:.4f} ms each")
    print(f"ratio per resample: {per_peer / per_own:,.0f}")
    print(f"BLEU: lm-eval {bleu(pairs):.6f}, valign {found.value:.6f}")
    print(f"standard error: lm-eval {peer_error:.3f} (±{error:.3f}), valign {np.std(own, ddof=1):.3f}")
    plain = "[{:.2f}, {:.2f}]".format(*np.quantile(own, [0.025, 0.975]))
    print(f"95%: valign {plain} by plain percentiles, as printed [{found.low:.2f}, {found.high:.2f}]")


if __name__ == "__main__":
    main()
