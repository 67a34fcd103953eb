"""Which number format to compute in: what the processor or GPU multiplies in hardware, and what emulation costs."""

from __future__ import annotations

import os
import time
from pathlib import Path

#: Flags of /proc/cpuinfo of which any one means that the processor multiplies a format: x86 first, then Arm.
_FLAGS = {
    "bfloat16": {"avx512_bf16", "amx_bf16", "bf16"},
    "float16": {"avx512_fp16", "amx_fp16", "asimdhp"},
}
#: Limits that oneDNN, which multiplies matrices for torch on a CPU, knows below those with either format.
_ONEDNN = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
_BELOW = {"SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX2_VNNI_2", "AVX512_CORE", "AVX512_CORE_VNNI"}
_BELOW_FLOAT16 = {*_BELOW, "AVX512_CORE_BF16"}
#: The first GPUs of NVIDIA that multiply bfloat16, by compute capability: Ampere.
_AMPERE = (8, 0)
#: Rows and columns of the matrices by which formats are compared, and seconds each is measured for.
_SIZE, _MEASURED_S = 256, 0.3


def resolve_dtype(wanted: str, device: str) -> str:
    """The number format for a device: `auto` is bfloat16 where the hardware multiplies it, else float32.

    Args:
        wanted: auto, float32, bfloat16 or float16; only auto is resolved.
        device: cpu, cuda, cuda:1, …; for a GPU torch is imported, and one that is not in this machine counts as none.
    """
    if wanted != "auto":
        return wanted
    return "bfloat16" if is_native("bfloat16", device) else "float32"


def is_native(dtype: str, device: str) -> bool:
    """Whether a device multiplies a format in hardware, so far as can be known without running it."""
    if dtype == "float32":
        return True
    if device == "cpu":
        return bool(native_flags(dtype))
    if not device.startswith("cuda"):
        return False
    import torch

    if dtype == "float16":
        return torch.cuda.is_available()
    return torch.cuda.is_available() and torch.cuda.get_device_capability(device) >= _AMPERE


def native_flags(dtype: str) -> list[str]:
    """The processor's flags that mean it multiplies bfloat16 or float16 in hardware; none where oneDNN may not use it.

    They are what `torch.cpu.get_capabilities` says too, read without importing torch. A system without /proc/cpuinfo
    has none.
    """
    limit = next((os.environ[name].upper() for name in _ONEDNN if os.environ.get(name)), "")
    if limit in (_BELOW if dtype == "bfloat16" else _BELOW_FLOAT16):
        return []
    return sorted(_FLAGS[dtype] & _processor_flags())


def _processor_flags() -> set[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    flags = (line.partition(":")[2] for line in lines if line.startswith(("flags", "Features")))
    return set(next(flags, "").split())


def emulation_factor(dtype: str) -> float:
    """How many times slower a matrix product on the CPU is in a format than in float32; takes about a second.

    It is measured on one thread, so that other programs on this machine disturb it little.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return product_seconds(dtype, _SIZE, _MEASURED_S) / product_seconds("float32", _SIZE, _MEASURED_S)
    finally:
        torch.set_num_threads(threads)


def product_seconds(dtype: str, size: int, measured_s: float) -> float:
    """Seconds of a product of two square matrices on the CPU by torch, the best within `measured_s` seconds."""
    import torch

    a = torch.ones(size, size, dtype=getattr(torch, dtype))
    torch.matmul(a, a)
    took: list[float] = []
    until = time.perf_counter() + measured_s
    while not took or time.perf_counter() < until:
        started = time.perf_counter()
        torch.matmul(a, a)
        took.append(time.perf_counter() - started)
    return min(took)
