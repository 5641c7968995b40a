"""What one file says, as compact serialisable records: a reduced syntax tree.

Made from `ast` by `discover.facts.extract`, stored in the cache as MessagePack, read by every later stage. It keeps
names, calls, literals and the *structured* control flow; it drops what no later stage asks for (a comparison of more
than two parts keeps only these, since a call may hide in them).

Lines count from 1. `Call.number` is the call's serial number in its file, in source order of extraction, and so
identifies a call site together with the file.

No record stands in two places: later stages know an expression by its identity, and facts that were stored share
nothing, so that facts that were just read must not either.
"""

from __future__ import annotations

from typing import Literal

import msgspec

FACTS_VERSION = 7
"""Part of every cache key: raise it whenever a record or the meaning of one changes."""


class Record(msgspec.Struct, array_like=True, gc=False):
    """Settings of all records: positional on the wire, tagged by class name, and never part of a cycle."""


# --- expressions -------------------------------------------------------------------------------------------------


class Name(Record, tag=0):
    """A bare name that is read."""

    id: str


class Attribute(Record, tag=1):
    """`value.name`; `line` is that of the name itself."""

    value: Expr
    name: str
    line: int


class Keyword(msgspec.Struct, array_like=True, gc=False):
    """A keyword argument; `name` is None for `**value`."""

    name: str | None
    value: Expr


class Call(Record, tag=2):
    """A call. `line` is where the called name ends (in a chain over several lines, the line of this link).

    `line` is where a traceback would point a reader: the line of the last name of `function`.
    """

    number: int
    line: int
    end_line: int
    function: Expr
    arguments: list[Expr]
    keywords: list[Keyword]


class Constant(Record, tag=3):
    """A literal. Bytes become str (latin-1), complex numbers and Ellipsis become None."""

    value: str | int | float | bool | None


class FString(Record, tag=4):
    """The parts in order: `Constant` strings and the interpolated expressions. Also for t-strings."""

    parts: list[Expr]


class Binary(Record, tag=5):
    """`left op right` with the operator's text: `+ - * / // % ** @ << >> | & ^`."""

    operator: str
    left: Expr
    right: Expr


class Choice(Record, tag=6):
    """The value is one of these: `a or b`, `a and b`, `b if test else c` (the test stands in `tests`)."""

    values: list[Expr]
    tests: list[Expr]
    operator: Literal["", "or", "and"] = ""


class Sequence(Record, tag=7):
    """A list, tuple or set display; items may be `Starred`."""

    kind: Literal["list", "tuple", "set"]
    items: list[Expr]


class Mapping(Record, tag=8):
    """A dict display; a key of None is `**value`."""

    keys: list[Expr | None]
    values: list[Expr]
    lines: list[int]


class Subscript(Record, tag=9):
    """`value[index]`; a slice is `Opaque` with its three parts, `Constant(None)` for those that are left out."""

    value: Expr
    index: Expr


class Lambda(Record, tag=10):
    """An anonymous function; its name is `<lambda>`."""

    function: Function


class For(msgspec.Struct, array_like=True, gc=False):
    """One `for target in iterable if tests` of a comprehension."""

    target: Expr
    iterable: Expr
    tests: list[Expr]
    is_async: bool


class Comprehension(Record, tag=11):
    """A list, set, dict or generator comprehension; `key` only for dicts."""

    kind: Literal["list", "set", "dict", "generator"]
    element: Expr
    key: Expr | None
    generators: list[For]


class Await(Record, tag=12):
    """`await value`."""

    value: Expr


class Yield(Record, tag=13):
    """`yield value` or `yield from value`."""

    value: Expr | None
    is_from: bool


class Starred(Record, tag=14):
    """`*value`."""

    value: Expr


class Named(Record, tag=15):
    """`(target := value)`."""

    target: str
    value: Expr


class Opaque(Record, tag=16):
    """Any other expression (comparison, negation, slice, …): its value is unknown, its parts may hold calls."""

    parts: list[Expr]
    operator: str = ""
    """How it compares its parts (`==`, `is not`, …; `<, <=` for a chain), or `not`, `-`, `~`."""


Expr = (
    Name
    | Attribute
    | Call
    | Constant
    | FString
    | Binary
    | Choice
    | Sequence
    | Mapping
    | Subscript
    | Lambda
    | Comprehension
    | Await
    | Yield
    | Starred
    | Named
    | Opaque
)


# --- definitions -------------------------------------------------------------------------------------------------


class Parameter(msgspec.Struct, array_like=True, gc=False):
    """A parameter; `kind` as in `inspect`, shortened. String annotations are parsed."""

    name: str
    kind: Literal["positional", "normal", "varargs", "keyword", "kwargs"]
    annotation: Expr | None
    default: Expr | None


class Function(Record, tag=20):
    """A function definition. Also a statement: it stands in its body where it is defined."""

    name: str
    qualname: str
    """`Class.method`, `outer.<locals>.inner`."""
    line: int
    """Of the first decorator where there is one."""
    def_line: int
    end_line: int
    parameters: list[Parameter]
    decorators: list[Expr]
    returns: Expr | None
    body: list[Stmt]
    is_async: bool
    is_generator: bool
    doc: str
    """The docstring's first paragraph, on one line."""
    shared_names: list[str]
    """Names declared `global` or `nonlocal`."""


class Class(Record, tag=21):
    """A class definition. Also a statement."""

    name: str
    qualname: str
    line: int
    def_line: int
    end_line: int
    bases: list[Expr]
    keywords: list[Keyword]
    decorators: list[Expr]
    body: list[Stmt]
    doc: str


# --- statements --------------------------------------------------------------------------------------------------


class Evaluate(Record, tag=22):
    """An expression for its own sake."""

    line: int
    value: Expr


class Assign(Record, tag=23):
    """`targets = value`, `target: annotation = value` or, with `operator`, `target += value`.

    A target is a `Name`, `Attribute`, `Subscript`, `Starred` or a `Sequence` of these.
    """

    line: int
    end_line: int
    targets: list[Expr]
    value: Expr | None
    annotation: Expr | None
    operator: str


class Return(Record, tag=24):
    """`return value`; `text` is the value's source, shortened."""

    line: int
    value: Expr | None
    text: str


class Raise(Record, tag=25):
    """`raise exception from cause`."""

    line: int
    exception: Expr | None
    cause: Expr | None
    text: str


class If(Record, tag=26):
    """`text` is the test's source on one line, shortened. `elif` is an `If` alone in `otherwise`."""

    line: int
    end_line: int
    test: Expr
    text: str
    body: list[Stmt]
    otherwise: list[Stmt]


class ForLoop(Record, tag=27):
    """`for target in iterable`; `text` is `target in iterable`."""

    line: int
    end_line: int
    target: Expr
    iterable: Expr
    text: str
    body: list[Stmt]
    otherwise: list[Stmt]
    is_async: bool


class While(Record, tag=28):
    """`while test`."""

    line: int
    end_line: int
    test: Expr
    text: str
    body: list[Stmt]
    otherwise: list[Stmt]


class Handler(msgspec.Struct, array_like=True, gc=False):
    """`except types as name`; `types` is None for a bare `except`."""

    line: int
    types: Expr | None
    text: str
    name: str | None
    body: list[Stmt]


class Try(Record, tag=29):
    """`try … except … else … finally`, also `except*`."""

    line: int
    end_line: int
    body: list[Stmt]
    handlers: list[Handler]
    otherwise: list[Stmt]
    last: list[Stmt]


class WithItem(msgspec.Struct, array_like=True, gc=False):
    """`value as target`."""

    value: Expr
    target: Expr | None
    text: str


class With(Record, tag=30):
    """`with items`, also `async with`."""

    line: int
    end_line: int
    items: list[WithItem]
    body: list[Stmt]
    is_async: bool


class Case(msgspec.Struct, array_like=True, gc=False):
    """`case pattern if guard`; `values` are the value and class patterns' expressions, `names` what it binds."""

    line: int
    text: str
    values: list[Expr]
    names: list[str]
    guard: Expr | None
    body: list[Stmt]


class Match(Record, tag=31):
    """`match subject`."""

    line: int
    end_line: int
    subject: Expr
    text: str
    cases: list[Case]


class ImportedName(msgspec.Struct, array_like=True, gc=False):
    """`name as alias`; for `import a.b` without an alias the alias is empty and `a` is bound."""

    name: str
    alias: str


class Import(Record, tag=32):
    """`import a.b as c`, or `from ..module import names` (`module` is None for the former)."""

    line: int
    module: str | None
    level: int
    names: list[ImportedName]


class Jump(Record, tag=33):
    """`break`, `continue` or `pass` as the only statement of a block."""

    line: int
    kind: Literal["break", "continue", "pass"]


class Check(Record, tag=34):
    """`assert test`."""

    line: int
    test: Expr
    text: str


class Delete(Record, tag=35):
    """`del targets`."""

    line: int
    targets: list[Expr]


Stmt = (
    Function
    | Class
    | Evaluate
    | Assign
    | Return
    | Raise
    | If
    | ForLoop
    | While
    | Try
    | With
    | Match
    | Import
    | Jump
    | Check
    | Delete
)


class Diagnostic(msgspec.Struct, array_like=True, gc=False):
    """Something in the file that was not read as it stands."""

    line: int
    message: str


class ModuleFacts(msgspec.Struct, array_like=True, gc=False):
    """All that later stages know of one file."""

    path: str
    """POSIX, relative to the root."""
    lines: int
    calls: int
    """How many calls the file has: numbers run from 0 to this."""
    body: list[Stmt]
    doc: str
    diagnostics: list[Diagnostic]
