"""The resolved program: what later stages ask about names, values and call sites."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from discover.catalog.stubs import read_stub
from discover.facts import records as ir
from discover.resolve import containers
from discover.resolve.class_proxies import stands_for
from discover.resolve.deciding import given_in_handler
from discover.resolve.declaring import Declarer
from discover.resolve.decorators import decorator_externals
from discover.resolve.engine import Engine
from discover.resolve.handlers import as_handler, given_attribute, handled, has_handlers
from discover.resolve.lending import lenders
from discover.resolve.named_decorators import making_call
from discover.resolve.names import Names
from discover.resolve.overrides import running
from discover.resolve.own_values import OwnValues
from discover.resolve.protocols import join_interfaces, join_protocols
from discover.resolve.selections import Selections
from discover.resolve.sites import OVERRIDE_LIMIT, CallSite, Decoration, External, Target
from discover.resolve.symbols import Class, Function, Module, Scope
from discover.resolve.values import (
    NOTHING,
    SLOT_LIMIT,
    ClassValue,
    ConstantValue,
    ContainerValue,
    FunctionValue,
    InstanceValue,
    PartialValue,
    Slot,
    Values,
    join,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_STUBS = Path(__file__).parent / "stubs"
_SETTING = re.compile(r"[A-Z][A-Z0-9_]{2,}$")


class Program:
    """A whole project with its values inferred. Everything it gives is in a fixed order."""

    def __init__(self, engine: Engine, modules: list[Module]) -> None:
        self.engine = engine
        self.modules: dict[str, Module] = {}
        self.by_path: dict[str, Module] = {}
        for module in modules:
            self.modules.setdefault(module.name, module)
            self.by_path[module.path] = module
        self.all_functions: list[Function] = [f for f in engine.functions if f.is_project]
        self.all_classes: list[Class] = [c for c in engine.classes if c.is_project]
        self.functions: dict[str, Function] = {}
        for function in self.all_functions:
            self.functions.setdefault(function.id, function)
        self.classes: dict[str, Class] = {}
        for cls in self.all_classes:
            self.classes.setdefault(cls.id, cls)
        self._sites: dict[Function, list[CallSite]] = {}
        self._callers: dict[str, list[CallSite]] | None = None
        self._decorations: list[Decoration] | None = None
        self.bodies = engine.bodies
        self.own_values = OwnValues(engine, self.bodies, lambda: self.callers)
        self.selections = Selections(engine, self.bodies)
        self.selections.mark(self.all_functions)

    def sites(self, function: Function) -> list[CallSite]:
        """The calls in the function's own body, in source order."""
        found = self._sites.get(function)
        if found is None or len(found) != len(function.sites):
            found = self._sites[function] = [function.sites[number] for number in sorted(function.sites)]
        return found

    @staticmethod
    def reads(function: Function) -> list[tuple[ir.Expr, int, tuple[Function, ...]]]:
        """Calls without a call expression (properties, context managers, iteration): record, line, functions."""
        return list(function.reads.values())

    def sites_calling(self, path: str) -> list[CallSite]:
        """All sites that call this external path; `*` in the path stands for one name or a part of it."""
        index = self.external_calls
        if "*" not in path:
            return index.get(path, [])
        found: dict[int, CallSite] = {}
        for known, sites in index.items():
            if fnmatchcase(known, path):
                for site in sites:
                    found[id(site)] = site
        return sorted(found.values(), key=lambda s: (s.function.order, s.call.number))

    @property
    def external_calls(self) -> dict[str, list[CallSite]]:
        """Every external path that is called, with its sites."""
        if self._callers is None:
            self._callers = {}
            for function in self.all_functions:
                for site in self.sites(function):
                    for path in dict.fromkeys(external.path for external in site.externals):
                        self._callers.setdefault(path, []).append(site)
        return self._callers

    @cached_property
    def callers(self) -> dict[Function, list[CallSite]]:
        """The sites that call each function, in the program's order."""
        found: dict[Function, list[CallSite]] = {}
        for function in self.all_functions:
            for site in self.sites(function):
                for target in site.targets:
                    found.setdefault(target.function, []).append(site)
        return found

    @property
    def decorations(self) -> list[Decoration]:
        """Every decorator on a function or class of the project."""
        if self._decorations is None:
            self._decorations = []
            for definition in [*self.all_functions, *self.all_classes]:
                record = definition.record
                scope = self._definition_scope(definition)
                for expression in record.decorators:
                    self._decorations.append(self._decoration(definition, scope, expression))
        return self._decorations

    def _decoration(self, definition: Function | Class, scope: Scope, expression: ir.Expr) -> Decoration:
        values, externals = decorator_externals(self.engine, scope, expression)
        call = expression if isinstance(expression, ir.Call) else None
        is_made = not any(isinstance(value, InstanceValue) for value in values)
        if call is None and is_made and all(external.path.endswith("()") for external in externals):
            made = making_call(self.engine, self.bodies, scope, expression)
            if made is not None:
                call, scope = made
                externals = decorator_externals(self.engine, scope, call)[1]
        return Decoration(definition, expression, (call, scope), values, externals)

    @staticmethod
    def _definition_scope(definition: Function | Class) -> Scope:
        if isinstance(definition, Function) and definition.owner is not None:
            return definition.owner
        return definition.outer or definition.module.body

    def subclasses_of(self, path: str) -> list[Class]:
        """Project classes below the external class of this path, by id."""
        if "*" not in path:
            return sorted(self._below.get(path, ()), key=lambda c: c.id)
        fitting = {cls for known, below in self._below.items() if fnmatchcase(known, path) for cls in below}
        return sorted((cls for cls in self.all_classes if cls in fitting), key=lambda c: c.id)

    @cached_property
    def _below(self) -> dict[str, list[Class]]:
        """The project's classes by the path of each class above them."""
        found: dict[str, list[Class]] = {}
        for cls in self.all_classes:
            self.engine.hierarchy.resolve(cls)
            for path in dict.fromkeys(level.path for level in cls.mro[1:]):
                found.setdefault(path, []).append(cls)
        return found

    def in_handler(self, cls: Class, name: str) -> InstanceValue:
        """An object of a class while the handler of this name runs on it."""
        bindings = as_handler(self.engine, name) if has_handlers(cls) else ()
        return self.engine.intern.instance(cls, bindings)

    def as_handling(self, cls: Class, other: InstanceValue) -> InstanceValue:
        """An object of a class on which the same handler runs as on another one."""
        name = handled(other)
        return self.in_handler(cls, name) if name else self.engine.intern.instance(cls)

    def object_attribute(self, value: InstanceValue | ClassValue, name: str, getter: str = "") -> Values:
        """What an object has for an attribute that its class may set, its handler's decorator, or a method give.

        Args:
            value: The object, or its class.
            name: The attribute.
            getter: The library's method that gives the attribute, where the project may have its own.
        """
        given = given_attribute(self.engine, value.cls, handled(value), name)
        method = self.find_method(value.cls, getter) if getter else None
        if method is not None and method.is_project and isinstance(value, InstanceValue):
            found = given_in_handler(self.engine, method, value, name, only_decided=False)
            if found:
                return found
        return given if given is not None else self.class_attribute(value.cls, name)

    def find_method(self, cls: Class, name: str) -> Function | None:
        """The method of this name by method order, from a project class or a stub."""
        return self.engine.hierarchy.method(cls, name)

    def behind(self, cls: Class) -> Class:
        """The class to which a class's metaclass passes on what it has not itself; most often the class."""
        return stands_for(self.engine, cls) or cls

    def running(self, method: Function) -> list[Class]:
        """The classes whose objects run a method: its own, and those below that inherit it or go on to it."""
        return running(self.engine, method)

    def lenders(self, value: InstanceValue) -> list[Class]:
        """The classes that lend to a library's object: the model, to its managers and queries."""
        return lenders(self.engine, value)

    def is_below(self, cls: Class, path: str) -> bool:
        """Whether the class is, or stands below, the class of this dotted path."""
        self.engine.hierarchy.resolve(cls)
        return any(level.path == path for level in cls.mro)

    def values_of(self, scope: Scope, expression: ir.Expr) -> Values:
        """What an expression that stands in the scope can be."""
        before = self.engine.reader
        self.engine.reader = None
        try:
            return self.engine.evaluate(scope, expression)
        finally:
            self.engine.reader = before

    def attribute(self, values: Values, name: str, scope: Scope) -> Values:
        """What `values.name` can be."""
        return self.engine.attribute(scope, values, name)

    def class_attribute(self, cls: Class, name: str) -> Values:
        """A class attribute's values, inherited ones too."""
        return self.engine.attribute(cls, (self.engine.intern.class_(cls),), name)

    def elements_of(self, values: Values) -> Values:
        """What iterating over the values gives."""
        return containers.elements(self.engine, values)

    @staticmethod
    def argument(site: CallSite, position: int | None, keyword: str | None) -> ir.Expr | None:
        """The expression that stands for an argument of the call."""
        for given in site.call.keywords:
            if keyword is not None and given.name == keyword:
                return given.value
        if position is not None and 0 <= position < len(site.call.arguments):
            return site.call.arguments[position]
        return None

    @staticmethod
    def text_of(values: Values) -> str | None:
        """The string that the values stand for, if they are one; `{}` marks a part that is not known."""
        found = [v.value for v in values if isinstance(v, ConstantValue) and isinstance(v.value, str)]
        return found[0] if len(found) == 1 else None

    @staticmethod
    def texts_of(values: Values) -> list[str]:
        """All strings among the values."""
        return [v.value for v in values if isinstance(v, ConstantValue) and isinstance(v.value, str)]

    def constants_of(self, values: Values) -> list[str | int | float | bool | None]:
        """All constants among the values, those in containers too."""
        found: list[str | int | float | bool | None] = []
        for value in values:
            if isinstance(value, ConstantValue):
                found.append(value.value)
            elif isinstance(value, ContainerValue):
                found += [v.value for v in value.element.values if isinstance(v, ConstantValue)]
        return found

    def functions_of(self, values: Values) -> list[Function]:
        """The project functions that calling the values runs, without call sites."""
        found: dict[Function, None] = {}
        for value in values:
            if isinstance(value, FunctionValue):
                if value.function.is_project:
                    found[value.function] = None
            elif isinstance(value, PartialValue):
                found.update(dict.fromkeys(self.functions_of(value.functions)))
            elif isinstance(value, ClassValue):
                method = self.find_method(value.cls, "__init__")
                if method is not None and method.is_project:
                    found[method] = None
            elif isinstance(value, InstanceValue):
                called = self.engine.attribute(value.cls, (value,), "__call__")
                found.update(dict.fromkeys(self.functions_of(tuple(v for v in called if v is not value))))
        return list(found)

    def named(self, dotted: str, near: Module | None = None) -> Values:
        """What a dotted string names: a module, a class, a function, a module's variable."""
        return self.engine.find_string(dotted, near)

    def setting(self, name: str) -> Values:
        """What the project's modules assign to a global of this name."""
        found: Values = NOTHING
        for slot in self.engine.settings.get(name, ()):
            found = join(found, slot.values)
        return found

    def crowded_sites(self) -> list[CallSite]:
        """Calls that may go to so many places that the bound cut some off."""
        return [
            site
            for function in self.all_functions
            for site in self.sites(function)
            if len(site.targets) >= OVERRIDE_LIMIT or len(site.callee) >= SLOT_LIMIT
        ]


def resolve(
    facts: Sequence[ir.ModuleFacts],
    module_names: Mapping[str, Sequence[str]],
    stubs: Mapping[str, str],
    roots: Mapping[str, str] | None = None,
    namesakes: Iterable[str] = (),
    plugins: Iterable[tuple[str, str, str]] = (),
    stub_facts: Callable[[str, str], ir.ModuleFacts] = read_stub,
) -> Program:
    """Infer a whole project.

    Args:
        facts: the project's files, in the order of their paths.
        module_names: for each path, the dotted names under which the file can be imported, the best one first.
        stubs: stub text by module name; the builtins are added.
        roots: for each path, the import root it was named from.
        namesakes: classes of the stubs that an unknown library's class of a like name is taken to extend.
        plugins: the entry points that the project's distributions declare: group, name, `module:object`.
        stub_facts: what gives the facts of a stub, from its module's name and its text.
    """
    modules: list[tuple[Module, tuple[str, ...]]] = []
    for one in facts:
        names = tuple(module_names.get(one.path, ())) or (_name_of(one.path),)
        root = (roots or {}).get(one.path, "")
        modules.append((Module(names[0], one, root=root, is_project=True), names))
    texts = sorted({**builtin_stubs(), **stubs}.items())
    stub_modules = [Module(name, stub_facts(name, text), root="", is_project=False) for name, text in texts]
    engine = Engine(Names(modules, stub_modules))
    for group, name, target in plugins:
        engine.plugins.setdefault(group, []).append((name, target))
    project = [module for module, _ in modules]
    engine.learn_conventions()
    engine.hierarchy.name_after(namesakes)
    _declare(engine, [*stub_modules, *project])
    engine.run()
    return Program(engine, project)


def _name_of(path: str) -> str:
    name = path.removesuffix(".py").replace("/", ".")
    return name.removesuffix(".__init__")


def builtin_stubs() -> dict[str, str]:
    """Stub text of the builtins, by module name."""
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(_STUBS.glob("*.pyi"))}


def _declare(engine: Engine, modules: list[Module]) -> None:
    bodies: list[Function] = []
    functions: list[Function] = []
    for module in modules:
        declarer = Declarer(module)
        declarer.declare()
        bodies.append(declarer.functions[0])
        if module.is_project:
            for function in declarer.functions:
                engine.number(function)
            functions += declarer.functions[1:]
        engine.classes += declarer.classes
        if module.is_project:
            _index(engine, module, declarer)
    engine.functions = bodies + functions
    for cls in engine.classes:
        engine.hierarchy.resolve(cls)
    join_protocols(engine.classes, engine.methods_by_name)
    join_interfaces(engine.classes)


def _index(engine: Engine, module: Module, declarer: Declarer) -> None:
    for cls in declarer.classes:
        for name in cls.self_attributes:
            engine.attribute_holders.setdefault(name, set()).add(cls)
        engine.classes_by_name.setdefault(cls.record.name, []).append(cls)
    for function in declarer.functions[1:]:
        if function.owner is not None:
            engine.methods_by_name.setdefault(function.record.name, []).append(function)
    for name, slot in module.body.names.items():
        if _SETTING.match(name):
            engine.settings.setdefault(name, []).append(slot)
            engine.names.origins.setdefault(slot, module)


__all__ = [
    "CallSite",
    "Class",
    "Decoration",
    "External",
    "Function",
    "Module",
    "Program",
    "Slot",
    "Target",
    "resolve",
]
