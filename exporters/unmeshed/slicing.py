"""Cuts a function at its effects: each piece becomes a worker, its live variables travel from step to step.

A value that can't travel (a row that was read through an ORM) is not passed on: the statement that reads it is
repeated in each piece that needs it. Statements whose control flow can't be said by steps stay one piece.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from discover import model
from exporters.definition.inside import hops, is_retry
from exporters.shared.identifiers import Unique, is_dotted_name, python_identifier
from exporters.unmeshed.marks import deep, marks_of
from exporters.unmeshed.pieces import OUTPUT, Block, Choice, Part, Piece, output, pieces_of
from exporters.unmeshed.source import Code, Function, is_builtin, loads, names_of
from exporters.unmeshed.syntax import (
    bind,
    body_of,
    changed_in_place,
    is_changed_in_place,
    is_cuttable,
    last_name,
    leaves,
    result_of,
    single_target,
    stores_in,
)

_MOST_INLINED = 4
_ENTRY_DECORATORS = frozenset(
    {"route", "get", "post", "put", "patch", "delete", "command", "cron", "scheduled_job"}
    | {"task", "shared_task", "periodic_task", "job", "actor"}
)
"""Decorators that only make a function an entry point; any other one may change what a call of it does."""
_SESSION_METHODS = frozenset({"commit", "rollback", "flush", "begin", "atomic"})


@dataclass(slots=True)
class _Frame:
    """One function that is being cut."""

    function: Function
    marks: dict[int, list[model.Node]]
    values: dict[str, str]
    """Template of each variable that has a value."""
    repeated: dict[str, str] = field(default_factory=dict[str, str])
    """Variables that are read or imported again wherever they are needed, with the statement that does it."""
    depth: int = 0


class CannotSliceError(Exception):
    """The function has to stay whole; the message says why."""


class Slicer:
    """Cuts the functions of one process; references are unique in it."""

    def __init__(self, code: Code, unique: Unique) -> None:
        self._code = code
        self._unique = unique
        self._calls = 0

    def slice(self, unit: str, nodes: Sequence[model.Node], values: dict[str, str]) -> list[Part]:
        """The parts of a run's function, its parameters being given as templates."""
        function = self._code.function(unit)
        if function is None or not is_dotted_name(function.module):
            raise CannotSliceError("only plain functions at the top of a module are cut")
        if function.is_bound_task:
            values = {name: text for name, text in values.items() if name != function.parameters[0]}
        marks = marks_of(nodes, unit)
        _check(function, marks, unit)
        frame = _Frame(function, marks, dict(values))
        if function.is_bound_task:
            frame.repeated[function.parameters[0]] = f"{function.parameters[0]} = {function.node.name}"
        missing = [name for name in function.parameters if name not in values and name not in frame.repeated]
        if missing:
            raise CannotSliceError(f"the values of {', '.join(missing)} are not known")
        parts = self._sequence(frame, body_of(function.node), frozenset())
        if not parts:
            raise CannotSliceError("nothing in it is a step")
        placed = {hop.id for piece in pieces_of(parts) for hop in piece.hops}
        if any(item.hop.id not in placed for item in hops(nodes)):
            raise CannotSliceError("the place where it hands work over is not in its own lines")
        return parts

    def _sequence(self, frame: _Frame, statements: Sequence[ast.stmt], after: frozenset[str]) -> list[Part]:
        parts: list[Part] = []
        waiting: list[ast.stmt] = []
        for index, statement in enumerate(statements):
            rest = statements[index + 1 :]
            live = loads(rest) | after
            if self._is_repeatable(frame, statement):
                continue
            if isinstance(statement, ast.Return) and not self._does_something(frame, statement):
                continue
            if leaves(statement) and rest:
                waiting.extend(statements[index:])
                parts.append(self._piece(frame, waiting, after))
                return parts
            if isinstance(statement, ast.If) and self._is_choice(frame, statement, live):
                if waiting:
                    parts.append(self._piece(frame, waiting, loads([statement]) | live))
                    waiting = []
                parts.append(self._choice(frame, statement, live))
                continue
            if (inlined := self._inline(frame, statement, waiting, live)) is not None:
                parts.extend(inlined)
                waiting = []
                continue
            waiting.append(statement)
            if self._is_boundary(frame, statement):
                only_sends = self._only_sends(frame, waiting)
                if only_sends and parts and isinstance(parts[-1], Piece):
                    self._append(frame, parts[-1], waiting, live)
                else:
                    parts.append(self._piece(frame, waiting, live))
                waiting = []
        if waiting:
            if parts and isinstance(parts[-1], Piece):
                self._append(frame, parts[-1], waiting, after)
            else:
                parts.append(self._piece(frame, waiting, after))
        return parts

    def _does_something(self, frame: _Frame, statement: ast.Return) -> bool:
        return bool(_nodes_at(frame, statement)) or (
            statement.value is not None and self._code.called(frame.function, statement.value) is not None
        )

    def _is_repeatable(self, frame: _Frame, statement: ast.stmt) -> bool:
        """Imports, and reads of the store into one variable: they are not steps, they are repeated where needed."""
        text = frame.function.text(statement)
        if isinstance(statement, ast.Import | ast.ImportFrom):
            frame.repeated.update(dict.fromkeys(names_of(text).bound, text))
            return True
        target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
        if not isinstance(target, ast.Name):
            return False
        steps = [node for node in deep(_nodes_at(frame, statement)) if isinstance(node, model.Step | model.Hop)]
        if not steps or any(not isinstance(node, model.Step) or node.kind != "db_read" for node in steps):
            return False
        if not self._is_same_anywhere(frame, target.id, statement):
            return False
        if is_changed_in_place(frame.function.node, target.id):
            raise CannotSliceError(f"`{target.id}` is read from the store and then changed")
        frame.repeated[target.id] = text
        return True

    def _is_same_anywhere(self, frame: _Frame, target: str, statement: ast.stmt) -> bool:
        """Whether the statement, put before any later one, still reads from the same values."""
        stores = stores_in(frame.function.node)
        known = {name for name in frame.values if stores.count(name) <= (name not in frame.function.parameters)}
        own = {*stores, *frame.function.parameters}
        needed = (loads([statement]) & own) - known - frame.repeated.keys()
        return not needed and stores.count(target) == 1 and target not in frame.function.parameters

    def _is_boundary(self, frame: _Frame, statement: ast.stmt) -> bool:
        if _nodes_at(frame, statement):
            return True
        value = getattr(statement, "value", None)
        return isinstance(value, ast.expr) and self._code.called(frame.function, value) is not None

    def _only_sends(self, frame: _Frame, statements: Sequence[ast.stmt]) -> bool:
        found = [n for s in statements for n in deep(_nodes_at(frame, s)) if isinstance(n, model.Step | model.Hop)]
        return bool(found) and all(isinstance(node, model.Hop) for node in found)

    def _is_choice(self, frame: _Frame, statement: ast.If, live: frozenset[str]) -> bool:
        """Whether a branch holds a step, and no branch makes a variable that is needed after it."""
        if not _nodes_in(frame, statement.body) and not _nodes_in(frame, statement.orelse):
            return False
        inside = "\n".join(frame.function.text(child) for child in (*statement.body, *statement.orelse))
        return not names_of(inside).bound & live

    def _choice(self, frame: _Frame, statement: ast.If, live: frozenset[str]) -> Choice:
        decision = next((n for n in _nodes_at(frame, statement) if isinstance(n, model.Decision)), None)
        condition = ast.unparse(statement.test)
        name = (decision.name if decision else "") or condition
        words = python_identifier(condition)[:40].rstrip("_")
        decide = Piece(self._unique(f"decide_{words}"), f"Decide: {name}", f"{frame.function.file}:{statement.lineno}")
        block = self._add(frame, decide, f'case = "yes" if {condition} else "no"', frozenset())
        block.results["case"] = "case"
        before = dict(frame.repeated)
        yes = self._sequence(frame, statement.body, live)
        frame.repeated = dict(before)
        no = self._sequence(frame, statement.orelse, live)
        frame.repeated = before
        return Choice(self._unique(f"if_{words}"), name, decide, yes, no)

    def _inline(
        self, frame: _Frame, statement: ast.stmt, waiting: list[ast.stmt], live: frozenset[str]
    ) -> list[Part] | None:
        """The parts of a called function in place of the call, where they are more than one."""
        value = getattr(statement, "value", None)
        target = single_target(statement)
        callee = self._code.called(frame.function, value) if isinstance(value, ast.expr) else None
        if callee is None or target is None or frame.depth >= _MOST_INLINED or not isinstance(value, ast.Call):
            return None
        unit = f"{callee.file}::{callee.node.name}"
        node = next((n for n in _nodes_at(frame, statement) if isinstance(n, model.Call) and n.callee == unit), None)
        arguments = bind(callee, value)
        result = result_of(callee.node)
        if (
            not is_dotted_name(callee.module)
            or arguments is None
            or result is None
            or callee.node.decorator_list
            or not is_cuttable(callee)
        ):
            return None
        mark = self._unique.mark()
        given = self.stand_ins(arguments)
        body = node.body if node else _nodes_at(frame, statement)
        inner = _Frame(callee, marks_of(body, unit), dict(given), depth=frame.depth + 1)
        try:
            _check_session(callee, inner.marks, unit)
            parts = self._sequence(inner, body_of(callee.node), frozenset({result}) if result else frozenset())
        except CannotSliceError:
            parts = []
        first = parts[0] if parts else None
        if len(parts) < 2 or not isinstance(first, Piece):
            self._unique.back_to(mark)
            return None
        opening = [*(frame.function.text(s) for s in waiting), *(f"{k} = {v}" for k, v in arguments.items())]
        self._open(frame, parts, first, "\n".join(opening), given, live)
        if target and result:
            frame.values[target] = inner.values[result]
        return parts

    def stand_ins(self, names: Iterable[str]) -> dict[str, str]:
        """What stands for each argument of one inlined call until its first piece is known."""
        self._calls += 1
        return {name: f"<{self._calls} {name}>" for name in names}

    def _open(
        self, frame: _Frame, parts: list[Part], first: Piece, code: str, given: dict[str, str], live: frozenset[str]
    ) -> None:
        """Put the statements that make the arguments before the first piece of an inlined call."""
        keys = {template: key for key, template in first.inputs.items() if template in given.values()}
        for key in keys.values():
            del first.inputs[key]
        if not code:
            return
        block = self._add(frame, first, code, live & names_of(code).bound, front=True)
        for name, template in given.items():
            block.results[name] = keys.get(template) or _free_key(first, name)
            for piece in pieces_of(parts):
                for key, used in piece.inputs.items():
                    if used == template:
                        piece.inputs[key] = output(first.ref, block.results[name])

    def _piece(self, frame: _Frame, statements: Sequence[ast.stmt], live: frozenset[str]) -> Piece:
        nodes = [node for statement in statements for node in _nodes_at(frame, statement)]
        name = _title(nodes, statements)
        ref = self._unique(python_identifier(name)[:60].rstrip("_"))
        piece = Piece(ref, name, f"{frame.function.file}:{statements[-1].lineno}")
        self._append(frame, piece, statements, live)
        return piece

    def _append(self, frame: _Frame, piece: Piece, statements: Sequence[ast.stmt], live: frozenset[str]) -> None:
        """Let a piece do (more) statements."""
        if live and any(leaves(statement) for statement in statements):
            raise CannotSliceError("it returns early, and a value is needed after it")
        code = "\n".join(_without_return(frame, statement) for statement in statements)
        changed = changed_in_place(statements) & frame.values.keys()
        block = self._add(frame, piece, code, live & (names_of(code).bound | changed))
        piece.watched |= {
            key for name, key in block.parameters.items() if name in live - changed and key in piece.inputs
        }
        nodes = [node for statement in statements for node in _nodes_at(frame, statement)]
        for node in deep(nodes):
            if isinstance(node, model.Hop) and not is_retry(node) and node not in piece.hops:
                piece.hops.append(node)

    def _add(self, frame: _Frame, piece: Piece, code: str, results: frozenset[str], *, front: bool = False) -> Block:
        """Make a block of the code, with the repeated statements that it needs before it."""
        for _ in frame.repeated:
            again = [text for key, text in frame.repeated.items() if key in names_of(code).needed]
            code = "\n".join([*dict.fromkeys(again), code])
        names = names_of(code)
        own = (names.bound & loads(ast.parse(code).body)) | results
        block = Block(frame.function.module, code, (), {}, {})
        for name in sorted(names.needed | own):
            if name in frame.values:
                block.parameters[name] = _key_of(piece, name, frame.values[name])
        free = names.needed - frame.values.keys()
        block.imports = tuple(sorted(name for name in free if not is_builtin(name)))
        for name in sorted(results):
            block.results[name] = _free_key(piece, name)
            frame.values[name] = output(piece.ref, block.results[name])
            frame.repeated.pop(name, None)
        piece.blocks.insert(0 if front else len(piece.blocks), block)
        return block


def _without_return(frame: _Frame, statement: ast.stmt) -> str:
    """The statement's text; of a return, only what it evaluates."""
    if isinstance(statement, ast.Return):
        return ast.unparse(statement.value) if statement.value else "pass"
    return frame.function.text(statement)


def _key_of(piece: Piece, name: str, template: str) -> str:
    """The key of a value in the piece: one that it makes itself, one that it has asked for, or a new input."""
    made = OUTPUT.match(template)
    if made and made.group(1) == piece.ref:
        return made.group(2)
    for key, known in piece.inputs.items():
        if known == template:
            return key
    key = _free_key(piece, name)
    piece.inputs[key] = template
    return key


def _free_key(piece: Piece, name: str) -> str:
    taken = {key for block in piece.blocks for key in block.results.values()} | piece.inputs.keys()
    return Unique(taken)(name)


def _check(function: Function, marks: dict[int, list[model.Node]], unit: str) -> None:
    if not is_cuttable(function):
        raise CannotSliceError("it yields, or changes names outside of itself, or takes any number of arguments")
    names = [last_name(decorator) for decorator in function.node.decorator_list]
    if unknown := [name for name in names if name not in _ENTRY_DECORATORS]:
        raise CannotSliceError(f"the decorator `{unknown[0]}` wraps all of it")
    _check_session(function, marks, unit)


def _check_session(function: Function, marks: dict[int, list[model.Node]], unit: str) -> None:
    """Writes that one function makes by itself share a session and a transaction: they stay together."""
    for node in ast.walk(function.node):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _SESSION_METHODS:
            raise CannotSliceError(f"`{node.func.attr}` ends what several statements share")
    for nodes in marks.values():
        for node in deep(nodes):
            if isinstance(node, model.Step) and node.kind == "db_write" and node.unit == unit:
                raise CannotSliceError("it writes to the store itself, in a session that can't be cut")


def _nodes_at(frame: _Frame, statement: ast.stmt) -> list[model.Node]:
    """The nodes on the statement's lines; control flow that encloses the statement is not among them."""
    last = statement.end_lineno or statement.lineno
    return [node for line, nodes in sorted(frame.marks.items()) if statement.lineno <= line <= last for node in nodes]


def _nodes_in(frame: _Frame, statements: Iterable[ast.stmt]) -> list[model.Node]:
    return [node for statement in statements for node in _nodes_at(frame, statement)]


def _title(nodes: Sequence[model.Node], statements: Sequence[ast.stmt]) -> str:
    for node in (*_of_kind(nodes, model.Call), *_of_kind(nodes, model.Step), *_of_kind(deep(nodes), model.Step)):
        if node.name:
            return node.name
    for statement in statements:
        for inner in ast.walk(statement):
            if isinstance(inner, ast.Call):
                return textwrap.shorten(ast.unparse(inner.func).replace("_", " "), 40).capitalize()
    return "Go on"


def _of_kind(nodes: Iterable[model.Node], kind: type[model.Node]) -> list[model.Node]:
    return [node for node in nodes if isinstance(node, kind)]
