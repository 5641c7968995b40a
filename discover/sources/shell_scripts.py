"""Shell scripts that container images and services start: which commands they run for the arguments they are given.

Read line by line, not executed: functions and the arms of `case "$1"` are told apart, so that `docker-entrypoint
worker` yields what its `worker` arm does. Tests of anything but the first argument count as taken both ways.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import NamedTuple

from discover.sources.commands import parse_command_line, parse_words
from discover.sources.records import Command

_FUNCTION = re.compile(
    r"(?:function\s+(?P<a>[\w-]+)\s{0,8}(?:\(\))?|(?P<b>[\w-]+)\s{0,8}\(\))\s{0,8}(?:\{(?P<rest>.*))?$"
)
_CASE = re.compile(r"case\s+[\"']?(?P<subject>[^\s\"']+)[\"']?\s+in\b")
_ARM = re.compile(r"\(?(?P<patterns>[^()#]+?)\)(?P<rest>.*)$")
_FIRST = re.compile(r"\$\{?1\b")
_TEST = re.compile(r"(?:el)?if\s.*\$\{?1\}?[\"']?\s{0,8}\]?\s{0,8}={1,2}\s{0,8}[\"']?(?P<value>[\w.:-]+)")
_HEREDOC = re.compile(r"<<-?\s*[\"']?(?P<mark>\w+)[\"']?")
_ALL = re.compile(r"[\"']?\$(?:@|\*|\{@(?::\d+)?\}|\{\*\})[\"']?")
_SHELL = re.compile(r"#![^\n]*\b(?:ba|da|a|z|k)?sh\b")
_DEPTH = 3
_LONGEST = 4_000


class Line(NamedTuple):
    """A logical line of a script."""

    number: int
    text: str


class Script(NamedTuple):
    """A script taken apart."""

    body: list[Line]
    functions: dict[str, list[Line]]


class Started(NamedTuple):
    """A command of a script, and the line that runs it."""

    line: int
    command: Command


def is_shell(path: str, text: str) -> bool:
    """Whether this is a shell script."""
    return path.endswith((".sh", ".bash")) or _SHELL.match(text) is not None


def script_commands(text: str, arguments: tuple[str, ...], folder: str = "") -> list[Started]:
    """What the script starts when it is called with these arguments, in order."""
    script = _parts(list(_logical_lines(text)))
    return list(_run(script.body, script.functions, arguments, folder, _DEPTH))


def _logical_lines(text: str) -> Iterator[Line]:
    pending, start, mark = "", 0, ""
    for number, raw in enumerate(text.splitlines(), 1):
        if mark:
            mark = "" if raw.strip() == mark else mark
            continue
        if not pending:
            start = number
        if raw.endswith("\\"):
            pending += raw[:-1] + " "
            continue
        line = (pending + raw).strip()[:_LONGEST]
        pending = ""
        heredoc = _HEREDOC.search(line)
        if heredoc and "<<<" not in line:
            mark = heredoc["mark"]
        if line and not line.startswith("#"):
            yield Line(start, line)
    if pending.strip():
        yield Line(start, pending.strip())


def _parts(lines: list[Line]) -> Script:
    """Functions apart from the body. A function ends at a line that is just `}`."""
    body: list[Line] = []
    functions: dict[str, list[Line]] = {}
    current: list[Line] | None = None
    for line in lines:
        if current is not None:
            if line.text.rstrip(";") == "}":
                current = None
            elif line.text != "{":
                current.append(line)
            continue
        match = _FUNCTION.match(line.text)
        if match is None:
            body.append(line)
            continue
        rest = (match["rest"] or "").strip()
        inner = functions.setdefault(match["a"] or match["b"], [])
        if rest.endswith("}"):
            inner.append(Line(line.number, rest[:-1].strip()))
        else:
            current = inner
            if rest:
                inner.append(Line(line.number, rest))
    return Script(body, functions)


def _run(
    lines: list[Line], functions: dict[str, list[Line]], arguments: tuple[str, ...], folder: str, depth: int
) -> Iterator[Started]:
    for line, given in _taken(lines, arguments):
        text = shlex.join(given).join(_ALL.split(line.text)) if given else line.text
        commands = parse_command_line(text, folder)
        if not given and _ALL.fullmatch(line.text.removeprefix("exec").strip()):
            continue
        for command in commands:
            called = functions.get(command.name) if command.kind == "program" else None
            if called is not None and depth:
                yield from _run(called, functions, command.arguments, folder, depth - 1)
            else:
                yield Started(line.number, command)
        folder = _folder_after(text, folder)


def _folder_after(text: str, folder: str) -> str:
    """The working folder that a plain `cd` line leaves behind."""
    match = re.match(r"(?:cd|pushd)\s+(?P<to>[^\s;&|]+)\s*(?:\|\|.*|;)?$", text)
    if match is None:
        return folder
    to = match["to"].strip("\"'")
    return to if to.startswith(("/", "$")) or not folder else f"{folder}/{to}"


def _taken(lines: list[Line], arguments: tuple[str, ...]) -> Iterator[tuple[Line, tuple[str, ...]]]:
    """The lines that run for these arguments, each with the arguments that `$@` holds there."""
    place = 0
    given = arguments
    choice = _Choice(arguments[0] if arguments else "")
    while place < len(lines):
        line = lines[place]
        case = _CASE.match(line.text)
        if case:
            end = _end_of_case(lines, place)
            if _FIRST.search(case["subject"]):
                yield from _arm(lines[place + 1 : end], arguments)
            else:
                for inner in lines[place + 1 : end]:
                    yield Line(inner.number, _without_pattern(inner.text)), given
            place = end + 1
            continue
        if choice.runs(line.text):
            if re.match(r"shift\b", line.text):
                given = given[1:]
            else:
                yield line, given
        place += 1


class _Choice:
    """Follows `if [ "$1" = worker ]` through its `elif`, `else` and `fi`, other tests inside it included."""

    def __init__(self, first: str) -> None:
        self._first = first
        self._depth = 0
        """Of `if`s since the one that tests the first argument; 0 outside of it."""
        self._taken = False
        self._skips = False

    def runs(self, text: str) -> bool:
        """Whether this line runs; lines of the choice itself do not."""
        test = _TEST.match(text)
        word = text.split(maxsplit=1)[0].rstrip(";") if text.strip() else ""
        if self._depth:
            return self._inside(word, test)
        if test and word == "if":
            self._depth = 1
            self._choose(test["value"] == self._first)
            return False
        return True

    def _inside(self, word: str, test: re.Match[str] | None) -> bool:
        if word == "if":
            self._depth += 1
        elif word == "fi":
            self._depth -= 1
        elif self._depth == 1 and word in ("elif", "else"):
            self._choose(not self._taken and (test is None or test["value"] == self._first))
            return False
        if not self._depth:
            self._taken = self._skips = False
        return bool(self._depth) and not self._skips

    def _choose(self, taken: bool) -> None:
        self._skips = not taken
        self._taken = self._taken or taken


def _end_of_case(lines: list[Line], start: int) -> int:
    depth = 0
    for place in range(start, len(lines)):
        depth += bool(_CASE.match(lines[place].text))
        if re.match(r"esac\b", lines[place].text):
            depth -= 1
            if not depth:
                return place
    return len(lines)


def _without_pattern(text: str) -> str:
    match = _ARM.match(text)
    return match["rest"] if match and "$(" not in match["patterns"] else text


def _arm(lines: list[Line], arguments: tuple[str, ...]) -> Iterator[tuple[Line, tuple[str, ...]]]:
    """The lines of the arm that the first argument selects."""
    arms: list[tuple[list[str], list[Line]]] = []
    fresh = True
    for line in lines:
        text = line.text
        match = _ARM.match(text) if fresh else None
        if match:
            arms.append(([pattern.strip().strip("\"'") for pattern in match["patterns"].split("|")], []))
            text = match["rest"].strip()
        fresh = text.endswith(";;") or (fresh and match is None)
        text = text.removesuffix(";;").strip()
        if arms and text:
            arms[-1][1].append(Line(line.number, text))
    first = arguments[0] if arguments else ""
    chosen = next((body for patterns, body in arms if first in patterns), None)
    if chosen is None:
        chosen = next((body for patterns, body in arms if "*" in patterns), [])
    given = arguments
    for line in chosen:
        if re.match(r"shift\b", line.text):
            given = given[1:]
        else:
            yield line, given


def words_commands(words: list[str], folder: str) -> list[Command]:
    """A container's words as commands: one word with blanks in it is a shell line."""
    if len(words) == 1 and " " in words[0]:
        return parse_command_line(words[0], folder)
    return parse_words(words, folder)
