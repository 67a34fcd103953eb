"""Linear layers by oneDNN: torch's bits in bfloat16, its values in float32, and the weights still to be had."""

from __future__ import annotations

import pytest
import torch

from tasks.quick_linear import quicken, types

BOTH = (torch.float32, torch.bfloat16)


class Parent(torch.nn.Module):
    def __init__(self, dtype: torch.dtype, bias: bool) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.inner = torch.nn.Sequential(torch.nn.Linear(96, 160, bias=bias), torch.nn.Linear(160, 40, bias=bias))
        self.to(dtype)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("dtype", BOTH)
def test_results_are_torch_s(dtype: torch.dtype, bias: bool) -> None:
    plain, quick = Parent(dtype, bias), Parent(dtype, bias)
    quicken(quick)
    assert all((type(layer) is torch.nn.Linear) == (dtype not in types()) for layer in quick.inner)
    for shape in ((1, 96), (3, 7, 96), (300, 96), (0, 96)):
        states = torch.randn(shape, generator=torch.Generator().manual_seed(1)).to(dtype)
        with torch.no_grad():
            wanted, found = plain.inner(states), quick.inner(states)
        assert found.dtype == dtype
        assert torch.allclose(found, wanted, atol=1e-5, rtol=0)
        if dtype == torch.bfloat16:
            assert torch.equal(found, wanted)


@pytest.mark.parametrize("dtype", BOTH)
def test_weights_are_still_there_to_be_looked_at(dtype: torch.dtype) -> None:
    plain, quick = Parent(dtype, True), Parent(dtype, True)
    quicken(quick)
    for before, after in zip(plain.inner, quick.inner, strict=True):
        assert torch.equal(after.weight, before.weight)
        assert torch.equal(after.bias, before.bias)


def test_other_types_stay_torch_s_own() -> None:
    half = Parent(torch.float64, True)
    quicken(half)
    assert all(type(layer) is torch.nn.Linear for layer in half.inner)
