"""The fixpoint: evaluates every function, and again those that read what has grown since.

A worklist algorithm in the manner of Andersen's analysis: flow-insensitive, context-insensitive for the project's
functions, context-sensitive for stubs (their annotations are instantiated at each call). What a function needs of
another one (its result, an attribute that a method sets) is evaluated first, on demand, so that most functions are
looked at once or twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts import walking
from discover.facts.source_text import ending
from discover.resolve import attributes, calls, containers, expressions, implicit, statements
from discover.resolve.annotations import Annotations
from discover.resolve.bodies import Bodies
from discover.resolve.classes import Hierarchy
from discover.resolve.given import Arguments
from discover.resolve.marks import Marks
from discover.resolve.services import Services
from discover.resolve.stub_calls import stub_call
from discover.resolve.substitutions import Substitutions
from discover.resolve.symbols import Class, Function, Module, Scope
from discover.resolve.values import (
    NOTHING,
    CallableValue,
    ClassValue,
    ConstantValue,
    ContainerValue,
    ExternalValue,
    FunctionValue,
    InstanceValue,
    PartialValue,
    Slot,
    Value,
    Values,
    join,
)

if TYPE_CHECKING:
    from discover.resolve.names import Names
    from discover.resolve.parts import Part
    from discover.resolve.sites import CallSite

VISIT_LIMIT = 3
"""A function is evaluated at most so often. The last visit is only for what it can call, for a slot that was empty, or
for a crowd (a registry's classes): measured on large backends, other and later visits add next to nothing. Where a slot
was empty on all of them and is no more when all else is known, or a crowd has come in, there is one more."""
CROWD = 16
"""A slot with more values than this holds a crowd."""
_NO_RECORD = ir.Constant(None)
_CALLED = (FunctionValue, ClassValue, PartialValue, CallableValue)
DEMAND_DEPTH = 40
"""How deep evaluation on demand nests before it leaves the rest to the worklist."""

_DEFAULT_CLASSES = {"AUTH_USER_MODEL": "django.contrib.auth.models.User"}
"""What settings that name a class stand for in a project that does not set them."""


class Engine:
    """The state of one inference over a whole program."""

    def __init__(self, names: Names) -> None:
        self.names, self.intern = names, names.intern
        self.hierarchy, self.annotations = Hierarchy(self), Annotations(self)
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self.classes_by_name: dict[str, list[Class]] = {}
        self.methods_by_name: dict[str, list[Function]] = {}
        self.settings: dict[str, list[Slot]] = {}
        self.plugins: dict[str, list[tuple[str, str]]] = {}
        """Group of entry points -> the names that the project declares in it, with what they stand for."""
        self.responders: dict[Value, Slot] = {}
        """Signal -> the functions that receive it."""
        self.attribute_holders: dict[str, set[Class]] = {}
        """Name -> the classes whose instances have an attribute of it: most reads are of methods and ask for none."""
        self.marks, self.bodies, self.services, self.substitutions = Marks(), Bodies(), Services(), Substitutions()
        self.conventions: dict[str, list[str]] = {}
        self.function_conventions: dict[tuple[str, str], list[tuple[str, ir.Expr]]] = {}
        self.made: dict[Class, Slot] = {}
        """The classes that each metaclass of the project makes."""
        self.alternatives: dict[Function, dict[Function, None]] = {}
        """Functions that may run in the place of another one."""
        self.is_settled = False
        """Whether what has no value by now will have none."""
        self.forwarded: dict[tuple[Function, int], dict[Function, ir.Call]] = {}
        """By unit and number of a call: the functions that it hands to a library, each with the call of that."""
        self.open_names: dict[Function, None] = {}
        """Functions that ask a module for something by a name that had no value."""
        self.proxied: set[tuple[Function, str]] = set()
        """The `__getattr__` that are being asked, and for which name."""
        self.decorators: dict[int, Values] = {}
        """What a decorator's expression was where it stands, by the identity of its record."""
        self.convention_annotations: dict[tuple[str, str], ir.Expr] = {}
        self._imported: dict[Module, frozenset[str]] = {}
        self.pending: dict[Function, bool] = {}
        """Functions to be evaluated again, and whether what came in is worth a last visit."""
        self.reader: Part | None = None
        self._depth = self._finished = 0
        self._numbers: dict[str, int] = {}
        self._builtin_classes: dict[str, Class | None] = {}

    def run(self) -> None:
        """Evaluate all functions until nothing grows any more, or each has been visited often enough."""
        for function in self.functions:
            if not function.done:
                self._evaluate(function)
        self._work()
        self.is_settled = True
        for function in dict.fromkeys([*self.open_names, *self.marks.waiting()]):
            function.parts.clear()  # any of its statements may be told something else now
            self._evaluate(function)
        self._work()
        for function in [one for one in self.functions if one.part.is_late]:
            self._evaluate(function)
        self._work()
        for number, function in enumerate(self.functions):
            function.order = number

    def _work(self) -> None:
        """Evaluate what waits for it, and what that makes wait."""
        while self.pending:
            # What was finished last comes first: callers before what they call, so that arguments arrive together.
            batch = sorted(self.pending.items(), key=lambda item: item[0].order)
            self.pending = {}
            for function, last in batch:
                if function.visits < (VISIT_LIMIT if last else VISIT_LIMIT - 1):
                    self._evaluate(function)

    def number(self, function: Function) -> None:
        """Give a later definition of the same name in the same place an id of its own: `views.py::show#2`.

        An overload stays part of the definition that it belongs to.
        """
        if "overload" in map(ending, function.record.decorators):
            return
        count = self._numbers[function.id] = self._numbers.get(function.id, 0) + 1
        if count > 1:
            function.id = f"{function.id}#{count}"

    def add_function(self, function: Function) -> None:
        """Take in a function that evaluation found: a lambda."""
        self.number(function)
        self.functions.append(function)
        self.pending[function] = True

    def add_alternative(self, function: Function, other: Function) -> None:
        """Let another function run where this one is called, too."""
        known = self.alternatives.setdefault(function, {})
        if other not in known:
            known[other] = None
            for reader in function.decorated.readers:
                self.pending[reader.function] = True
                reader.grew()

    def demand(self, function: Function) -> None:
        """Evaluate a function now, unless it was, or is being, or the nesting is too deep."""
        if not function.done and self._depth < DEMAND_DEPTH:
            self._evaluate(function)

    def ensure_module(self, module: Module) -> None:
        """Evaluate a module's body before its names are read."""
        self.demand(module.body)

    def ensure_class(self, cls: Class) -> None:
        """Evaluate the body that holds a class before its members are read."""
        if not cls.is_opaque:
            self.demand(cls.unit)

    def _evaluate(self, function: Function) -> None:
        if function.running:
            return
        before = self.reader
        self.reader = function.part
        self._depth += 1
        function.running = function.done = True
        function.now = {}
        function.visits += 1
        self.pending.pop(function, None)
        try:
            if function.visits == 1:
                statements.bind_parameters(self, function)
            if function.is_project or function.record.name == "<module>":
                statements.run_block(self, function, function.record.body)
        finally:
            function.running = False
            function.now = None
            if function.visits == 1:
                self._finished += 1
                function.order = -self._finished
            self.reader = before
            self._depth -= 1

    @property
    def current(self) -> Function | None:
        """The function that is being evaluated; what reads slots is it, or a statement of a module (`reader`)."""
        return self.reader.function if self.reader is not None else None

    def read(self, slot: Slot) -> Values:
        """The slot's values; whoever reads them is evaluated again when they grow."""
        reader = self.reader
        if reader is not None:
            slot.readers[reader] = None
        return slot.values

    def ask_again(self) -> None:
        """What was asked for could not be told yet: the statement that asked is no longer up to date."""
        if self.reader is not None:
            self.reader.grew()

    def write(self, slot: Slot, values: Values) -> None:
        """Let a slot grow; its readers are evaluated again when what came in can lead anywhere."""
        before = slot.values
        if not values or values is before or (len(values) == 1 and values[0] in before):
            return
        if not slot.grow(values) or not slot.readers:
            return
        readers = slot.readers
        for reader in readers:
            if not reader.is_stale:
                reader.grew()
        fresh = slot.values[len(before) :]
        if (not before or _is_crowd(slot, before)) and any(map(_is_project, fresh)):
            for reader in readers:
                if reader.function.visits >= VISIT_LIMIT:
                    reader.function.part.is_late = True
        if not before or any(_leads_on(v, slot) for v in fresh):
            current = self.current
            pending = self.pending
            # What a function assigns after it has read the name changes nothing that it read, but for loops.
            spared = current if current not in pending and not any(_is_project(v) for v in fresh) else None
            if not before or len(slot.values) > CROWD or any(isinstance(v, _CALLED) for v in fresh):
                for reader in readers:
                    function = reader.function
                    if function is not spared:
                        pending[function] = True
            else:
                for reader in readers:
                    function = reader.function
                    if function is not spared:
                        pending.setdefault(function, False)

    def evaluate(self, scope: Scope, expression: ir.Expr) -> Values:
        """What the expression can be."""
        return expressions.TABLE[type(expression)](self, scope, expression)

    def attribute(self, scope: Scope, base: Values, name: str, record: ir.Expr | None = None, line: int = 0) -> Values:
        """`base.name`."""
        return attributes.read(self, scope, base, name, record, line)

    def apply(self, scope: Scope, value: Value, arguments: Arguments, site: CallSite | None, record: ir.Expr) -> Values:
        """What calling a value gives; with a site, the call is remembered there."""
        return calls.apply(self, scope, value, arguments, site, record)

    def described(self, scope: Scope, function: FunctionValue) -> Values:
        """What a library's function gives that is called without arguments and without a call expression."""
        return stub_call(self, scope, function, Arguments([], {}), None, _NO_RECORD)

    def assign(self, scope: Scope, target: ir.Expr, values: Values) -> None:
        """Bind the names of a target."""
        statements.assign(self, scope, target, values)

    def assign_attribute(self, base: Values, name: str, values: Values) -> None:
        """Let an attribute of the objects be that, too."""
        statements.assign_attribute(self, base, name, values)

    def elements_of(self, values: Values) -> Values:
        """What iterating over the values gives."""
        return containers.elements(self, values)

    def results_of(self, values: Values) -> Values:
        """What calling the values without arguments gives."""
        return implicit.results(self, values)

    def builtin_class(self, name: str) -> Class | None:
        """A class of the builtins' stub."""
        if name not in self._builtin_classes:
            found = self.names.definition(f"builtins.{name}")
            self._builtin_classes[name] = found if isinstance(found, Class) else None
        return self._builtin_classes[name]

    def conventional(self, function: Function, name: str) -> Values:
        """What a parameter of this name is by a library's convention, in files that import the library.

        Catalogs say so in stub modules named `__parameters__.<top-level module>`. A function there says it for the
        functions of its name, in any file: `def includeme(config: Configurator): ...`.
        """
        found: Values = NOTHING
        for library, annotation in self.function_conventions.get((function.record.name, name), ()):
            stub = self.names.stubs[f"__parameters__.{library}"].body
            found = join(found, self.annotations.values(stub, annotation, {}))
        for library in self.conventions.get(name, ()):
            if library in self.imported_by(function.module):
                stub = self.names.stubs[f"__parameters__.{library}"].body
                found = join(found, self.annotations.values(stub, self.convention_annotations[library, name], {}))
        return found

    def imported_by(self, module: Module) -> frozenset[str]:
        """Top-level names of the modules that a file imports outside its functions, for its annotations too."""
        found = self._imported.get(module)
        if found is None:
            names: set[str] = set()
            for statement in walking.statements(module.facts.body):
                if isinstance(statement, ir.Import) and not statement.level:
                    names.update((statement.module or one.name).split(".")[0] for one in statement.names)
            found = self._imported[module] = frozenset(names)
        return found

    def learn_conventions(self) -> None:
        """Take in the stub modules that name parameters by convention."""
        for name, module in sorted(self.names.stubs.items()):
            library = name.removeprefix("__parameters__.")
            if library != name:
                for statement in module.facts.body:
                    if isinstance(statement, ir.Function):
                        for parameter in statement.parameters:
                            if parameter.annotation is not None:
                                known = self.function_conventions.setdefault((statement.name, parameter.name), [])
                                known.append((library, parameter.annotation))
                    elif isinstance(statement, ir.Assign) and statement.annotation is not None:
                        for target in statement.targets:
                            if isinstance(target, ir.Name):
                                self.conventions.setdefault(target.id, []).append(library)
                                self.convention_annotations[library, target.id] = statement.annotation

    def class_by_label(self, label: str, near: Module | None = None) -> Values:
        """Instances of the model that a string such as `"app.Model"` or `"Model"` names."""
        app, _, name = label.rpartition(".")
        candidates = self.classes_by_name.get(name, [])
        if app:
            last = app.rpartition(".")[2]
            in_app = [c for c in candidates if last in c.module.name.split(".")]
            candidates = in_app or candidates
        if not candidates:
            return NOTHING
        if near is not None:
            candidates = sorted(
                candidates,
                key=lambda c: (c.module is not near, c.module.name.split(".")[:-1] != near.name.split(".")[:-1], c.id),
            )
        return (self.intern.instance(candidates[0]),)

    def setting_class(self, name: str) -> Values:
        """The class that a setting names by a string: `AUTH_USER_MODEL`."""
        found: Values = NOTHING
        for slot in self.settings.get(name, ()):
            origin = self.names.origins.get(slot)
            if origin is not None:
                self.ensure_module(origin)
            for value in self.read(slot):
                if isinstance(value, ConstantValue) and isinstance(value.value, str):
                    for instance in self.class_by_label(value.value):
                        if isinstance(instance, InstanceValue):
                            found = join(found, (self.intern.class_(instance.cls),))
        default = _DEFAULT_CLASSES.get(name, "") if not self.settings.get(name) else ""
        return self.find_string(default) if default else found

    def find_string(self, dotted: str, importer: Module | None = None) -> Values:
        """What a dotted string names: a module, class, function, or a module's variable."""
        definition = self.names.definition(dotted.replace(":", "."), importer)
        if isinstance(definition, Module):
            return (self.intern.module(definition),)
        if isinstance(definition, Class):
            return (self.intern.class_(definition),)
        if isinstance(definition, Function):
            self.demand(definition.outer.unit if definition.outer else definition.module.body)
            return self.read(definition.decorated) or (self.intern.function(definition),)
        module_name, _, name = dotted.replace(":", ".").rpartition(".")
        module = self.names.module(module_name, importer) if module_name else None
        if module is None:
            return NOTHING
        self.ensure_module(module)
        slot = self.names.module_member(module, name)
        return self.read(slot) if slot is not None else NOTHING


def _leads_on(value: Value, slot: Slot) -> bool:
    """Whether a further value in a slot may change what its readers call: plain data and unknown things do not."""
    if isinstance(value, InstanceValue):
        return not value.cls.path.startswith("builtins.")
    if isinstance(value, (ConstantValue, ContainerValue)):
        return slot.is_parameter
    return not isinstance(value, ExternalValue)


def _is_crowd(slot: Slot, before: Values) -> bool:
    """Whether so many things of the project are there now as a registry gives, and no argument."""
    now = slot.values
    return not slot.is_parameter and len(now) > CROWD and sum(map(_is_own, now)) > CROWD >= sum(map(_is_own, before))


def _is_own(value: Value) -> bool:
    definition = value.function if isinstance(value, FunctionValue) else getattr(value, "cls", None)
    return definition is not None and definition.is_project


def _is_project(value: Value) -> bool:
    return not isinstance(value, (ConstantValue, ContainerValue, ExternalValue))
