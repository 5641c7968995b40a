"""Base classes, C3 method order, type arguments and subclasses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.resolve.descriptors import is_tied
from discover.resolve.handled_arguments import handled_arguments
from discover.resolve.handlers import HANDLER, running
from discover.resolve.method_order import linearise
from discover.resolve.symbols import Class, Function, Module, Scope
from discover.resolve.type_arguments import infer_type_arguments
from discover.resolve.type_variables import DECLARING, may_be, type_variables
from discover.resolve.values import (
    Bindings,
    ClassValue,
    ExternalValue,
    FunctionValue,
    InstanceValue,
    Slot,
    Value,
    Values,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Bases


class Hierarchy:
    """Resolves classes on demand; each class once."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.nowhere = Module("", ir.ModuleFacts("", 0, 0, [], "", []), root="", is_project=False)
        self.opaque: dict[str, Class] = {}
        self._namesakes: dict[str, str] = {}
        self._environments: dict[tuple[Class, Bindings], dict[str, Values]] = {}
        self._inferring: set[Class] = set()
        self._owners: dict[Class, dict[Class, tuple[Scope, ir.Expr]]] = {}
        self._early: dict[Class, dict[Class, None]] = {}
        """Where objects of a class stand, of which the bases were not known yet."""
        """Project's class -> the classes in which its objects stand, with what a library's `__get__` says of such."""
        self._methods: dict[tuple[Class, str], Function] = {}
        self._members: dict[tuple[Class, str, Class | None], tuple[Class, Slot | None] | None] = {}
        self._overrides: dict[tuple[Class, str], tuple[Function, ...]] = {}
        self.remembered: dict[tuple[Value, str], tuple[Slot | None, Values, Values]] = {}
        """What reading an attribute gives, as long as the slot holds these values, or no one sets the name."""
        self.added_bases: dict[Class, None] = {}
        """The classes that code puts to the bases of a class which it makes by `type()`."""
        self.mixed_in: dict[Class, dict[Class, None]] = {}
        """Of these, each with the classes that a decorator has put it to."""
        self.telling: dict[Class, tuple[Class | Function, ...]] = {}
        """Of a stub's class: what an override tells its type variables by."""
        self._type_parameters: dict[Class, tuple[tuple[Class, ...], tuple[str, ...], tuple[str, ...]]] = {}
        self._below: dict[Class, list[Class]] = {}
        self._resolving = 0

    def opaque_class(self, path: str) -> Class:
        """The stand-in for an external class that no stub describes."""
        found = self.opaque.get(path)
        if found is None:
            name = path.rpartition(".")[2]
            record = ir.Class(name, name, 0, 0, 0, [], [], [], [], "")
            found = self.opaque[path] = Class(self.nowhere, None, record, opaque_path=path)
            found.bases = []
            found.mro = (found,)
            base = self._base_by_name(path)
            if base is not None:
                self.resolve(base)
                found.bases = [(base, {})]
                found.mro = (found, *base.mro)
                found.is_guess = True
        return found

    def name_after(self, paths: Iterable[str]) -> None:
        """Take an unknown library's class whose name ends in one of these classes' names for a subclass of it."""
        self._namesakes = {path.rpartition(".")[2]: path for path in paths}

    def guessed_class(self, path: str) -> Class | None:
        """The stand-in for an external class, when its name tells what it extends."""
        if not path.endswith(tuple(self._namesakes)):
            return None
        found = self.opaque_class(path)
        return found if found.is_guess else None

    def _base_by_name(self, path: str) -> Class | None:
        """`company.queues.CompanyCelery` is taken to extend `celery.Celery`; a library with stubs says so itself."""
        top, _, rest = path.partition(".")
        names = self.engine.names
        if not rest or top in names.stubs or top in names.stub_packages or top in names.packages:
            return None
        last = path.rpartition(".")[2]
        for name, known in self._namesakes.items():
            base = names.definition(known) if last.endswith(name) else None
            if isinstance(base, Class):
                return base
        return None

    def resolve(self, cls: Class) -> None:
        """Find the class's bases and its method order."""
        if cls.bases is not None:
            return
        bases = cls.bases = []
        cls.mro = (cls,)
        parameters: list[str] = []
        self._resolving += 1
        for expression in cls.record.bases:
            self._add_base(cls, expression, bases, parameters)
        self._resolving -= 1
        if cls.is_project and any(base.is_opaque for base, _ in bases):
            self._add_told_base(cls, bases)
        cls.parameters = tuple(dict.fromkeys(parameters))
        for base, _ in bases:
            self.resolve(base)
            if not cls.parameters and not base.is_opaque:
                cls.parameters = base.parameters
        cls.mro = linearise(cls)
        for base in cls.mro[1:]:
            base.subclasses.append(cls)
        for owner in self._early.pop(cls, ()):
            self.belongs(cls, owner)

    def _add_base(self, cls: Class, expression: ir.Expr, bases: Bases, parameters: list[str]) -> None:
        arguments: list[ir.Expr] = []
        if isinstance(expression, ir.Subscript):
            index = expression.index
            arguments = index.items if isinstance(index, ir.Sequence) else [index]
            expression = expression.value
            is_declaring = isinstance(expression, (ir.Name, ir.Attribute)) and ending(expression) in DECLARING
            parameters.extend(type_variables(self.engine, cls, arguments, is_declaring=is_declaring))
            if is_declaring:
                return
        for base in self._base_classes(cls, expression):
            if base is cls or any(base is known for known, _ in bases):
                continue
            self.resolve(base)
            names = base.parameters
            bases.append((base, dict(zip(names, arguments, strict=False))))

    def _add_told_base(self, cls: Class, bases: Bases) -> None:
        """Below an unknown library's class, the attributes tell what a class is: one with model fields is a model.

        A stub says so by `__tells__: Model` in the class of such attributes.
        """
        for statement in cls.record.body:
            if not isinstance(statement, ir.Assign) or not isinstance(statement.value, ir.Call):
                continue
            made = self.static(cls, statement.value.function)
            if not isinstance(made, Class) or made.is_project:
                continue
            self.resolve(made)
            level = next((level for level in made.mro if "__tells__" in level.annotations), None)
            told = self.static(level.module.body, level.annotations["__tells__"]) if level is not None else None
            if isinstance(told, Class):
                self.resolve(told)
                if all(told not in base.mro for base, _ in bases):
                    bases.append((told, {}))
                return

    def _base_classes(self, cls: Class, expression: ir.Expr) -> list[Class]:
        scope = cls.outer or cls.module.body
        static = self.static(scope, expression)
        if static is cls and isinstance(expression, ir.Name):
            return self._imported_before(cls, expression)
        if isinstance(static, Class):
            return [static]
        if isinstance(expression, ir.Name):
            builtin = self.engine.names.builtin(scope, expression.id)
            if builtin is not None:
                return [builtin]
        if isinstance(expression, ir.Call):
            return self._call_bases(cls, scope, expression)
        return self.classes_of(self.engine.evaluate(scope, expression), expression)

    def _imported_before(self, cls: Class, name: ir.Name) -> list[Class]:
        """`class UserAdmin(UserAdmin)`: the base is what the name was imported as."""
        names, module = self.engine.names, cls.module
        for statement in (one for one in module.facts.body if isinstance(one, ir.Import)):
            for imported in statement.names:
                if (imported.alias or imported.name) == name.id:
                    dotted = f"{names.base_of(statement, module)}.{imported.name}"
                    found = names.definition(dotted, module)
                    external = (self.engine.intern.external(dotted),)
                    return [found] if isinstance(found, Class) else self.classes_of(external, name)
        return []

    def _call_bases(self, cls: Class, scope: Scope, expression: ir.Call) -> list[Class]:
        if ending(expression.function) == "with_metaclass":
            return [base for argument in expression.arguments[1:] for base in self._base_classes(cls, argument)]
        return self.classes_of(self.engine.evaluate(scope, expression), expression)

    def classes_of(self, values: Values, expression: ir.Expr) -> list[Class]:
        """The classes among values that stand as a base class; an external value becomes an opaque class."""
        found: list[Class] = []
        for value in values:
            if isinstance(value, ClassValue):
                found.append(value.cls)
            elif isinstance(value, ExternalValue):
                found.append(self.opaque_class(value.path))
        if not found and isinstance(expression, (ir.Name, ir.Attribute)) and ending(expression) != "object":
            found.append(self.opaque_class("?." + ending(expression)))
        return found

    def static(self, scope: Scope, expression: ir.Expr) -> Class | Function | Module | None:
        """The definition that a dotted expression names, found without evaluating anything."""
        names = self.engine.names
        if isinstance(expression, ir.Name):
            current = scope
            while True:
                following = current.outer
                if expression.id in current.names or following is None:
                    return names.static(current, expression.id)
                current = following
        if isinstance(expression, ir.Attribute):
            owner = self.static(scope, expression.value)
            if isinstance(owner, Module):
                found = names.static(owner.body, expression.name)
                return found if found is not None else names.module(f"{owner.name}.{expression.name}", scope.module)
            if isinstance(owner, Class):
                return names.static(owner, expression.name)
        return None

    def environment(self, cls: Class, bindings: Bindings) -> dict[str, Values]:
        """The values of all type variables that an instance's class and its bases know."""
        key = (cls, bindings)
        found = self._environments.get(key)
        if found is not None:
            return found
        found = dict(bindings)
        self.resolve(cls)
        if cls in self._inferring:
            return found
        if handler := running(bindings):
            return self._handling(cls, bindings, handler)
        self._inferring.add(cls)
        try:
            for level in cls.mro:
                for _, arguments in level.bases or ():
                    for name, expression in arguments.items():
                        if name not in found:
                            values = self.engine.annotations.values(level.outer or level.module.body, expression, found)
                            if values:
                                found[name] = values
            owners = self._owners.get(cls, {})
            complete = not cls.is_project or infer_type_arguments(self.engine, cls, owners, found)
        finally:
            self._inferring.discard(cls)
        if complete:
            self._environments[key] = found
        else:
            self.engine.ask_again()
        return found

    def _handling(self, cls: Class, bindings: Bindings, handler: str) -> dict[str, Values]:
        """As `environment`, of an object on which a handler runs."""
        rest = tuple((name, values) for name, values in bindings if name != HANDLER)
        found = {**self.environment(cls, rest), **dict(bindings)}
        self._inferring.add(cls)
        try:
            complete = handled_arguments(self.engine, cls, handler, found)
        finally:
            self._inferring.discard(cls)
        if complete and (cls, rest) in self._environments:
            self._environments[cls, bindings] = found
        else:
            self.engine.ask_again()
        return found

    def belongs(self, cls: Class, owner: Class) -> None:
        """Note that an object of a project's class stands in another class, to which a library's `__get__` ties it."""
        method = self.method(cls, "__get__")
        if method is None and self._resolving:
            self._early.setdefault(cls, {})[owner] = None
        if method is None or method.is_project or not is_tied(self.engine, method, owner):
            return
        for parameter in method.record.parameters:
            if parameter.name == "owner" and parameter.annotation is not None:
                self._owners.setdefault(cls, {})[owner] = (method.owner or method.module.body, parameter.annotation)
                self._environments.pop((cls, ()), None)

    def member(self, cls: Class, name: str, *, after: Class | None = None) -> tuple[Class, Slot | None] | None:
        """The class in method order that defines a name, with the slot; the slot is None for an opaque class.

        With `after`, the search begins behind that class, as `super()` does.
        """
        key = (cls, name, after)
        if key in self._members:
            return self._members[key]
        found = self._find_member(cls, name, after)
        if found is not None or not self._resolving:
            self._members[key] = found
        return found

    def forget_members(self) -> None:
        """A class has been given a new name from outside: what was looked up before may be wrong."""
        self._members.clear()
        self._methods.clear()
        self.remembered.clear()

    @property
    def is_resolving(self) -> bool:
        """Whether some class's bases are being looked for, so that a name that is missing may be found later."""
        return self._resolving > 0

    def type_parameters(self, cls: Class) -> tuple[str, ...]:
        """The type variables of a class and of those above it."""
        return self._variables(cls)[1]

    def own_type_parameters(self, cls: Class) -> tuple[str, ...]:
        """Of these, what classes of the project declare for themselves, and no library's class above them."""
        return self._variables(cls)[2]

    def _variables(self, cls: Class) -> tuple[tuple[Class, ...], tuple[str, ...], tuple[str, ...]]:
        known = self._type_parameters.get(cls)
        if known is None or known[0] is not cls.mro:
            every = tuple(dict.fromkeys(name for level in cls.mro for name in level.parameters))
            told = {name for level in cls.mro if not level.is_project for name in level.parameters}
            own = tuple(name for name in every if name not in told)
            known = self._type_parameters[cls] = cls.mro, every, own
        return known

    def below(self, cls: Class) -> list[Class]:
        """The classes below a class, in order of their ids."""
        found = self._below.get(cls)
        if found is None or len(found) != len(cls.subclasses):
            found = self._below[cls] = sorted(cls.subclasses, key=lambda c: c.id)
        return found

    def _find_member(self, cls: Class, name: str, after: Class | None) -> tuple[Class, Slot | None] | None:
        self.resolve(cls)
        mro = cls.mro
        if after is not None:
            mro = mro[mro.index(after) + 1 :] if after in mro else ()
        opaque: Class | None = None
        for level in mro:
            if level.is_opaque:
                opaque = opaque or level
                continue
            slot = level.names.get(name)
            if slot is not None:
                if name in level.imports:
                    slot = self.engine.names.imported(level, name)
                return level, slot
            if name in level.annotations:
                return level, level.names.setdefault(name, Slot())
        return (opaque, None) if opaque is not None else None

    def leaves_methods_open(self, cls: Class) -> bool:
        """Whether some method is left for the classes below to write: no object is of the class itself."""
        levels = [level for level in cls.mro if level.is_project]
        return any(
            one.is_abstract and self.method(cls, one.record.name) is one for at in levels for one in at.methods()
        )

    def method(self, cls: Class, name: str, *, after: Class | None = None) -> Function | None:
        """The method of this name in method order, from a project class or a stub."""
        if after is None:
            known = self._methods.get((cls, name))
            if known is not None:
                return known
        found = self.member(cls, name, after=after)
        if found is None or found[1] is None:
            return None
        self.engine.ensure_class(found[0])
        for value in found[1].values:
            if isinstance(value, FunctionValue):
                if after is None and found[0].unit.done:
                    self._methods[cls, name] = value.function  # slots only grow: it stays the first
                return value.function
        for child in found[0].children.values():
            if isinstance(child, Function) and child.record.name == name:
                return child
        return None

    def overrides(self, cls: Class, name: str) -> tuple[Function, ...]:
        """Methods of this name in project classes below the class, in order of their ids."""
        key = (cls, name)
        found = self._overrides.get(key)
        if found is None:
            methods: dict[Function, None] = {}
            for below in self.below(cls):
                if below.is_project and name in below.names:
                    for child in below.methods():
                        if child.record.name == name:
                            methods[child] = None
            found = self._overrides[key] = tuple(methods)
        return found

    def overrides_for(self, value: InstanceValue | ClassValue, name: str) -> tuple[Function, ...]:
        """The overrides that the object, or the class, may have for all that is known of it."""
        found = self.overrides(value.cls, name)
        if not found or not value.bindings:
            return found
        return tuple(f for f in found if f.owner is None or may_be(self, f.owner, value))
