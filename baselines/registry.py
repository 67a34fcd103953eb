"""Methods by name: files of `alignment/methods` and `baselines/methods`, and entry points `valign.methods`."""

from __future__ import annotations

from alignment.method import Method
from valign.registry import Registry

METHODS: Registry[Method] = Registry(
    "method", "valign.methods", ("baselines.methods", "alignment.methods"), "METHOD", hyphens=True, named_by="name"
)
