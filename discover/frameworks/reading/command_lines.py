"""The command lines that code puts together to start another program: words in a list, or one text for a shell.

Each is read as an expression, with parameters as the callers give them. A part that is not known is `{}`, the
interpreter that runs is `python`, and of a path only what is known of its end.
"""

from __future__ import annotations

import shlex
from itertools import islice, product
from typing import TYPE_CHECKING, TypeGuard

from discover.facts import records as ir
from discover.frameworks.reading.frames import Frame
from discover.frameworks.reading.parameters import argument_for
from discover.resolve.values import ConstantValue, ExternalValue
from discover.sources.commands import parse_command_line, parse_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from discover.frameworks.reading.contexts import Contexts
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function
    from discover.sources.records import Command

OPEN = "{}"
"""Stands for what is not known."""
_INTERPRETER = "sys.executable"
_DEPTH = 12
_WAYS = 12
"""So many command lines are told apart at one call."""
_STEPS = 3_000
"""So many expressions are looked at for one call: names that are made of one another lead to ever more of them."""
_JOINS = frozenset({"os.path.join", "posixpath.join", "pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath"})
_SAME = frozenset(
    """
    builtins.str os.fspath os.fsdecode os.path.abspath os.path.realpath os.path.normpath os.path.expanduser shlex.quote
    """.split()  # noqa: SIM905 - a list of words is read better than a list of strings
)
_SAME_METHODS = frozenset({"resolve", "absolute", "as_posix", "expanduser", "strip", "__str__", "__fspath__"})
_LISTS = frozenset({"builtins.list", "builtins.tuple"})
_SPLITS = frozenset({"shlex.split"})

Words = list[str]


class CommandLines:
    """Reads them."""

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts
        self._left = _STEPS

    def of_line(self, function: Function, expression: ir.Expr, frame: Frame | None) -> list[list[Command]]:
        """What an argument starts that is a text for a shell, or a list of words: for each line that it may be."""
        self._left = _STEPS
        lists = list(islice(self._lists(function, expression, frame, _DEPTH), _WAYS))
        if lists:
            return [_parsed(words) for words in lists]
        return [parse_command_line(text) for text in self._texts(function, expression, frame, _DEPTH)]

    def of_words(self, function: Function, expressions: list[ir.Expr], frame: Frame | None) -> list[list[Command]]:
        """What words start that stand as arguments of their own."""
        self._left = _STEPS
        return [_parsed(words) for words in self._items(function, expressions, frame, _DEPTH)]

    def _may_go_on(self, depth: int) -> bool:
        """Whether one more expression is looked at."""
        self._left -= 1
        return depth > 0 and self._left >= 0

    # --- lists of words -------------------------------------------------------------------------------------------

    def _lists(self, function: Function, expression: ir.Expr, frame: Frame | None, depth: int) -> Iterator[Words]:
        """The lists that an expression may be; none where it is no list, or where nothing is known of it."""
        if not self._may_go_on(depth):
            return
        if isinstance(expression, ir.Sequence):
            yield from self._items(function, expression.items, frame, depth - 1)
        elif isinstance(expression, ir.Binary) and expression.operator == "+":
            for left in self._lists(function, expression.left, frame, depth - 1):
                right = list(islice(self._lists(function, expression.right, frame, depth - 1), _WAYS))
                yield from ([*left, *words] for words in right or [[OPEN]])
        elif isinstance(expression, ir.Choice):
            for value in expression.values:
                yield from self._lists(function, value, frame, depth - 1)
        elif isinstance(expression, ir.Call):
            yield from self._called(function, expression, frame, depth - 1)
        elif isinstance(expression, ir.Name):
            yield from self._named(function, expression.id, frame, depth - 1)

    def _items(self, function: Function, items: list[ir.Expr], frame: Frame | None, depth: int) -> list[Words]:
        parts: list[list[Words]] = []
        for item in items:
            if isinstance(item, ir.Starred):
                parts.append(list(islice(self._lists(function, item.value, frame, depth), _WAYS)) or [[OPEN]])
            else:
                parts.append([[text] for text in self._texts(function, item, frame, depth)])
        return [[word for part in way for word in part] for way in islice(product(*parts), _WAYS)]

    def _called(self, function: Function, call: ir.Call, frame: Frame | None, depth: int) -> Iterator[Words]:
        """What gives a list: `list(words)`, `shlex.split(text)`, `text.split()`, a function of the project."""
        site = function.sites.get(call.number)
        paths = _paths(site)
        method = call.function.name if isinstance(call.function, ir.Attribute) else ""
        if paths & _LISTS and call.arguments:
            yield from self._lists(function, call.arguments[0], frame, depth)
        elif paths & _SPLITS and call.arguments:
            yield from map(_split, self._texts(function, call.arguments[0], frame, depth))
        elif method == "split" and not call.arguments and isinstance(call.function, ir.Attribute):
            yield from (text.split() for text in self._texts(function, call.function.value, frame, depth))
        elif method == "copy" and isinstance(call.function, ir.Attribute):
            yield from self._lists(function, call.function.value, frame, depth)
        elif site is not None and len(site.targets) == 1:
            inner = site.targets[0].function
            for returned in self._contexts.returned(inner):
                yield from self._lists(inner, returned, Frame(inner, site, frame), depth)

    def _named(self, function: Function, name: str, frame: Frame | None, depth: int) -> Iterator[Words]:
        """What a name holds: what is assigned to it, with what is added to that, or what a caller gives."""
        holder = self._holder(function, name)
        assigned = self._contexts.assignments(holder).get(name, [])
        bases = [value for value in assigned if not _is_grown(value, name)]
        found = list(islice((words for value in bases for words in self._lists(holder, value, frame, depth)), _WAYS))
        given = self._given(holder, name, frame) if not bases else None
        if given is not None:
            site, expression, outer = given
            found += self._lists(site.function, expression, outer, depth)
        for one in self._added(holder, name, assigned):
            parts = list(islice(self._lists(holder, one, frame, depth), _WAYS)) or [[OPEN]]
            found = [[*words, *part] for words, part in islice(product(found, parts), _WAYS)]
        yield from found

    @staticmethod
    def _added(function: Function, name: str, assigned: list[ir.Expr]) -> Iterator[ir.Expr]:
        """What `+=`, `append` and `extend` put behind a list, as lists."""
        yield from (value.right for value in assigned if _is_grown(value, name))
        for site in function.sites.values():
            called = site.call.function
            if isinstance(called, ir.Attribute) and called.value == ir.Name(name) and len(site.call.arguments) == 1:
                if called.name == "append":
                    yield ir.Sequence("list", site.call.arguments)
                elif called.name == "extend":
                    yield site.call.arguments[0]

    # --- texts ----------------------------------------------------------------------------------------------------

    def _texts(self, function: Function, expression: ir.Expr, frame: Frame | None, depth: int) -> list[str]:
        """What one word, or a whole line, may be; never empty."""
        found = dict.fromkeys(islice(self._alternatives(function, expression, frame, depth), _WAYS))
        return list(found) or [OPEN]

    def _alternatives(self, function: Function, expression: ir.Expr, frame: Frame | None, depth: int) -> Iterator[str]:
        if not self._may_go_on(depth):
            return
        deeper = depth - 1
        if isinstance(expression, ir.FString):
            yield from self._joined(function, expression.parts, frame, deeper)
        elif isinstance(expression, ir.Binary) and expression.operator in ("+", "/"):
            between = "/" if expression.operator == "/" else ""
            yield from self._joined(function, [expression.left, expression.right], frame, deeper, between)
        elif isinstance(expression, ir.Call) and (made := self._made(function, expression, frame, deeper)) is not None:
            yield from made
        else:
            known = self._known(function, expression, frame)
            yield from known
            if not known and isinstance(expression, ir.Name):
                yield from self._behind(function, expression.id, frame, deeper)

    def _known(self, function: Function, expression: ir.Expr, frame: Frame | None) -> list[str]:
        values = self._contexts.values(function, expression, frame)
        found = [str(v.value) for v in values if isinstance(v, ConstantValue) and isinstance(v.value, str | int)]
        is_interpreter = any(isinstance(v, ExternalValue) and v.path == _INTERPRETER for v in values)
        return [*found, "python"] if is_interpreter else found

    def _behind(self, function: Function, name: str, frame: Frame | None, depth: int) -> Iterator[str]:
        """A name's text, by the expressions that are assigned to it, or that a caller gives for it."""
        holder = self._holder(function, name)
        assigned = self._contexts.assignments(holder).get(name, [])
        for value in assigned:
            if not _is_grown(value, name) and not isinstance(value, ir.Starred):
                yield from self._alternatives(holder, value, frame, depth)
        given = self._given(holder, name, frame) if not assigned else None
        if given is not None:
            site, expression, outer = given
            yield from self._alternatives(site.function, expression, outer, depth)

    def _joined(
        self, function: Function, parts: list[ir.Expr], frame: Frame | None, depth: int, between: str = ""
    ) -> Iterator[str]:
        each = [self._texts(function, part, frame, depth) for part in parts]
        yield from (between.join(way) for way in product(*each))

    def _made(self, function: Function, call: ir.Call, frame: Frame | None, depth: int) -> Iterable[str] | None:
        """What joins or keeps a path or a text; None for any other call."""
        paths = _paths(function.sites.get(call.number))
        method = call.function if isinstance(call.function, ir.Attribute) else None
        if paths & _JOINS and call.arguments:
            return self._joined(function, call.arguments, frame, depth, "/")
        if paths & _SAME and call.arguments:
            return self._alternatives(function, call.arguments[0], frame, depth)
        if method is None:
            return None
        if method.name == "joinpath":
            return self._joined(function, [method.value, *call.arguments], frame, depth, "/")
        if method.name in _SAME_METHODS and not call.arguments:
            return self._alternatives(function, method.value, frame, depth)
        if method.name == "join" and method.value == ir.Constant(" ") and len(call.arguments) == 1:
            return (" ".join(words) for words in self._lists(function, call.arguments[0], frame, depth))
        return None

    # --- names ----------------------------------------------------------------------------------------------------

    def _holder(self, function: Function, name: str) -> Function:
        """The function that binds a name, or else its module's body."""
        if name in self._contexts.assignments(function) or any(p.name == name for p in function.record.parameters):
            return function
        return function.module.body

    @staticmethod
    def _given(function: Function, name: str, frame: Frame | None) -> tuple[CallSite, ir.Expr, Frame | None] | None:
        """What the caller of the frame gives for a parameter, with where that stands."""
        if frame is None or frame.site is None or frame.function is not function:
            return None
        expression = argument_for(function, name, frame.site.call)
        return (frame.site, expression, frame.outer) if expression is not None else None


def _parsed(words: Words) -> list[Command]:
    """The commands of a list of words; of one word alone, which may be a whole line."""
    return parse_command_line(words[0]) if len(words) == 1 else parse_words(words)


def _split(text: str) -> Words:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _is_grown(value: ir.Expr, name: str) -> TypeGuard[ir.Binary]:
    """`words += […]`, `words = words + […]`."""
    return isinstance(value, ir.Binary) and value.operator == "+" and value.left == ir.Name(name)


def _paths(site: CallSite | None) -> set[str]:
    return {external.path for external in site.externals} if site is not None else set()
