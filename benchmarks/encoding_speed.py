"""Sentence embeddings on a CPU: sentence-transformers as it stands against oneDNN's linear layers, in one run.

    python -m benchmarks.encoding_speed --texts 1000

Texts are the training completions of `bcg`, all-MiniLM-L6-v2 the encoder; printed are seconds, the ratio, and the
largest difference of any coordinate of the unit vectors.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from sentence_transformers import SentenceTransformer

from alignment.weights import MINILM, locate
from baselines.index import embed
from tasks.encoder import load_sentence_encoder
from tasks.folder import find


def timed(encoder: Any, texts: list[str]) -> tuple[float, np.ndarray]:
    """Seconds that `encoder` takes, after a warm-up, and its vectors."""
    embed(encoder, texts[:32])
    start = time.perf_counter()
    vectors = embed(encoder, texts)
    return time.perf_counter() - start, vectors


def main() -> None:
    """Time both and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=1000)
    options = parser.parse_args()
    texts = [example.completion for example in find("bcg").instructions()[: options.texts]]
    peer, theirs = timed(SentenceTransformer(locate(MINILM), device="cpu"), texts)
    own, ours = timed(load_sentence_encoder(locate(MINILM), "cpu"), texts)
    difference = float(np.abs(theirs - ours).max())
    print(f"sentence-transformers {peer:.2f} s, valign {own:.2f} s, ratio {peer / own:.2f}; differ by {difference:.1e}")


if __name__ == "__main__":
    main()
