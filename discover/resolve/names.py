"""What a name means where it stands: scopes, imports, re-exports, modules and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.resolve.interning import Interner
from discover.resolve.symbols import Class, Function, Module, Scope
from discover.resolve.values import NOTHING, Slot, Values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from discover.facts import records as ir


class Names:
    """All modules of the program, and the lookup of names in them."""

    def __init__(self, modules: Iterable[tuple[Module, tuple[str, ...]]], stubs: Iterable[Module]) -> None:
        self.intern = Interner()
        self.project: dict[str, list[Module]] = {}
        self.stubs: dict[str, Module] = {stub.name: stub for stub in stubs}
        self.packages: set[str] = set()
        """Dotted names that are packages of the project, with or without an `__init__.py`."""
        self.stub_packages: set[str] = set()
        for module, names in modules:
            for name in names:
                self.project.setdefault(name, []).append(module)
                self._add_packages(name, self.packages)
        for name in self.stubs:
            self._add_packages(name, self.stub_packages)
        self.origins: dict[Slot, Module] = {}
        """The module behind a slot that an import shares."""
        self._builtins = self.stubs.get("builtins")
        self._depth = 0
        self._named_children: dict[Scope, tuple[int, dict[str, Class | Function]]] = {}
        self._starred: dict[Module, tuple[int, list[Module]]] = {}

    @staticmethod
    def _add_packages(name: str, packages: set[str]) -> None:
        while "." in name:
            name = name.rpartition(".")[0]
            packages.add(name)

    def module(self, name: str, importer: Module | None = None) -> Module | None:
        """The project's or a stub's module of this dotted name; of several, the one nearest to the importer."""
        found = self.project.get(name)
        if found:
            if len(found) == 1 or importer is None:
                return found[0]
            return min(found, key=lambda m: (m.root != importer.root, -_common(m.path, importer.path), m.path))
        return self.stubs.get(name)

    def lookup(self, scope: Scope, name: str) -> Slot | None:
        """The slot that a bare name reads in a scope, by the language's rules; None when nothing binds it."""
        current: Scope | None = scope
        while current is not None:
            slot = current.names.get(name)
            if slot is not None:
                if name in current.imports:
                    return self.imported(current, name)
                return slot
            current = current.outer
            while isinstance(current, Class):
                current = current.outer
        found = self._from_stars(scope.module, name)
        if found is not None:
            return found
        builtins = self._builtins
        return builtins.body.names.get(name) if builtins is not None else None

    def home(self, scope: Scope, name: str) -> tuple[Module | None, str]:
        """The module that a name comes from, and what it is called there; no module for what has none."""
        slot = self.lookup(scope, name)
        module = self.origins.get(slot) if slot is not None else None
        names = module.body.names.items() if module is not None else ()
        return module, next((there for there, bound in names if bound is slot), name)

    def builtin(self, scope: Scope, name: str) -> Class | None:
        """The builtin class that a bare name means in a scope; None where the scope binds the name, or it is none."""
        own = self._builtins.body.names.get(name) if self._builtins is not None else None
        if own is None or self._builtins is None or self.lookup(scope, name) is not own:
            return None
        found = self.static(self._builtins.body, name)
        return found if isinstance(found, Class) else None

    def imported(self, scope: Scope, name: str) -> Slot:
        """Resolve a name that one import binds: the scope then shares the slot of the imported thing."""
        statement, imported = scope.imports.pop(name)
        if statement.module is None and not statement.level:
            values = self.import_value(imported.name if imported.alias else imported.name.split(".")[0], scope.module)
            slot = scope.names[name]
            slot.grow(values)
            return slot
        scope.imports[name] = (statement, imported)
        slot = self.member(self.base_of(statement, scope.module), imported.name, scope.module)
        scope.imports.pop(name, None)
        own = scope.names[name]
        if own is not slot:
            if own.readers or own.values:
                slot.grow(own.values)
                slot.readers.update(own.readers)
            scope.names[name] = slot
        return slot

    @staticmethod
    def base_of(statement: ir.Import, module: Module) -> str:
        """The dotted name of the module that `from … import` reads."""
        if not statement.level:
            return statement.module or ""
        package = module.package(statement.level)
        return f"{package}.{statement.module}" if statement.module and package else statement.module or package

    def import_value(self, dotted: str, importer: Module | None) -> Values:
        """What `import dotted` gives."""
        module = self.module(dotted, importer)
        if module is not None:
            return (self.intern.module(module),)
        return (self.intern.external(dotted),)

    def member(self, base: str, name: str, importer: Module | None) -> Slot:
        """What `from base import name` binds: a member, a submodule, or something external."""
        module = self.module(base, importer)
        # a package that imports its own submodule: the name in it is this very import
        is_own = module is not None and module is importer and name in module.body.imports
        if module is not None and not (is_own and self.module(f"{base}.{name}", importer) is not None):
            slot = self.module_member(module, name)
            if slot is not None:
                self.origins.setdefault(slot, module)
                return slot
        submodule = self.module(f"{base}.{name}", importer)
        if submodule is not None:
            return Slot((self.intern.module(submodule),))
        return Slot((self.intern.external(f"{base}.{name}"),))

    def module_member(self, module: Module, name: str) -> Slot | None:
        """A name in a module's own namespace, following its star imports; None when it has none such."""
        slot = module.body.names.get(name)
        if slot is not None:
            if name in module.body.imports:
                if self._depth > 50:
                    return slot
                self._depth += 1
                try:
                    return self.imported(module.body, name)
                finally:
                    self._depth -= 1
            return slot
        return self._from_stars(module, name)

    def _from_stars(self, module: Module, name: str) -> Slot | None:
        if not module.stars or self._depth > 20 or name.startswith("_"):
            return None
        self._depth += 1
        try:
            for source in self._sources(module, name):
                slot = self.module_member(source, name)
                if slot is not None:
                    module.body.names[name] = slot
                    return slot
        finally:
            self._depth -= 1
        return None

    def _sources(self, module: Module, name: str) -> Iterator[Module]:
        """The modules of which a module imports everything, and that bind a name or import everything themselves."""
        count, sources = self._starred.get(module, (0, []))
        if count != len(module.stars):
            found = [self.module(self.base_of(statement, module), module) for statement in module.stars]
            sources = [one for one in found if one is not None and one is not module]
            self._starred[module] = len(module.stars), sources
        for source in sources:
            if name in source.body.names or source.stars:
                yield source

    def attribute_of_module(self, module: Module, name: str) -> Slot | None:
        """`module.name`: a member, or a submodule that some import has loaded."""
        slot = self.module_member(module, name)
        if slot is not None:
            return slot
        submodule = self.module(f"{module.name}.{name}", module)
        return Slot((self.intern.module(submodule),)) if submodule is not None else None

    def is_package(self, dotted: str) -> bool:
        """Whether a dotted name without a module of its own is a namespace package of the project or the stubs."""
        return dotted in self.packages or dotted in self.stub_packages

    def definition(self, dotted: str, importer: Module | None = None) -> Class | Function | Module | None:
        """The module, class or function that a dotted path names, found without evaluating anything."""
        parts = dotted.split(".")
        for cut in range(len(parts), 0, -1):
            module = self.module(".".join(parts[:cut]), importer)
            if module is not None:
                return self._inside(module, parts[cut:])
        return None

    def _inside(self, module: Module, rest: list[str]) -> Class | Function | Module | None:
        current: Class | Function | Module | None = module
        for name in rest:
            scope = current.body if isinstance(current, Module) else current
            if scope is None:
                return None
            current = self.static(scope, name)
        return current

    def static(self, scope: Scope, name: str) -> Class | Function | Module | None:
        """The definition that a scope binds to a name, by a `def`, a `class` or an import; the last one wins."""
        found = self._children(scope).get(name)
        if found is not None:
            return found
        known = scope.imports.get(name)
        if known is not None:
            statement, imported = known
            if statement.module is None and not statement.level:
                return self.module(imported.name if imported.alias else imported.name.split(".")[0], scope.module)
            return self._static_member(self.base_of(statement, scope.module), imported.name, scope.module)
        slot = scope.names.get(name)
        if slot is not None:
            return _single(slot.values)
        for source in self._sources(scope.module, name) if scope is scope.module.body else ():
            if self._depth < 20:
                self._depth += 1
                try:
                    starred = self.static(source.body, name)
                finally:
                    self._depth -= 1
                if starred is not None:
                    return starred
        return None

    def _children(self, scope: Scope) -> dict[str, Class | Function]:
        """The definitions in a scope's own body by name; lambdas join them while they are evaluated."""
        count, found = self._named_children.get(scope, (0, {}))
        if count != len(scope.children):
            found = {child.record.name: child for child in scope.children.values()}
            self._named_children[scope] = len(scope.children), found
        return found

    def _static_member(self, base: str, name: str, importer: Module) -> Class | Function | Module | None:
        module = self.module(base, importer)
        if module is not None and self._depth < 50:
            self._depth += 1
            try:
                found = self.static(module.body, name)
            finally:
                self._depth -= 1
            if found is not None:
                return found
        return self.module(f"{base}.{name}", importer)


def _single(values: Values) -> Class | Function | Module | None:
    if values is NOTHING or len(values) != 1:
        return None
    value = values[0]
    for attribute in ("cls", "function", "module"):
        found = getattr(value, attribute, None)
        if found is not None and type(value).__name__ in ("ClassValue", "FunctionValue", "ModuleValue"):
            return found
    return None


def _common(first: str, second: str) -> int:
    count = 0
    for a, b in zip(first.split("/"), second.split("/"), strict=False):
        if a != b:
            break
        count += 1
    return count
