"""Objects of libraries whose attributes are what the project's own settings modules assign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.resolve.values import NOTHING, Values, join

if TYPE_CHECKING:
    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Module

HOLDERS = frozenset({"django.conf.LazySettings", "dynaconf.base.LazySettings"})
_ALWAYS_SET = frozenset({"INSTALLED_APPS", "ROOT_URLCONF"})
"""Globals by which a settings module is known, whatever its name."""


def setting_of(engine: Engine, name: str) -> Values:
    """What the settings modules assign to a global of this name: all of them, where several environments have one.

    What code assigns to the attribute of such an object is a setting, too: `settings.QUEUES = {…}`.
    """
    found: Values = NOTHING
    for slot in engine.settings.get(name, ()):
        module = engine.names.origins.get(slot)
        if module is not None and _holds_settings(module):
            engine.ensure_module(module)
            found = join(found, engine.read(slot))
    for cls in sorted(engine.attribute_holders.get(name, ()), key=lambda one: one.path):
        if cls.path in HOLDERS and name in cls.attributes:
            found = join(found, engine.read(cls.attributes[name]))
    return found


def _holds_settings(module: Module) -> bool:
    named = any(part.startswith("settings") for part in module.name.split("."))
    return named or not _ALWAYS_SET.isdisjoint(module.body.names)
