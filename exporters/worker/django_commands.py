"""Management commands: run as Django runs them, with the options that their parser fills in."""

from __future__ import annotations

import inspect
import sys
from typing import Any

from exporters.worker.hosts import PlainHost
from exporters.worker.messages import Context


def is_command(target: object) -> bool:
    """Whether this is the `handle` of a command."""
    module = sys.modules.get("django.core.management.base")
    owner = getattr(target, "__self__", None)
    return module is not None and inspect.ismethod(target) and isinstance(owner, module.BaseCommand)


class CommandHost(PlainHost):
    """One command: its `handle` is called with what its parser makes of the arguments."""

    def __init__(self, handle: Any) -> None:
        super().__init__(handle)
        self._command = handle.__self__

    def whole(self, context: Context, values: dict[str, Any]) -> Any:  # noqa: ARG002
        """Call the command as code does."""
        from django.core.management import call_command

        named = dict(values)
        rest = inspect.signature(self._command.handle).parameters.values()
        positional = [one for each in rest if each.kind is each.VAR_POSITIONAL for one in named.pop(each.name, ())]
        for each in rest:
            if each.kind is each.VAR_KEYWORD:
                named |= named.pop(each.name, {})
        return call_command(self._command, *positional, **named)
