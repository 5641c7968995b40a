"""What a command line starts of the project: a registered command, a module, a script, an installed command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.resolve.values import NOTHING

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Function, Module
    from discover.resolve.values import Values
    from discover.sources.records import Command

OWN_COMMANDS = frozenset({"manage", "flask", "invoke"})
"""Programs whose first word is a command of the project, or of a library."""
_WORDS = 3
"""So many words name a command, its groups counted."""


class Started:
    """The project's commands by their names. Needs all of them."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._installed = {
            trigger.starts.name: trigger.starts.app
            for trigger in bench.declared
            if trigger.starts is not None and trigger.starts.kind == "console_script"
        }
        self._commands: dict[str, dict[str, None]] = {}
        for entry in bench.found.entry_points.values():
            for name in entry.names if entry.kind == "command" else ():
                self._commands.setdefault(name, {})[entry.unit] = None

    def functions(self, command: Command) -> list[Function]:
        """The functions that the command runs; none where it is a library's, or not known."""
        found = self._by_name(command)
        if found or command.kind in OWN_COMMANDS:
            return found
        if command.kind == "handler":
            return named_functions(self._bench, command.name, command.path)
        app = command.app if command.kind == "console_script" else self._installed.get(command.name, "")
        if app and command.kind in ("console_script", "program"):
            return named_functions(self._bench, app, command.path)
        module = self.module(command)
        if module is None:
            return []
        return self._of_words(list(command.arguments), module.name.partition(".")[0]) or [module.body]

    def module(self, command: Command) -> Module | None:
        """The module that the command runs as a program."""
        program = self._bench.program
        if command.path:
            return program.by_path.get(command.path)
        names = (f"{command.name}.__main__", command.name) if command.kind == "module" and command.name else ()
        return next((program.modules[name] for name in names if name in program.modules), None)

    def _by_name(self, command: Command) -> list[Function]:
        if command.kind in OWN_COMMANDS:
            return self._of_words([command.name, *command.arguments])
        if command.kind != "console_script" and command.name not in self._installed:
            return []
        app = command.app or self._installed.get(command.name, "")
        package = app.partition(":")[0].partition(".")[0]
        named = self._of_words([command.name, *command.arguments])
        return named or self._of_words(list(command.arguments), package)

    def _of_words(self, words: list[str], package: str = "") -> list[Function]:
        """The commands that the first words name; of this package, where it is said."""
        for size in range(_WORDS, 0, -1):
            units = self._commands.get(" ".join(words[:size]), {}) if len(words) >= size else {}
            functions = [self._bench.program.functions[unit] for unit in units if unit in self._bench.program.functions]
            if package:
                functions = [one for one in functions if one.module.name.partition(".")[0] == package]
            if functions:
                return functions
        return []


def named_functions(bench: Workbench, target: str, path: str) -> list[Function]:
    """What `pkg.module:function` names; looked up in the file where that is known, else by the dotted name."""
    module = bench.program.by_path.get(path)
    attributes = target.partition(":")[2].split(".")
    if module is not None and attributes[0]:
        slot = module.body.names.get(attributes[0])
        values: Values = slot.values if slot is not None else NOTHING
        for name in attributes[1:]:
            values = bench.program.attribute(values, name, module.body)
        return bench.handlers.functions(values)
    return bench.handlers.functions(bench.program.named(target.replace(":", "."))) if target else []
