"""Names of the handler and of the called thing that a rule's text may hold: `{module}.{qualname}`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir

if TYPE_CHECKING:
    from discover.frameworks.rules.given import Given


def fill(template: str, given: Given) -> str:
    """A template with the handler's names."""
    if "{" not in template:
        return template
    handler, owner = given.handler, given.owner
    called = given.call.function if given.call is not None else None
    names = {
        "{called}": called.name
        if isinstance(called, ir.Attribute)
        else called.id
        if isinstance(called, ir.Name)
        else "",
        "{module}": handler.module.name if handler else owner.module.name if owner else given.scope.module.name,
        "{file}": handler.module.path if handler else owner.module.path if owner else given.scope.module.path,
        "{qualname}": handler.record.qualname if handler else "",
        "{name}": handler.record.name if handler else "",
        "{class}": owner.record.name if owner else "",
    }
    for key, value in names.items():
        template = template.replace(key, value)
    return template
