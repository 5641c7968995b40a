"""The code of one step: what is read and imported again before it, the variables that it takes and sets."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from exporters.canonical import records
from exporters.cutting.cut import CutRun
from exporters.cutting.flow import Frame, Plain
from exporters.cutting.known import Env
from exporters.cutting.live import Variables, binds, mentions, reads
from exporters.cutting.names import names_in
from exporters.cutting.reasons import CannotCutError
from exporters.cutting.source import Code, Function


@dataclass(frozen=True, slots=True)
class Pieces:
    """Makes the code of the steps of one run."""

    code: Code
    cut: CutRun

    def of(self, leaf: Plain, env: Env) -> records.Code:
        """The leaf's statements, with what must be read or imported again before them."""
        again = self.again(leaf, env)
        parts = [*again, leaf]
        made = {variable for read in again for variable in binds(read)}
        wanted = frozenset[str]().union(*(reads(part) for part in parts)) - made
        frame = leaf.frame
        read = self._read(parts)
        inputs = {n: v for n, v in sorted(frame.names.items()) if v in wanted and n in read and v in env}
        lines = [*self._imports(parts), *(part.text.strip("\n") for part in parts)]
        return records.Code(module=frame.module, code="\n".join(lines), inputs=inputs)

    def context(self, leaf: Plain, env: Env) -> frozenset[str]:
        """The names of the run's context that the code asks for."""
        return self._read([*self.again(leaf, env), leaf]) & frozenset(leaf.frame.context)

    def again(self, leaf: Plain, env: Env) -> list[Plain]:
        """The reads to be repeated before a leaf, those that others rest on first."""
        found: list[Plain] = []

        def add(one: Plain) -> None:
            for variable in sorted(reads(one)):
                again = env[variable].again if variable in env else None
                if again is not None and again not in found:
                    add(again)
                    found.append(again)

        add(leaf)
        return found

    def outputs(self, leaf: Plain) -> records.Bindings:
        """The names that the leaf binds, or whose values it changes, and the variables that are needed behind it."""
        after = self.cut.states.after.get(id(leaf)) or {}
        changed = self.cut.changes.of(leaf)
        group = frozenset[str]().union(changed, *(self.cut.same.get(name, frozenset()) for name in changed))
        bound = binds(leaf)
        kept: Variables = frozenset(
            v
            for v in self.cut.live.after.get(id(leaf), frozenset()) & (bound | (group & mentions(leaf)))
            if v in after
            and after[v].again is None
            and (v in bound or after[v].kind.is_mutable)
            and (v != self.cut.result or leaf.responds or after[v].kind.crosses)
        )
        for variable in sorted(kept):
            if not after[variable].kind.crosses and not leaf.responds:
                raise CannotCutError(f"`{variable}` ({after[variable].kind.reason}) can't leave the process")
        names = names_in(leaf.tree)
        return {
            name: variable
            for name, variable in sorted(leaf.frame.names.items())
            if variable in kept and name in (names.bound if variable in bound else names.read)
        }

    def as_call(self, leaf: Plain) -> records.Code | None:
        """The leaf as a call of the backend's own function by variables, where it is nothing else."""
        call = _only_call(leaf)
        if call is None:
            return None
        named = leaf.frame.meant(call.func, self.code)
        if not isinstance(named, Function) or named.owner is not None:
            return None
        inputs = _given(named, call, leaf.frame)
        return None if inputs is None else records.Code(call=f"{named.file.module}:{named.node.name}", inputs=inputs)

    def _read(self, parts: list[Plain]) -> frozenset[str]:
        return frozenset(names_in([node for part in parts for node in part.tree]).read)

    def _imports(self, parts: list[Plain]) -> list[str]:
        frame = parts[0].frame
        own = [node for part in parts for node in part.tree if isinstance(node, ast.Import | ast.ImportFrom)]
        bound = names_in(own).bound
        return sorted({frame.imports[n] for n in self._read(parts) if n in frame.imports and n not in bound})


def _only_call(leaf: Plain) -> ast.Call | None:
    """The call that the leaf consists of, but for one variable that may take its result."""
    statement = leaf.tree[0] if len(leaf.tree) == 1 else None
    match statement:
        case ast.Expr(value=value):
            pass
        case ast.Assign(targets=[ast.Name()], value=value):
            pass
        case _:
            return None
    call = value.value if isinstance(value, ast.Await) else value
    return call if isinstance(call, ast.Call) and not leaf.responds else None


def _given(function: Function, call: ast.Call, frame: Frame) -> records.Bindings | None:
    """The variable of each parameter; None unless each is given by one."""
    arguments = function.node.args
    if arguments.vararg or arguments.kwarg or arguments.posonlyargs:
        return None
    positional = [argument.arg for argument in arguments.args]
    if len(call.args) > len(positional):
        return None
    given = [*zip(positional, call.args, strict=False), *((keyword.arg, keyword.value) for keyword in call.keywords)]
    found: records.Bindings = {}
    for name, value in given:
        if name is None or not isinstance(value, ast.Name) or value.id not in frame.names:
            return None
        found[name] = frame.names[value.id]
    return found
