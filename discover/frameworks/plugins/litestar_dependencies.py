"""Litestar's dependencies: the framework calls what provides the name of a handler's parameter, before the handler.

`dependencies={"orders": Provide(provide_orders)}` stands at the handler, its controller, a router or the application,
the nearest one counts, and only the parameter's name ties it to the handler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.frameworks.records import HookEdge
from discover.frameworks.rules.given import Given
from discover.resolve.symbols import Function
from discover.resolve.values import ContainerValue, InstanceValue

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.values import Value, Values

_UPDATE = "litestar.config.app.Dependencies.update"
_LAYERS = ["litestar.app.Litestar", "litestar.router.Router", "litestar.config.app.AppConfig", _UPDATE]
_HANDLERS = "litestar.handlers.*"
_PROVIDE = "litestar.di.Provide"
_PICK = Pick(keyword="dependencies")
_Provided = dict[str, list[Function]]


def register(bench: Workbench) -> None:
    """Hook each provider before the function that asks for it by name, providers of providers too."""
    around: _Provided = {}
    for match in bench.index.calls(_LAYERS):
        given = Given(match.site.call, match.site.function)
        pick = Pick(argument=0) if match.path == _UPDATE else _PICK
        for name, providers in _provided(bench, bench.picker.values(pick, given)).items():
            around.setdefault(name, []).extend(one for one in providers if one not in around.get(name, ()))
    handlers: dict[Function, _Provided] = {}
    for decoration, _ in bench.index.decorations(_HANDLERS):
        function = decoration.definition
        if isinstance(function, Function):
            own = _provided(bench, bench.picker.values(_PICK, Given(decoration.call, function.outer or function)))
            handlers.setdefault(function, {}).update(own)
    for function, own in handlers.items():
        shared = bench.program.class_attribute(function.owner, "dependencies") if function.owner is not None else ()
        _hook(bench, function, {**around, **_provided(bench, shared), **own})


def _hook(bench: Workbench, handler: Function, provided: _Provided) -> None:
    pending, seen = [handler], {handler}
    while pending:
        function = pending.pop()
        for order, parameter in enumerate(function.record.parameters, 1):
            providers = provided.get(parameter.name, [])
            for provider in providers if len(providers) == 1 else ():
                if provider in seen:
                    continue
                bench.found.hook(
                    HookEdge(
                        unit=function.id,
                        number=None,
                        line=function.record.line,
                        target=provider.id,
                        order=order,
                        library="litestar",
                        moment="before",
                        confidence=0.9,
                        evidence=f"dependency {parameter.name}",
                    )
                )
                seen.add(provider)
                pending.append(provider)


def _provided(bench: Workbench, values: Values) -> _Provided:
    """What each name of a mapping is provided by."""
    found: _Provided = {}
    for value in values:
        for name, slot in value.items.items() if isinstance(value, ContainerValue) else ():
            called = tuple(one for given in slot.values for one in _called(given))
            functions = bench.handlers.functions(called)
            for cls in bench.handlers.classes(called):
                method = bench.program.find_method(cls, "__init__")
                functions += [method] if method is not None and method.is_project else []
            found[str(name)] = functions
    return {name: functions for name, functions in found.items() if functions}


def _called(value: Value) -> Values:
    """What a `Provide` holds; anything else is called itself."""
    if isinstance(value, InstanceValue) and value.cls.path == _PROVIDE:
        return tuple(one for _, bound in value.bindings for one in bound)
    return (value,)
