"""Statements: what they bind, and the definitions among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.walking import within
from discover.resolve import back_references, containers, implicit, kept_items, narrowing, rebinding
from discover.resolve.called_with import called_with
from discover.resolve.decorators import define_class, define_function
from discover.resolve.given import Arguments
from discover.resolve.handlers import in_handler
from discover.resolve.inherited_annotations import inherited_annotation, narrowed_by_overridden
from discover.resolve.parts import Part
from discover.resolve.symbols import Class, Function, Scope
from discover.resolve.values import (
    NOTHING,
    ClassValue,
    ContainerValue,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    Now,
    Slot,
    Values,
    join,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from discover.resolve.engine import Engine


def bind_parameters(engine: Engine, function: Function) -> None:
    """Give a function's parameters what their annotations, defaults and the receiver say."""
    record = function.record
    scope = function.outer or function.module.body
    parameters = record.parameters
    owner = function.owner
    first = parameters[0].name if parameters and function.takes_itself else None
    for parameter in parameters:
        slot = function.names[parameter.name]
        if parameter.name == first and owner is not None and parameter.kind in ("positional", "normal"):
            open_class = engine.intern.class_(owner, open_=True)
            itself = engine.intern.instance(owner, in_handler(engine, function))
            engine.write(slot, (open_class if function.is_classmethod else itself,))
        elif parameter.kind in ("varargs", "kwargs"):
            container = engine.intern.container(parameter, "tuple" if parameter.kind == "varargs" else "dict")
            if parameter.annotation is not None:
                engine.write(container.element, engine.annotations.values(scope, parameter.annotation, {}))
            engine.write(slot, (container,))
        else:
            if parameter.annotation is not None:
                said = engine.annotations.values(scope, parameter.annotation, {})
                if owner is not None and said:
                    said = narrowed_by_overridden(engine, owner, function, parameter, said)
                engine.write(slot, said)
            elif owner is not None:
                engine.write(slot, inherited_annotation(engine, owner, function, parameter))
            if parameter.default is not None:
                engine.write(slot, engine.evaluate(scope, parameter.default))
            if parameter.annotation is None and not slot.values:
                known = called_with(engine, function, parameter)
                engine.write(slot, known or engine.conventional(function, parameter.name))


def run_block(engine: Engine, scope: Scope, block: list[ir.Stmt]) -> None:
    """Evaluate the statements in order; when that is done again, those that are stale or come upon another state."""
    parts = scope.unit.parts
    around = engine.reader
    for statement in block:
        part = parts.get(id(statement))
        if part is None:
            part = parts[id(statement)] = Part(scope.unit, around)
        elif not part.is_stale and part.before == scope.now:
            scope.now = None if part.after is None else dict(part.after)
            continue
        part.is_stale = False
        part.before = rebinding.copied(scope)
        engine.reader = part
        TABLE[type(statement)](engine, scope, statement)
        part.after = rebinding.copied(scope)
    engine.reader = around


def _function(engine: Engine, scope: Scope, statement: ir.Function) -> None:
    child = scope.children.get(id(statement))
    if isinstance(child, Function):
        define_function(engine, scope, child)


def _class(engine: Engine, scope: Scope, statement: ir.Class) -> None:
    child = scope.children.get(id(statement))
    if isinstance(child, Class):
        define_class(engine, scope, child, run_block)


def _evaluate(engine: Engine, scope: Scope, statement: ir.Evaluate) -> None:
    engine.evaluate(scope, statement.value)


def _assign(engine: Engine, scope: Scope, statement: ir.Assign) -> None:
    values = engine.evaluate(scope, statement.value) if statement.value is not None else NOTHING
    if statement.annotation is not None and not _says_self(scope, statement.annotation):
        declared = engine.annotations.values(scope, statement.annotation, {})
        values = join(values, declared) if declared and not _says_more(values) else values
    for target in statement.targets:
        assign(engine, scope, target, values)
        if statement.operator or statement.value is None:
            rebinding.forget(scope, target)
    if isinstance(scope, Class) and isinstance(statement.value, ir.Call):
        back_references.contribute(engine, scope, values, statement.value)


def _says_self(scope: Scope, annotation: ir.Expr) -> bool:
    """Whether a stub says of an attribute what only the object tells: `cleaned_data: Cleaned[Self]`."""
    return not scope.module.is_project and ir.Name("Self") in within(annotation)


def _says_more(values: Values) -> bool:
    return any(isinstance(v, (InstanceValue, ClassValue)) and v.cls.is_project for v in values)


def assign(engine: Engine, scope: Scope, target: ir.Expr, values: Values) -> None:
    """Bind a target (a name, an attribute, an item, a sequence of targets) to values."""
    if isinstance(target, ir.Name):
        slot = _slot(engine, scope, target.id)
        engine.write(slot, values)
        rebinding.bind(scope, target.id, values, slot.values)
    elif isinstance(target, ir.Attribute):
        objects = engine.evaluate(scope, target.value)
        assign_attribute(engine, objects, target.name, values)
        if target.name in engine.marks.setters:
            implicit.property_set(engine, scope, target, objects, values)
    elif isinstance(target, ir.Subscript):
        base = engine.evaluate(scope, target.value)
        index = engine.evaluate(scope, target.index)
        containers.store(engine, base, index, values)
        rebinding.store_item(scope, base, index, values)
        kept_items.keep(engine, scope, target, base, index, values)
        for value in base:
            if isinstance(value, InstanceValue):
                _set_item(engine, scope, target, value, Arguments([index, values], {}))
    elif isinstance(target, ir.Sequence):
        _unpack(engine, scope, target, values)
    elif isinstance(target, ir.Starred):
        assign(engine, scope, target.value, values)


def _set_item(engine: Engine, scope: Scope, target: ir.Subscript, value: InstanceValue, given: Arguments) -> None:
    """`value[index] = …`: the project's own method runs; in a service container it registers."""
    if value.cls.is_project:
        implicit.implicit(engine, scope, target, target_line(target), (value,), "__setitem__")
        return
    method = engine.hierarchy.method(value.cls, "__setitem__")
    if method is not None and engine.services.rule(method) is not None:
        engine.apply(scope, engine.intern.function(method, value), given, None, target)


def target_line(target: ir.Expr) -> int:
    """A line for a target that has none of its own."""
    while isinstance(target, ir.Subscript):
        target = target.value
    return target.line if isinstance(target, ir.Attribute) else 0


def _slot(engine: Engine, scope: Scope, name: str) -> Slot:
    if isinstance(scope, Function) and name in scope.record.shared_names:
        found = engine.names.lookup(scope.outer, name) if scope.outer is not None else None
        return found if found is not None else scope.module.body.names.setdefault(name, Slot())
    if name in scope.imports:
        return engine.names.imported(scope, name)
    slot = scope.names.get(name)
    if slot is None:
        slot = scope.names[name] = Slot()
        if isinstance(scope, Class):
            engine.hierarchy.forget_members()
    return slot


def assign_attribute(engine: Engine, base: Values, name: str, values: Values) -> None:
    """Let an attribute of instances, classes or modules grow."""
    for value in base:
        if isinstance(value, FunctionValue) and value.function.is_project:
            engine.write(engine.marks.attach(value.function, name), values)
        elif not values:
            continue
        elif isinstance(value, InstanceValue):
            if not value.cls.is_opaque:
                slot = value.cls.attributes.get(name)
                if slot is None:
                    slot = value.cls.attributes[name] = Slot()
                    engine.attribute_holders.setdefault(name, set()).add(value.cls)
                engine.write(slot, values)
        elif isinstance(value, ClassValue):
            if name not in value.cls.names:
                value.cls.names[name] = Slot()
                engine.hierarchy.forget_members()
            engine.write(value.cls.names[name], values)
        elif isinstance(value, ModuleValue) and value.module.is_project:
            engine.write(value.module.body.names.setdefault(name, Slot()), values)


def _unpack(engine: Engine, scope: Scope, target: ir.Sequence, values: Values) -> None:
    for number, item in enumerate(target.items):
        if isinstance(item, ir.Starred):
            rest = engine.intern.container(item, "list")
            engine.write(rest.element, containers.elements(engine, values))
            assign(engine, scope, item.value, (rest,))
        else:
            assign(engine, scope, item, containers.place(engine, values, number))


def _return(engine: Engine, scope: Scope, statement: ir.Return) -> None:
    if statement.value is not None:
        engine.write(
            scope.unit.returns if isinstance(scope, Class) else _function_of(scope).returns,
            engine.evaluate(scope, statement.value),
        )


def _function_of(scope: Scope) -> Function:
    return scope if isinstance(scope, Function) else scope.unit


def _raise(engine: Engine, scope: Scope, statement: ir.Raise) -> None:
    if statement.exception is not None:
        values = engine.evaluate(scope, statement.exception)
        implicit.raised(engine, scope, statement.exception, statement.line, values)
    if statement.cause is not None:
        engine.evaluate(scope, statement.cause)


def _if(engine: Engine, scope: Scope, statement: ir.If) -> None:
    engine.evaluate(scope, statement.test)
    before = rebinding.copied(scope)
    narrowing.narrow(engine, scope, statement.test, statement.text, holds=True)
    run_block(engine, scope, statement.body)
    after, scope.now = scope.now, before
    narrowing.narrow(engine, scope, statement.test, statement.text, holds=False)
    run_block(engine, scope, statement.otherwise)
    rebinding.join_branches(scope, ((after, statement.body), (scope.now, statement.otherwise)))


def _for(engine: Engine, scope: Scope, statement: ir.ForLoop) -> None:
    iterated = engine.evaluate(scope, statement.iterable)
    implicit.iteration(engine, scope, statement.iterable, statement.line, iterated)
    around = rebinding.enter_loop(scope, [statement])
    assign(engine, scope, statement.target, containers.elements(engine, iterated))
    run_block(engine, scope, statement.body)
    scope.now = around
    run_block(engine, scope, statement.otherwise)


def _while(engine: Engine, scope: Scope, statement: ir.While) -> None:
    around = rebinding.enter_loop(scope, [statement])
    engine.evaluate(scope, statement.test)
    run_block(engine, scope, statement.body)
    scope.now = around
    run_block(engine, scope, statement.otherwise)


def _try(engine: Engine, scope: Scope, statement: ir.Try) -> None:
    certain = rebinding.without(scope, statement.body)
    run_block(engine, scope, statement.body)
    run_block(engine, scope, statement.otherwise)
    ends = [(scope.now, statement.otherwise or statement.body)]
    for handler in statement.handlers:
        scope.now = dict(certain) if certain is not None else None
        if handler.types is not None:
            raised = engine.evaluate(scope, handler.types)
            if handler.name:
                assign(engine, scope, ir.Name(handler.name), _instances(engine, raised))
        run_block(engine, scope, handler.body)
        ends.append((scope.now, handler.body))
    rebinding.join_branches(scope, ends)
    run_block(engine, scope, statement.last)


def _instances(engine: Engine, raised: Values) -> Values:
    found: Values = NOTHING
    for value in raised:
        if isinstance(value, ClassValue):
            found = (*found, engine.intern.instance(value.cls))
        elif isinstance(value, ContainerValue):
            found = join(found, _instances(engine, containers.elements(engine, (value,))))
    return found


def _with(engine: Engine, scope: Scope, statement: ir.With) -> None:
    for item in statement.items:
        entered = implicit.enter(engine, scope, item.value, statement.line, engine.evaluate(scope, item.value))
        if item.target is not None:
            assign(engine, scope, item.target, entered)
    run_block(engine, scope, statement.body)


def _match(engine: Engine, scope: Scope, statement: ir.Match) -> None:
    subject = engine.evaluate(scope, statement.subject)
    before = rebinding.copied(scope)
    ends: list[tuple[Now | None, list[ir.Stmt]]] = [(before, [])]
    for case in statement.cases:
        scope.now = dict(before) if before is not None else None
        for value in case.values:
            engine.evaluate(scope, value)
        narrowing.narrow_case(engine, scope, statement.subject, case)
        for name in case.names:
            assign(engine, scope, ir.Name(name), narrowing.captured(engine, scope, statement, case, name, subject))
        if case.guard is not None:
            engine.evaluate(scope, case.guard)
        run_block(engine, scope, case.body)
        ends.append((scope.now, case.body))
    rebinding.join_branches(scope, ends)


def _check(engine: Engine, scope: Scope, statement: ir.Check) -> None:
    engine.evaluate(scope, statement.test)
    narrowing.narrow(engine, scope, statement.test, statement.text, holds=True)


def _delete(engine: Engine, scope: Scope, statement: ir.Delete) -> None:
    for target in statement.targets:
        if not isinstance(target, ir.Name):
            engine.evaluate(scope, target)
        rebinding.forget(scope, target)


def _import(engine: Engine, scope: Scope, statement: ir.Import) -> None:
    """Bind names that more than one statement binds; the others are resolved when they are looked up."""
    if statement.module is None and not statement.level:
        for imported in statement.names:
            name = imported.alias or imported.name.split(".")[0]
            if name not in scope.imports:
                values = engine.names.import_value(imported.name if imported.alias else name, scope.module)
                own = scope.names.setdefault(name, Slot())
                engine.write(own, values)
                rebinding.bind(scope, name, values, own.values)
        return
    base = engine.names.base_of(statement, scope.module)
    for imported in statement.names:
        name = imported.alias or imported.name
        if name == "*" or name in scope.imports:
            continue
        slot = engine.names.member(base, imported.name, scope.module)
        own = scope.names.setdefault(name, Slot())
        if own is not slot:
            module = engine.names.module(base, scope.module)
            if module is not None:
                engine.ensure_module(module)
            engine.write(own, engine.read(slot))
            rebinding.bind(scope, name, slot.values, own.values)


def _nothing(engine: Engine, scope: Scope, statement: ir.Stmt) -> None:  # noqa: ARG001 - `pass` and jumps bind nothing
    return


TABLE: dict[type, Callable[..., None]] = {
    ir.Function: _function,
    ir.Class: _class,
    ir.Evaluate: _evaluate,
    ir.Assign: _assign,
    ir.Return: _return,
    ir.Raise: _raise,
    ir.If: _if,
    ir.ForLoop: _for,
    ir.While: _while,
    ir.Try: _try,
    ir.With: _with,
    ir.Match: _match,
    ir.Import: _import,
    ir.Jump: _nothing,
    ir.Check: _check,
    ir.Delete: _delete,
}
