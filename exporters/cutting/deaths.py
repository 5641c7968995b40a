"""Code that ends its process there and then: no engine keeps that to the run, as it does with `sys.exit`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from discover import model
from exporters.base import Loss
from exporters.cutting.marks import deep
from exporters.cutting.policies import place
from exporters.cutting.source import Code, imports_of

_DEADLY = frozenset({"os._exit", "os.abort"})
_INNER = ".<locals>"


class Deaths:
    """Finds such code; each unit is read once, for all runs that come by."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._known: dict[str, list[tuple[int, str]]] = {}

    def of(self, run: model.Run, where: str) -> Iterator[Loss]:
        """A loss for each place in the run's code at which the process of its worker may end."""
        units = [run.unit]
        for node in deep(run.body):
            units += [node.unit, node.callee] if isinstance(node, model.Call) else [node.unit]
        for unit in dict.fromkeys(unit.partition(_INNER)[0] for unit in units):
            for line, named in self._in(unit):
                why = (
                    f"`{named}` ({place(unit, line)}) ends the process of the worker, with all that it is at: the "
                    "engine takes the run up again, and does this step once more"
                )
                yield Loss("process-ends", where, why)

    def _in(self, unit: str) -> list[tuple[int, str]]:
        if unit not in self._known:
            self._known[unit] = sorted(_ends(unit, self._code))
        return self._known[unit]


def _ends(unit: str, code: Code) -> Iterator[tuple[int, str]]:
    file = code.file(unit.partition("::")[0])
    if file is None:
        return
    nodes = [inner for one in _body(unit, code) for inner in ast.walk(one)]
    local: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            local |= imports_of(node, file)
    for node in nodes:
        if isinstance(node, ast.Name | ast.Attribute):
            named = code.meant(node, file, (), local)
            if isinstance(named, str) and named in _DEADLY:
                yield node.lineno, named


def _body(unit: str, code: Code) -> Iterable[ast.stmt]:
    """The statements of a function, or those of a module that are run with it."""
    path, _, name = unit.partition("::")
    function, file = code.function(unit), code.file(path)
    if function is not None:
        return [function.node]
    if name != "<module>" or file is None:
        return []
    return [one for one in file.tree.body if not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
