"""The page's ES modules as one script, without a build step: each module becomes a function that returns its exports.

The modules keep to one form: imports `import { a, b } from "./name.js";` first, then declarations, the exported ones
with `export function`, `export const` or `export class`. A module sees no other's private names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_IMPORT = re.compile(r'^import \{\s+([\w,\s]+?),?\s+\} from "\./([\w-]+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function\*?|const|class) (\w+)", re.MULTILINE)


def bundle(modules: Mapping[str, str], entry: str) -> str:
    """One script that runs the module `entry`. modules: name -> source.

    Raises:
        ValueError: a module is missing, two import each other, an import is none that `_IMPORT` knows, an imported
            name is not exported, or a source would end the page's script element.
    """
    exports = {name: {found[1] for found in _EXPORT.findall(source)} for name, source in modules.items()}
    parts = [_wrapped(name, modules[name], exports) for name in _order(modules, entry)]
    return '"use strict";\n(() => {\n' + "".join(parts) + "})();\n"


def _order(modules: Mapping[str, str], entry: str) -> list[str]:
    """The modules that `entry` needs, those that a module imports before it."""
    order: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"modules import each other: {' -> '.join((*above, name))}")
        if name not in modules:
            raise ValueError(f"{above[-1]}.js imports ./{name}.js, which is not there")
        if name not in order:
            for _, imported in _IMPORT.findall(modules[name]):
                visit(imported, (*above, name))
            order.append(name)

    visit(entry, ())
    return order


def _wrapped(name: str, source: str, exports: Mapping[str, set[str]]) -> str:
    for names, imported in _IMPORT.findall(source):
        if missing := {one.strip() for one in names.split(",")} - exports[imported]:
            raise ValueError(f"{name}.js: ./{imported}.js does not export {sorted(missing)[0]}")
    imports = "".join(f"const {{ {names} }} = {_variable(imported)};\n" for names, imported in _IMPORT.findall(source))
    body = _EXPORT.sub(r"\1 \2", _IMPORT.sub("", source)).strip()
    if re.search(r"^(import|export)\b", body, re.MULTILINE):
        raise ValueError(f"{name}.js: an import or export that bundle.py does not know; see its docstring")
    if "</script" in body.lower() or "<!--" in body:
        raise ValueError(f"{name}.js: '</script' or '<!--' would end the page's script; write it in two parts")
    returned = ", ".join(sorted(exports[name]))
    return f"const {_variable(name)} = (() => {{\n{imports}{body}\nreturn {{ {returned} }};\n}})();\n"


def _variable(name: str) -> str:
    return "module_" + name.replace("-", "_")
