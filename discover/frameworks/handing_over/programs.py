"""Programs of the project that its own code starts: `Popen([sys.executable, "manage.py", "import"])`.

The command line is read as a shell's or a crontab's is. What it starts of the project is handed the work; what is a
library's or another program's is an effect and no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.facts.source_text import text_of
from discover.frameworks.entry_points.started import OWN_COMMANDS, Started
from discover.frameworks.handing_over.addresses import Addresses
from discover.frameworks.reading.command_lines import OPEN, CommandLines
from discover.frameworks.reading.passing import differ
from discover.frameworks.records import Dispatch, Problem, called_at
from discover.model import A_PROCESS

if TYPE_CHECKING:
    from discover.catalog import spec
    from discover.frameworks.reading.passing import Passage, Passages
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Module
    from discover.sources.records import Command

UNKNOWN = "which program of the project is started here is not known"
_CONFIDENCE = 0.9
_NEAR = 0.7
"""How sure it is that a script is meant of whose path only the end is known."""


class _Started(NamedTuple):
    """What one command line starts."""

    targets: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    text: str = ""
    """The command line, where it starts something of the project that is not known."""
    is_picked: bool = False
    confidence: float = _CONFIDENCE


class Programs:
    """Finds what calls start."""

    def __init__(self, bench: Workbench, passages: Passages) -> None:
        self._bench = bench
        self._passages = passages
        self._lines = CommandLines(bench.contexts)
        self._started = Started(bench)
        self._addresses = Addresses(bench)

    def start(self, library: str, rule: spec.Dispatch, match: Match) -> None:
        """Hand over what the call starts, at the call that says which program."""
        wanted = self._bench.picker.wanted([rule.to], match.site.call)
        here = self._found(rule, match, None)
        passages = self._passages.to(match.site, wanted)
        seen = [(passage, self._found(rule, match, passage)) for passage in passages]
        known = [(passage, found) for passage, found in seen if found.targets]
        is_passed_on = differ([found.targets for _, found in seen], here.targets)
        if here.targets:
            self._emit(library, rule, match, None, here, is_passed_on=is_passed_on)
        for passage, found in known if is_passed_on else ():
            self._emit(library, rule, match, passage, found)
        if not here.targets and not known:
            self._report(match, next((one.text for one in (*(found for _, found in seen), here) if one.text), ""))

    def _found(self, rule: spec.Dispatch, match: Match, passage: Passage | None) -> _Started:
        function, call = match.site.function, match.site.call
        frame = passage.frame if passage is not None else None
        if rule.to.rest:
            lines = self._lines.of_words(function, call.arguments[rule.to.argument or 0 :], frame)
        else:
            expression = self._bench.picker.expression(rule.to, call)
            lines = self._lines.of_line(function, expression, frame) if expression is not None else []
        ways = [self._of_line(line, match) for line in lines]
        targets = dict.fromkeys(target for way in ways for target in way.targets)
        return _Started(
            tuple(targets),
            tuple(dict.fromkeys(name for way in ways for name in way.names)),
            next((way.text for way in ways if way.text), ""),
            len([way for way in ways if way.targets]) > 1 and len(targets) > 1,
            min((way.confidence for way in ways), default=_CONFIDENCE),
        )

    def _of_line(self, commands: list[Command], match: Match) -> _Started:
        targets: dict[str, None] = {}
        names: dict[str, None] = {}
        text, confidence = "", _CONFIDENCE
        for command in commands:
            units = [function.id for function in self._started.functions(command)] or self._sent(command)
            if not units and (script := self._script(command, match.site.function.module)) is not None:
                units, confidence = [script.body.id], _NEAR
            targets.update(dict.fromkeys(units))
            names.update({command.name: None} if units else {})
            if not units and self._is_own(command):
                text = text or command.text
        return _Started(tuple(targets), tuple(names), text, confidence=confidence)

    def _sent(self, command: Command) -> list[str]:
        """The task that `celery call` sends."""
        is_call = command.kind == "celery" and command.role == "call" and bool(command.arguments)
        return self._addresses.units(command.arguments[0])[0] if is_call else []

    def _script(self, command: Command, near: Module) -> Module | None:
        """The one script of the tree whose path ends so; of several, the one beside the module that starts it."""
        if command.kind != "script" or not command.name.endswith(".py"):
            return None
        end = "/" + command.name.rpartition(OPEN)[2].removeprefix("./").strip("/")
        fitting = [module for path, module in self._bench.program.by_path.items() if f"/{path}".endswith(end)]
        folder = near.path.rpartition("/")[0]
        beside = [module for module in fitting if module.path.rpartition("/")[0] == folder]
        found = beside if len(fitting) > 1 else fitting
        return found[0] if len(found) == 1 else None

    def _is_own(self, command: Command) -> bool:
        """Whether a command that leads nowhere looks like the project's own."""
        if command.kind in OWN_COMMANDS:
            return OPEN in command.name
        if command.kind == "module":
            top = command.name.partition(".")[0]
            return top == OPEN or any(name.partition(".")[0] == top for name in self._bench.program.modules)
        is_python = command.text.startswith("python")
        return command.kind == "script" and is_python and (OPEN in command.name or not command.name.startswith("/"))

    def _emit(
        self,
        library: str,
        rule: spec.Dispatch,
        match: Match,
        passage: Passage | None,
        found: _Started,
        *,
        is_passed_on: bool = False,
    ) -> None:
        site = passage.site if passage is not None else match.site
        self._bench.found.dispatch(
            Dispatch(
                **called_at(site),
                edge=rule.edge,
                library=library,
                targets=found.targets,
                name=", ".join(found.names),
                channel=A_PROCESS,
                inline=rule.inline,
                is_picked=found.is_picked,
                is_passed_on=is_passed_on,
                confidence=found.confidence,
                evidence=match.path,
            )
        )

    def _report(self, match: Match, text: str) -> None:
        if text:
            site = match.site
            call = text_of(site.call.function)
            self._bench.found.problem(
                Problem(unit=site.function.id, line=site.line, what=text, reason=UNKNOWN, call=call)
            )
