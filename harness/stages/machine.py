"""How fast this machine is, for estimates: arithmetic over a measured speed of matrix products."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from valign.precision import product_seconds

#: Characters a token holds in English text, and the answer's usual share of the most it may have.
CHARACTERS_PER_TOKEN, ANSWER_SHARE = 4.0, 0.6
#: Speeds of training, reading and writing token by token over that of a float32 matrix product, on two cores.
_TRAINING, _READING, _WRITING = 0.8, 0.8, 0.18
#: Rows and columns of the matrices that are multiplied to measure the speed.
_SIZE = 1024
#: Seconds to start a stage: loading, saving.
_START = 0.3
#: Parameters of a model whose size is not known: of one on the hub.
_UNKNOWN_SIZE = 7e9
#: How many times a GPU outruns the CPU beside it.
_GPU = 75.0


@dataclass(frozen=True)
class Machine:
    """Estimates for one model on one device, in seconds; of a served model's own speed nothing is known."""

    model: str
    device: str
    calibration_s: float = 2.0

    @cached_property
    def parameters(self) -> float:
        """Parameters of the model: read off its safetensors headers, else a guess of 7 billion for a hub id."""
        files = sorted(Path(self.model).glob("*.safetensors"))
        return float(sum(_parameters(file) for file in files)) or _UNKNOWN_SIZE

    @cached_property
    def speed(self) -> float:
        """Floating-point operations a second of a large float32 matrix product, the best in `calibration_s` seconds.

        On the CPU by torch, which is what trains and answers; a GPU counts as 75 times it.
        """
        took = product_seconds("float32", _SIZE, self.calibration_s)
        return 2 * _SIZE**3 / took * (1.0 if self.device == "cpu" else _GPU)

    def training(self, tokens: float, passes: int) -> float:
        """Training on so many tokens; passes: operations a parameter and token, 6, or 10 with a frozen reference."""
        return _START + passes * self.parameters * tokens / (self.speed * _TRAINING)

    def reading(self, tokens: float) -> float:
        """Reading so many prompt tokens."""
        return 2 * self.parameters * tokens / (self.speed * _READING)

    def writing(self, tokens: float) -> float:
        """Writing so many tokens, one after the other."""
        return 2 * self.parameters * tokens / (self.speed * _WRITING)


def _parameters(file: Path) -> int:
    """Numbers in a safetensors file, read off its header (eight bytes of length, then JSON)."""
    import math

    with file.open("rb") as opened:
        header = json.loads(opened.read(int.from_bytes(opened.read(8), "little")))
    return sum(math.prod(entry["shape"]) for name, entry in header.items() if name != "__metadata__")
