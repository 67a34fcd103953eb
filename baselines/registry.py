"""Methods by name: files of `alignment/methods` and `baselines/methods`, and entry points `valign.methods`."""

from __future__ import annotations

from alignment.method import Method
from baselines.prompting import PromptMethod
from valign.registry import Registry

METHODS: Registry[Method | PromptMethod] = Registry(
    "method", "valign.methods", ("baselines.methods", "alignment.methods"), "METHOD", hyphens=True, named_by="name"
)
