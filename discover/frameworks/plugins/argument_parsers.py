"""Programs that parse their own command line, with argparse or docopt: the function that asks for the arguments runs.

No call registers that function, and of a parser with subcommands the name, the place in the tree and the function
stand at different calls; a YAML rule sees one call at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.facts.walking import within
from discover.frameworks.records import EntryPoint
from discover.frameworks.routing.routers import call_key, site_keys
from discover.frameworks.rules.given import Given
from discover.model import TriggerDetail

if TYPE_CHECKING:
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function
    from discover.resolve.values import Values

_PARSER = "argparse.ArgumentParser"
_DOCOPT = "docopt.docopt"
_PARSE = [f"{_PARSER}.parse_args", f"{_PARSER}.parse_known_args", _DOCOPT]
_DEPTH = 4


class _Parsers:
    """The parsers of a program, by the calls that made them."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.parents: dict[str, list[str]] = {}
        self.names: dict[str, list[str]] = {}
        """The names of a subcommand: several where a loop makes several with one call."""
        self.made: dict[str, CallSite] = {}
        self.handlers: dict[str, list[Function]] = {}
        self.asking: dict[str, list[tuple[Function, int]]] = {}
        """A root parser to the functions that parse with it."""

    def run(self) -> None:
        """Read the tree of parsers, then list the programs and their subcommands."""
        self._read()
        done: set[str] = set()
        for key in sorted(self.names):
            self._subcommand(key, done)
        for match in self._parsing():
            roots = site_keys(match.receivers)
            if roots and all(root in done for root in roots):
                continue
            for function in self._programs(match.site):
                self._emit(function, f"python {function.module.path}", match.site.line, "")

    def _read(self) -> None:
        for path in (f"{_PARSER}.add_subparsers", "argparse.Subparsers.add_parser"):
            for match in self.bench.index.calls(path):
                key = call_key(match.site)
                self.parents[key] = site_keys(match.receivers)
                if path.endswith("add_parser"):
                    self.made[key] = match.site
                    given = Given(match.site.call, match.site.function)
                    texts = self.bench.picker.texts(Pick(argument=0, keyword="name"), given)
                    self.names[key] = texts or ["{}"]
        for match in self.bench.index.calls(f"{_PARSER}.set_defaults"):
            for keyword in match.site.call.keywords:
                values: Values = self.bench.program.values_of(match.site.function, keyword.value)
                for function in self.bench.handlers.functions(values, match.site.function.module):
                    for key in site_keys(match.receivers):
                        self.handlers.setdefault(key, []).append(function)
        for match in self._parsing():
            for key in site_keys(match.receivers):
                for function in self._programs(match.site):
                    self.asking.setdefault(key, []).append((function, match.site.line))

    def _parsing(self) -> list[Match]:
        """The calls that parse the words that the program was started with."""
        return [match for match in self.bench.index.calls(_PARSE) if self._is_own_line(match)]

    def _is_own_line(self, match: Match) -> bool:
        """Whether the call is given no words, those of `sys.argv`, or whatever the function is called with."""
        place, keyword = (1, "argv") if match.path == _DOCOPT else (0, "args")
        call, function = match.site.call, match.site.function
        given = [one.value for one in call.keywords if one.name == keyword] or call.arguments[place : place + 1]
        assigned = self.bench.contexts.assignments(function)
        words = [word for one in given for word in (assigned.get(one.id, [one]) if isinstance(one, ir.Name) else [one])]
        inside = [one for word in words for one in within(word)]
        is_made = any(isinstance(one, ir.Call | ir.Sequence) for one in inside)
        return not is_made or any(isinstance(one, ir.Attribute | ir.Name) and _name(one) == "argv" for one in inside)

    def _subcommand(self, key: str, done: set[str]) -> None:
        """A subcommand with its own function; without one, the program that parses carries it out."""
        above, root = self._path(key)
        inner = any(key in self.parents.get(parent, ()) for parent in self._above_parsers())
        names, handlers, line = self.names[key], self.handlers.get(key, []), self.made[key].line
        if len(names) == len(handlers):
            pairs = list(zip(names, handlers, strict=True))
        else:
            pairs = [(name, function) for name in names for function in handlers]
        for name, function in pairs:
            self._emit(function, " ".join([*above, name]), line, name)
            done.add(root)
        if not handlers and not inner:
            done.discard(root)
            for function, line in self.asking.get(root, ()):
                for name in names:
                    self._emit(function, " ".join([*above, name]), line, name)

    def _above_parsers(self) -> list[str]:
        """The places where a parser is given subcommands."""
        return [key for key in self.parents if key not in self.names]

    def _path(self, key: str) -> tuple[list[str], str]:
        """The words before the subcommand's own, and the root parser."""
        words: list[str] = []
        seen: set[str] = set()
        while self.parents.get(key) and key not in seen:
            seen.add(key)
            key = self.parents[key][0]
            if key in self.names:
                words.insert(0, self.names[key][0])
        return words, key

    def _programs(self, site: CallSite, depth: int = _DEPTH) -> list[Function]:
        """The function that parses; when all it does is to hand the arguments back, those that call it."""
        function = site.function
        callers = self.bench.contexts.callers(function) if depth and self._hands_back(site) else []
        found = [program for caller in callers for program in self._programs(caller, depth - 1)]
        return list(dict.fromkeys(found)) or [function]

    def _hands_back(self, site: CallSite) -> bool:
        assigned = self.bench.contexts.assignments(site.function)
        for expression in self.bench.contexts.returned(site.function):
            values = assigned.get(expression.id, [expression]) if isinstance(expression, ir.Name) else [expression]
            if any(isinstance(value, ir.Call) and value.number == site.call.number for value in values):
                return True
        return False

    def _emit(self, function: Function, command: str, line: int, name: str) -> None:
        self.bench.found.entry(
            EntryPoint(
                id="",
                kind="command",
                framework="argparse",
                unit=function.id,
                line=function.record.line or line,
                detail=TriggerDetail(command=command, name=name or None),
                names=(command, name) if name else (command,),
                confidence=0.9,
                evidence=f"parsed at {function.module.path}:{line}",
            )
        )


def register(bench: Workbench) -> None:
    """Find the programs and their subcommands."""
    _Parsers(bench).run()


def _name(node: ir.Attribute | ir.Name) -> str:
    return node.name if isinstance(node, ir.Attribute) else node.id
