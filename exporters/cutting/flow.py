"""A function as structured flow: what the passes of the cutter read and rewrite.

A leaf (`Plain`) holds statements that stay together; the other items hold sequences. Every item can be written back
as statements (`render`), so that any part of the flow can become one leaf again. Names in the statements are the
code's own; a leaf's `Frame` says which variable of the run each local name stands for.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import libcst as cst

from exporters.canonical import records
from exporters.cutting.marks import Mark
from exporters.cutting.names import Names, names_in
from exporters.cutting.source import Class, Code, Named

Body = list["Item"]
Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


@dataclass(eq=False, slots=True)
class Frame:
    """One function in the flow: the run's own, or one that was opened in the place of its call."""

    unit: str
    file: str
    module: str
    names: dict[str, str]
    """The variable of the run that each local name stands for."""
    imports: dict[str, str] = field(default_factory=dict[str, str])
    """The import statement behind each name that the function imports itself."""
    paths: dict[str, str] = field(default_factory=dict[str, str])
    """The dotted path of each such name."""
    context: set[str] = field(default_factory=set[str])
    """Names that each step's code finds made anew: a request, a bound task."""
    receivers: dict[str, Class] = field(default_factory=dict[str, Class])
    """Those among them that stand for the object whose method it is, and its class."""
    globals: frozenset[str] = frozenset()
    """Names that its code takes from the module."""
    parent: Frame | None = None
    site: str = ""
    """Which call was opened; empty for the run's own function."""
    is_async: bool = False

    def chain(self) -> Iterator[Frame]:
        """The frame and those around it, the innermost first."""
        frame: Frame | None = self
        while frame is not None:
            yield frame
            frame = frame.parent

    def meant(self, node: ast.expr, code: Code) -> Named | None:
        """What a dotted name in its code stands for; None for anything else, and for its local names."""
        return code.meant(node, code.file(self.file), self.names, self.paths)


@dataclass(eq=False, slots=True)
class Plain:
    """Statements that stay together."""

    body: list[Statement]
    frame: Frame
    first: int = 0
    last: int = 0
    marks: list[Mark] = field(default_factory=list[Mark])
    whole: str = ""
    """Why more than one thing happens in it."""
    responds: bool = False
    is_taken_out: bool = False
    """It computes what the item behind it would have computed first."""
    managers: tuple[cst.WithItem, ...] = ()
    """Context managers that are opened anew around the statements."""
    _tree: list[ast.stmt] | None = None
    _names: Names | None = None
    found: dict[str, frozenset[str]] = field(default_factory=dict[str, "frozenset[str]"])
    """What passes have found out about the leaf's variables, by what they asked."""

    @property
    def names(self) -> Names:
        """The names that the statements read and bind."""
        if self._names is None:
            self._names = names_in(self.tree)
        return self._names

    @property
    def statements(self) -> list[Statement]:
        """The statements, below their managers."""
        if not self.managers:
            return list(self.body)
        return [cst.With(list(self.managers), cst.IndentedBlock(self.body))]

    @property
    def text(self) -> str:
        """The statements as text."""
        return cst.Module(body=self.statements).code.strip("\n") + "\n"

    def nodes(self) -> Iterator[ast.AST]:
        """All nodes of the statements."""
        for part in self.tree:
            yield from ast.walk(part)

    @property
    def tree(self) -> list[ast.stmt]:
        """The statements as an abstract syntax tree."""
        if self._tree is None:
            self._tree = ast.parse(self.text).body
        return self._tree

    def replace(self, body: list[Statement]) -> None:
        """Let the leaf hold other statements."""
        self.body = body
        self._forget()

    def open_below(self, managers: tuple[cst.WithItem, ...]) -> None:
        """Let the statements stand below these context managers."""
        self.managers = managers
        self._forget()

    def _forget(self) -> None:
        self._tree = self._names = None
        self.found.clear()

    @property
    def ends(self) -> bool:
        """Whether nothing can follow: it raises."""
        return _raises(self.tree)


def _raises(body: list[ast.stmt]) -> bool:
    if not body:
        return False
    match body[-1]:
        case ast.Raise():
            return True
        case ast.If(body=yes, orelse=no):
            return _raises(yes) and _raises(no)
        case ast.With(body=inner):
            return _raises(inner)
        case _:
            return False


NewName = Callable[[Plain, str], str]
"""A new local name in the leaf's frame, which has a variable of its own."""


@dataclass(eq=False, slots=True)
class Leave:
    """`return`; no pass behind `exits` sees one."""

    value: cst.BaseExpression | None
    plain: Plain
    """The line, with its marks and comments."""


@dataclass(eq=False, slots=True)
class Turn:
    """`break` or `continue` of a loop that is itself an item."""

    plain: Plain
    is_break: bool


@dataclass(eq=False, slots=True)
class Choice:
    """`if`: one of two sequences."""

    test: Plain
    """One expression."""
    then: Body
    otherwise: Body
    comments: tuple[cst.EmptyLine, ...] = ()
    name: str = ""
    written: Statement | None = None
    """The statement as the code has it, where it can stand for the item again."""


@dataclass(eq=False, slots=True)
class Each:
    """`for`: the sequence for each item."""

    node: cst.For
    over: Plain
    """One expression."""
    body: Body
    otherwise: Body
    target: Plain
    """`target = item`, for what it binds."""
    name: str = ""
    variable: str = ""
    """The variable that holds one item, when it was given one."""
    written: Statement | None = None
    """The statement as the code has it, where it can stand for the item again."""
    gathers: str = ""
    """The local name that takes a list of what each turn gives; the turns then go side by side."""
    part: str = ""
    """The local name of that in a turn."""
    loss: str = ""
    """What the code says of the turns, and no element does."""


@dataclass(eq=False, slots=True)
class Repeat:
    """`while`: the sequence as long as the test is true."""

    node: cst.While
    test: Plain
    body: Body
    otherwise: Body
    name: str = ""
    written: Statement | None = None
    """The statement as the code has it, where it can stand for the item again."""


@dataclass(eq=False, slots=True)
class Handler:
    """One `except` of an `Attempt`."""

    node: cst.ExceptHandler
    kind: Plain | None
    """The expression that names the exceptions."""
    name: str
    variable: str
    """What the name of the exception stands for; empty for none."""
    body: Body
    only_holds: bool = False
    """The exception is put into another one, and not looked at."""


@dataclass(eq=False, slots=True)
class Attempt:
    """`try`."""

    node: cst.Try
    body: Body
    handlers: list[Handler]
    otherwise: Body
    last: Body
    line: int = 0
    name: str = ""
    written: Statement | None = None
    """The statement as the code has it, where it can stand for the item again."""


@dataclass(eq=False, slots=True)
class Within:
    """`with`: what is around it can't leave the process, so it is never cut."""

    node: cst.With
    head: Plain
    """The context managers, as statements of their own."""
    body: Body
    written: Statement | None = None
    """The statement as the code has it, where it can stand for the item again."""


@dataclass(eq=False, slots=True)
class Together:
    """Coroutines that are awaited side by side: a sequence for each."""

    whole: Plain
    """The statement as it is written."""
    branches: list[Body]
    names: list[str]
    """The local name that takes each one's result."""


@dataclass(eq=False, slots=True)
class Retried:
    """What a decorator tries again: the opened function's sequence. No statement can stand for it."""

    retry: records.Retry
    body: Body
    frame: Frame
    line: int
    text: str
    """The policy in the code's words."""
    losses: tuple[str, ...] = ()
    """What the code does between two tries, and the engine does not."""


Item = Plain | Leave | Turn | Choice | Each | Repeat | Attempt | Within | Together | Retried


def bodies_of(item: Item) -> list[Body]:
    """The sequences directly inside an item."""
    match item:
        case Choice():
            return [item.then, item.otherwise]
        case Each() | Repeat():
            return [item.body, item.otherwise]
        case Attempt():
            return [item.body, *(handler.body for handler in item.handlers), item.otherwise, item.last]
        case Within() | Retried():
            return [item.body]
        case Together():
            return list(item.branches)
        case _:
            return []


def turned_in(item: Item) -> list[Body]:
    """The bodies in which `break` and `continue` are those of the loop around the item: of a loop, its `else` alone."""
    return [item.otherwise] if isinstance(item, Each | Repeat) else bodies_of(item)


def heads_of(item: Item) -> list[Plain]:
    """The leaves that an item has beside its sequences."""
    match item:
        case Plain():
            return [item]
        case Leave() | Turn():
            return [item.plain]
        case Choice() | Repeat():
            return [item.test]
        case Each():
            return [item.over, item.target]
        case Attempt():
            return [handler.kind for handler in item.handlers if handler.kind]
        case Within():
            return [item.head]
        case Together() | Retried():
            return []


def walk(items: Iterable[Item]) -> Iterator[Item]:
    """All items, at any depth, in the order of the source."""
    for item in items:
        yield item
        for body in bodies_of(item):
            yield from walk(body)


def leaves(items: Iterable[Item]) -> Iterator[Plain]:
    """All leaves, heads included."""
    for item in walk(items):
        yield from heads_of(item)


def marks_in(items: Iterable[Item]) -> list[Mark]:
    """All that happens in the items."""
    return [mark for leaf in leaves(items) for mark in leaf.marks]


def expression(plain: Plain) -> cst.BaseExpression:
    """The one expression of a head."""
    line = plain.body[0]
    assert isinstance(line, cst.SimpleStatementLine)
    small = line.body[0]
    assert isinstance(small, cst.Expr)
    return small.value


def computed(plain: Plain) -> ast.expr:
    """The same, as `ast` has it."""
    line = plain.tree[0]
    assert isinstance(line, ast.Expr)
    return line.value


def head(value: cst.BaseExpression, frame: Frame, first: int, marks: Iterable[Mark] = (), last: int = 0) -> Plain:
    """A leaf of one expression."""
    line = cst.SimpleStatementLine([cst.Expr(freestanding(value))])
    return Plain([line], frame, first, last or first, list(marks))


def statement(small: cst.BaseSmallStatement, like: Plain, marks: Iterable[Mark] = ()) -> Plain:
    """A leaf of one small statement, at the place of another leaf."""
    return Plain([cst.SimpleStatementLine([small])], like.frame, like.first, like.last, list(marks))


def assign(name: str, value: cst.BaseExpression) -> cst.Assign:
    """`name = value`."""
    return cst.Assign([cst.AssignTarget(cst.Name(name))], freestanding(value))


def freestanding(value: cst.BaseExpression) -> cst.BaseExpression:
    """The expression, in parentheses where it needs them away from the brackets that it stood in."""
    if value.lpar or not _leans_on_brackets(value):
        return value
    return value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _leans_on_brackets(value: cst.BaseExpression) -> bool:
    if isinstance(value, cst.NamedExpr | cst.Tuple | cst.Yield):
        return True
    code = cst.Module([]).code_for_node(value)
    if "\n" not in code:
        return False
    try:
        ast.parse(code, mode="eval")
    except SyntaxError:
        return True
    return False
