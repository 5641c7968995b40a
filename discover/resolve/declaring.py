"""Which names and definitions each scope of a module has, before anything is evaluated."""

from __future__ import annotations

from discover.facts import records as ir
from discover.resolve.symbols import Class, Function, Module, Scope
from discover.resolve.values import Slot

_BINDS_NOTHING = (ir.Evaluate, ir.Return, ir.Raise, ir.Jump)


class Declarer:
    """Finds all names that a module binds, and all its definitions, without evaluating anything."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self._rebound: dict[Scope, set[str]] = {}
        self._shared: set[str] = set()

    def declare(self) -> None:
        """Fill the scopes of the whole module."""
        self.functions.append(self.module.body)
        self._body(self.module.facts.body, self.module.body, None)
        for scope, names in self._rebound.items():
            scope.rebound = frozenset(names - self._shared)

    def _body(self, statements: list[ir.Stmt], scope: Scope, owner: Class | None) -> None:
        for statement in statements:
            if isinstance(statement, _BINDS_NOTHING):
                continue
            if isinstance(statement, ir.Assign):
                self._assign(statement, scope, owner)
            elif isinstance(statement, ir.Function):
                self._function(statement, scope, owner)
            elif isinstance(statement, ir.Class):
                self._class(statement, scope, owner)
            elif isinstance(statement, (ir.If, ir.While)):
                self._expression_names(statement.test, scope)
                self._body(statement.body, scope, owner)
                self._body(statement.otherwise, scope, owner)
            elif isinstance(statement, ir.Import):
                self._import(statement, scope)
            elif isinstance(statement, ir.ForLoop):
                self._target(statement.target, scope)
                self._body(statement.body, scope, owner)
                self._body(statement.otherwise, scope, owner)
            elif isinstance(statement, ir.Try):
                self._try(statement, scope, owner)
            elif isinstance(statement, ir.With):
                for item in statement.items:
                    if item.target is not None:
                        self._target(item.target, scope)
                self._body(statement.body, scope, owner)
            elif isinstance(statement, ir.Match):
                for case in statement.cases:
                    for name in case.names:
                        self._bind(scope, name)
                    self._body(case.body, scope, owner)

    def _try(self, statement: ir.Try, scope: Scope, owner: Class | None) -> None:
        self._body(statement.body, scope, owner)
        for handler in statement.handlers:
            if handler.name:
                self._bind(scope, handler.name)
            self._body(handler.body, scope, owner)
        self._body(statement.otherwise, scope, owner)
        self._body(statement.last, scope, owner)

    def _assign(self, statement: ir.Assign, scope: Scope, owner: Class | None) -> None:
        for target in statement.targets:
            if isinstance(target, ir.Name):
                self._bind(scope, target.id)
                if owner is scope and owner is not None and statement.annotation is not None:
                    owner.annotations[target.id] = statement.annotation
            else:
                self._target(target, scope)

    def _target(self, target: ir.Expr, scope: Scope) -> None:
        if isinstance(target, ir.Name):
            self._bind(scope, target.id)
        elif isinstance(target, ir.Sequence):
            for item in target.items:
                self._target(item, scope)
        elif isinstance(target, ir.Starred):
            self._target(target.value, scope)
        elif isinstance(target, ir.Attribute) and isinstance(target.value, ir.Name) and isinstance(scope, Function):
            owner = scope.owner
            parameters = scope.record.parameters
            if owner is not None and parameters and parameters[0].name == target.value.id:
                owner.self_attributes.setdefault(target.name, []).append(scope)

    def _expression_names(self, expression: ir.Expr, scope: Scope) -> None:
        if isinstance(expression, ir.Named):
            self._bind(scope, expression.target)
        elif isinstance(expression, ir.Choice):
            for value in expression.values:
                self._expression_names(value, scope)
        elif isinstance(expression, ir.Opaque):
            for part in expression.parts:
                self._expression_names(part, scope)

    def _bind(self, scope: Scope, name: str) -> None:
        if isinstance(scope, Function) and name in scope.record.shared_names:
            return
        scope.imports.pop(name, None)
        if name not in scope.names:
            scope.names[name] = Slot()
        elif isinstance(scope, Function):
            self._rebound.setdefault(scope, set()).add(name)

    def _import(self, statement: ir.Import, scope: Scope) -> None:
        for imported in statement.names:
            if imported.name == "*":
                self.module.stars.append(statement)
                continue
            name = imported.alias or imported.name.split(".")[0]
            if name in scope.names and name not in scope.imports:
                self._bind(scope, name)
                continue
            first = name not in scope.names
            scope.names.setdefault(name, Slot())
            if first or _same_top(scope.imports.get(name), statement, imported):
                scope.imports[name] = (statement, imported)
            else:
                scope.imports.pop(name, None)

    def _function(self, record: ir.Function, scope: Scope, owner: Class | None) -> None:
        outer = scope.outer if isinstance(scope, Class) else scope
        while isinstance(outer, Class):
            outer = outer.outer
        function = Function(self.module, outer, record, owner if owner is scope else None)
        scope.children[id(record)] = function
        self._bind(scope, record.name)
        self.functions.append(function)
        self._shared.update(record.shared_names)
        for parameter in record.parameters:
            function.names[parameter.name] = Slot(is_parameter=True)
        self._body(record.body, function, None)

    def _class(self, record: ir.Class, scope: Scope, owner: Class | None) -> None:  # noqa: ARG002 - same shape as its siblings
        cls = Class(self.module, scope, record)
        cls.unit = scope.unit
        scope.children[id(record)] = cls
        self._bind(scope, record.name)
        self.classes.append(cls)
        self._body(record.body, cls, cls)


def _same_top(known: tuple[ir.Import, ir.ImportedName] | None, statement: ir.Import, imported: ir.ImportedName) -> bool:
    """`import a.b` and `import a.c` bind the same `a`."""
    return (
        known is not None
        and known[0].module is None
        and statement.module is None
        and not known[1].alias
        and not imported.alias
    ) or (
        known is not None
        and known[0].module == statement.module
        and known[0].level == statement.level
        and known[1].name == imported.name
    )
