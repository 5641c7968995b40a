"""Modules, classes and functions of the project and of the stubs, and what is known of each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.walking import statements
from discover.resolve.accessors import name_with_kind
from discover.resolve.parts import Part
from discover.resolve.values import Slot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discover.resolve.handed_back import HandedBack
    from discover.resolve.made_of_given import Making
    from discover.resolve.member_tables import MemberTable
    from discover.resolve.program import CallSite
    from discover.resolve.values import FunctionValue, Now, Value

_NONE: frozenset[str] = frozenset()


_MIGRATION = re.compile(r"(?:^|/)migrations/\d{4}_[^/]+\.py$")
"""The file of a migration, as Django names them."""

CONSTRUCTORS = ("__new__", "__init__", "__post_init__")
"""The methods that making an object runs, in order."""


class Scope:
    """A body of code that binds names: a module, a class or a function."""

    __slots__ = ("children", "imports", "module", "names", "now", "outer", "rebound", "unit")

    def __init__(self, module: Module, outer: Scope | None) -> None:
        self.module = module
        self.outer = outer
        """Where a name is looked up next; None before the builtins."""
        self.unit: Function
        """The function to which calls in this body belong."""
        self.names: dict[str, Slot] = {}
        self.imports: dict[str, tuple[ir.Import, ir.ImportedName]] = {}
        """Names that only one import binds: resolved on first use, without evaluating anything."""
        self.children: dict[int, Function | Class] = {}
        """Definitions that stand in this body, by the identity of their record."""
        self.rebound = _NONE
        """Names that this body, and no other one, binds more than once."""
        self.now: Now | None = None
        """What such names stand for at the point of the evaluation; None while the body is not evaluated."""


_OF_CLASSES = frozenset({"__init_subclass__", "__class_getitem__", "__new__"})
"""Methods that are given the class though no decorator says so."""


class Function(Scope):
    """A function, method, lambda, or the body of a module (`<module>`)."""

    __slots__ = (
        "_statements",
        "decorated",
        "done",
        "entered",
        "hands_back",
        "id",
        "is_abstract",
        "is_classmethod",
        "is_project",
        "is_property",
        "is_static",
        "library_reads",
        "makes_apart",
        "makings",
        "member_table",
        "order",
        "owner",
        "part",
        "parts",
        "path",
        "reads",
        "record",
        "returns",
        "running",
        "sites",
        "takes_itself",
        "variables",
        "visits",
        "wrappers",
        "wrapping",
        "yields",
    )

    def __init__(self, module: Module, outer: Scope | None, record: ir.Function, owner: Class | None) -> None:
        super().__init__(module, outer)
        self.unit = self
        self.record = record
        self.owner = owner
        name = name_with_kind(record)
        self.id = f"{module.path}::{name}" if module.is_project else f"{module.name}.{name}"
        self.path = f"{module.name}.{record.qualname}"
        """The dotted path: `package.module.Class.method`."""
        self.is_project = module.is_project
        self._take_decorators()
        self.returns, self.yields = Slot(), Slot()
        self.decorated = Slot()
        """What the name stands for after the decorators ran."""
        self.wrappers: list[Function] = []
        """Functions that a project's decorators put around this one, innermost first."""
        self.wrapping: dict[Function, Class] = {}
        """Of those that are methods of the object that a decorator makes of this function: the object's class."""
        self.sites: dict[int, CallSite] = {}
        self.reads: dict[int, tuple[ir.Expr, int, tuple[Function, ...]]] = {}
        """Calls that no call expression makes (properties, context managers, iteration), by the record's identity."""
        self.library_reads: dict[int, tuple[ir.Expr, int, tuple[FunctionValue, ...]]] = {}
        """Properties of libraries that are read, by the record's identity: expression, line, the bound functions."""
        self.entered: dict[int, tuple[ir.Expr, str]] | None = None
        """Objects of library classes that a `with` enters, with the class's path, by the expression's identity."""
        self.variables: frozenset[str] | None = None
        """The type variables of what it gives back, once they were asked for; `hands_back`: a parameter."""
        self.hands_back: HandedBack | None = None
        self.makes_apart: frozenset[str] | None = None
        """The calls in it whose objects it only hands back, once they were asked for."""
        self.member_table: MemberTable | None = None
        """The table in which it looks up what it is asked for by name, once that was asked for."""
        self.makings: tuple[Making, ...] | None = None
        """The calls of its parameters, once they were asked for."""
        self.part = Part(self)
        self.parts: dict[int, Part] = {}
        """The statements of its body that were evaluated, by the identity of their records."""
        self.order = self.visits = 0
        self.done = self.running = False
        self._statements: tuple[ir.Stmt, ...] | None = None

    @property
    def given(self) -> list[ir.Parameter]:
        """Its parameters but for the one that is the object or the class itself: what a call gives."""
        return self.record.parameters[int(self.takes_itself) :]

    @property
    def statements(self) -> tuple[ir.Stmt, ...]:
        """Each statement of its body, with those in its blocks behind it; gathered once, as many ask."""
        if self._statements is None:
            self._statements = tuple(statements(self.record.body))
        return self._statements

    def __repr__(self) -> str:
        return f"Function({self.id})"

    def _take_decorators(self) -> None:
        """What kind of function the decorators and the name say that it is."""
        flags = {_decorator_name(decorator) for decorator in self.record.decorators}
        self.is_static = "staticmethod" in flags
        self.takes_itself = self.owner is not None and not self.is_static
        """A call with a dot gives the first parameter."""
        self.is_classmethod = "classmethod" in flags or self.record.name in _OF_CLASSES
        self.is_abstract = "abstractmethod" in flags
        self.is_property = not flags.isdisjoint(PROPERTY_DECORATORS)


class Class(Scope):
    """A class. An opaque one is known by its dotted path only: an external base that no stub describes."""

    __slots__ = (
        "annotations",
        "attributes",
        "bases",
        "id",
        "is_guess",
        "is_opaque",
        "is_project",
        "mro",
        "parameters",
        "path",
        "record",
        "self_attributes",
        "subclasses",
    )

    def __init__(self, module: Module, outer: Scope | None, record: ir.Class, *, opaque_path: str = "") -> None:
        super().__init__(module, outer)
        self.record = record
        self.is_opaque = bool(opaque_path)
        self.is_guess = False
        """Whether its base was told from its name alone: an unknown library's class, named after a known one."""
        self.is_project = module.is_project and not opaque_path
        self.path = opaque_path or f"{module.name}.{record.qualname}"
        """The dotted path: `package.module.Class`."""
        self.id = f"{module.path}::{record.qualname}" if self.is_project else self.path
        self.bases: Bases | None = None
        """Direct bases with their subscripts' type arguments; None until resolved."""
        self.mro: tuple[Class, ...] = ()
        self.parameters: tuple[str, ...] = ()
        """Names of the type variables that `Generic[…]` or the bases' subscripts introduce."""
        self.attributes: dict[str, Slot] = {}
        """Instance attributes, as assigned through `self` or from outside."""
        self.self_attributes: dict[str, list[Function]] = {}
        """Which methods assign `self.name`: they are evaluated before the attribute is read."""
        self.annotations: dict[str, ir.Expr] = {}
        self.subclasses: list[Class] = []

    def __repr__(self) -> str:
        return f"Class({self.id})"

    def methods(self) -> Iterable[Function]:
        """The functions that stand in the class's own body, in source order."""
        return (child for child in self.children.values() if isinstance(child, Function))


class Module:
    """A file of the project, or one module of a stub."""

    __slots__ = ("body", "facts", "is_migration", "is_package", "is_project", "name", "path", "root", "stars", "value")

    def __init__(self, name: str, facts: ir.ModuleFacts, *, root: str, is_project: bool) -> None:
        self.name = name
        self.facts = facts
        self.path = facts.path
        self.root = root
        """The import root, relative to the scanned root: `src`, or empty."""
        self.is_project = is_project
        self.is_package = facts.path.endswith("__init__.py")
        self.is_migration = _MIGRATION.search(facts.path) is not None
        end = max(facts.lines, 1)
        record = ir.Function("<module>", "<module>", 1, 1, end, [], [], None, facts.body, False, False, facts.doc, [])
        self.body = Function(self, None, record, None)
        self.body.path = name
        self.stars: list[ir.Import] = []
        self.value: Value | None = None

    def __repr__(self) -> str:
        return f"Module({self.name})"

    def package(self, level: int) -> str:
        """The package that a relative import of this level starts from."""
        parts = self.name.split(".")
        drop = level - 1 if self.is_package else level
        return ".".join(parts[: len(parts) - drop]) if drop else self.name


PROPERTY_DECORATORS = frozenset(
    {
        "property",
        "cached_property",
        "abstractproperty",
        "hybrid_property",
        "functools_cached_property",
        "lazy_property",
        "classproperty",
    }
)


def _decorator_name(expression: ir.Expr) -> str:
    if isinstance(expression, ir.Call):
        expression = expression.function
    if isinstance(expression, ir.Name):
        return expression.id
    return expression.name if isinstance(expression, ir.Attribute) else ""


Bases = list[tuple[Class, dict[str, ir.Expr]]]
"""The classes that a class directly extends, each with its type arguments: `Repository[Order]`."""
