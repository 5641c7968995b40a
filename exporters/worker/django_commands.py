"""Management commands: run as Django runs them, with the options that their parser fills in."""

from __future__ import annotations

import inspect
import sys
from io import IOBase
from typing import Any

from exporters.worker.hosts import Job, MethodHost
from exporters.worker.messages import Context

_REST = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def is_command(target: object) -> bool:
    """Whether this is the `handle` of a command."""
    module = sys.modules.get("django.core.management.base")
    owner = getattr(target, "__self__", None)
    return module is not None and inspect.ismethod(target) and isinstance(owner, module.BaseCommand)


def signature(handle: Any) -> inspect.Signature:
    """What a command is given: its parser says what `handle` gets."""
    found = {one.kind: one.name for one in inspect.signature(handle).parameters.values()}
    return inspect.Signature([inspect.Parameter(found.get(kind, kind.name.lower()), kind) for kind in _REST])


class CommandHost(MethodHost):
    """One command: its `handle` is called with what its parser makes of the arguments, what it returns is printed."""

    def filled(self, values: dict[str, Any]) -> dict[str, Any]:
        """All that `handle` is called with, by the names of its parameters; open files are left to the parser."""
        args, options = self._told(values)
        kept = {name: value for name, value in options.items() if not isinstance(value, IOBase)}
        bound = inspect.signature(self._method).bind_partial(*args, **kept)
        return {**_rests(self._method), **bound.arguments}

    def perform(self, job: Job) -> dict[str, Any]:
        """Run the piece; what it returns for the command is printed, as the command prints it itself."""
        bound = job.done(self.name)
        if job.responds and bound.get("result"):
            self.made().stdout.write(bound["result"])
        return job.encode(bound)

    def whole(self, context: Context, values: dict[str, Any]) -> Any:  # noqa: ARG002
        """Call the command as code does."""
        args, options = self._told(values)
        return self.made().execute(*args, **options)

    def _told(self, values: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments and options that the command is executed with, those that its parser fills in included."""
        from django.core.management import call_command

        named = dict(values)
        rest = (*inspect.signature(self._method).parameters.values(), *signature(self._method).parameters.values())
        positional = [one for each in rest if each.kind is each.VAR_POSITIONAL for one in named.pop(each.name, ())]
        for each in rest:
            if each.kind is each.VAR_KEYWORD:
                named |= named.pop(each.name, {})
        command, told = self.made(), list[tuple[tuple[Any, ...], dict[str, Any]]]()
        asked = {action.dest for action in command.create_parser("", "")._actions}
        if asked - {"help", "version", "args"} <= named.keys():
            return tuple(positional), {"skip_checks": True, **named}

        def execute(*args: Any, **options: Any) -> None:
            told.append((args, options))

        command.execute = execute
        call_command(command, *positional, **named)
        return told[0]


def _rests(handle: Any) -> dict[str, Any]:
    """Nothing, for each parameter that takes what is left over."""
    empty: dict[Any, Any] = {inspect.Parameter.VAR_POSITIONAL: (), inspect.Parameter.VAR_KEYWORD: {}}
    return {one.name: empty[one.kind] for one in inspect.signature(handle).parameters.values() if one.kind in empty}
