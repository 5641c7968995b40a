"""What OWASP noir expects of its own Python fixtures, read from its testers.

A tester is a Crystal file that lists endpoints and names a fixture folder:

    expected_endpoints = [Endpoint.new("/users/{id}", "GET", [Param.new("id", "", "path")])]
    FunctionalTester.new("fixtures/python/aiohttp/", {:endpoints => expected_endpoints.size}, expected_endpoints)

One that gives no number of endpoints lists some of them, and so does one that only looks up endpoints of a scan.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TESTERS = Path("spec/functional_test/testers/python")
FIXTURES = Path("spec/functional_test")
FRAMEWORKS = ("django_ninja", "flask_appbuilder", "flask_restful", "flask_restx", "http_server")
"""Those of two words; the others are the first word of the tester's file name."""

_COMMENT = re.compile(r'^\s*#.*$|(?<=[\],)])\s+#[^"\n]*$', re.MULTILINE)
_LIST = re.compile(r"^(\w+) = \[", re.MULTILINE)
_BUILDER = re.compile(r'^(\w+) = ->\(url[^\n]*\n\s*ep = Endpoint\.new\(url, "(\w+)"', re.MULTILINE)
_TESTER = re.compile(r'FunctionalTester\.new\(\s*"([^"]+)",\s*\{(.*?)\},\s*(\w+|\[\] of Endpoint)', re.DOTALL)
_BASE = re.compile(r'fixture_path = "([^"]+)"|"\./spec/functional_test/(fixtures/[^"#]+)"')
_LOOKED_UP = re.compile(r'find!? \{ \|(\w+)\| \1\.(?:method|url) == "([^"]+)" && \1\.(?:method|url) == "([^"]+)" \}')
_ENDPOINT = re.compile(r'Endpoint\.new\(\s*"((?:[^"\\]|\\.)*)",\s*"(\w+)"')


@dataclass(frozen=True, slots=True)
class Fixture:
    """A fixture and the (path, method) pairs that noir expects of it."""

    name: str
    framework: str
    folder: Path
    pairs: frozenset[tuple[str, str]]
    complete: bool
    """All pairs of the fixture are listed, so that another one is an invented one."""

    @property
    def is_cli(self) -> bool:
        """Whether it is about command lines; the others list no command."""
        return self.framework == "cli"


def read_testers(checkout: Path) -> list[Fixture]:
    """All Python testers of a checkout of noir, by name."""
    files = sorted((checkout / TESTERS).glob("*.cr"))
    return [tester for file in files for tester in _testers_of(file, checkout)]


def framework_of(name: str) -> str:
    """The framework whose fixture a tester of this name looks at."""
    return next((known for known in FRAMEWORKS if name.startswith(known)), name.split("_", 1)[0])


def _testers_of(file: Path, checkout: Path) -> Iterator[Fixture]:
    text = _COMMENT.sub("", file.read_text(encoding="utf-8"))
    name = file.name.removesuffix("_spec.cr")
    lists = dict(_lists(text))
    found = _TESTER.findall(text)
    for folder, counts, listed in found:
        pairs = lists.get(listed, frozenset())
        label = name if len(found) == 1 else f"{name}:{Path(folder).name}"
        yield Fixture(label, framework_of(name), checkout / FIXTURES / folder, pairs, ":endpoints" in counts)
    if not found and (base := _BASE.search(text)):
        pairs = frozenset(_path_first(*match[1:]) for match in _LOOKED_UP.findall(text))
        yield Fixture(name, framework_of(name), checkout / FIXTURES / (base[1] or base[2]), pairs, complete=False)


def _path_first(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one.startswith("/") else (other, one)


def _lists(text: str) -> Iterator[tuple[str, frozenset[tuple[str, str]]]]:
    """Each list of endpoints by the name of its variable."""
    builders = dict(_BUILDER.findall(text))
    for match in _LIST.finditer(text):
        end = re.compile(r"^\]", re.MULTILINE).search(text, match.end())
        body = text[match.end() : end.start() if end else len(text)]
        pairs = [(_unescaped(path), method) for path, method in _ENDPOINT.findall(body)]
        for builder, method in builders.items():
            built = re.findall(rf'\b{builder}\.call\(\s*"([^"]+)"', body)
            pairs += [(_unescaped(path), method) for path in built]
        yield match[1], frozenset(pairs)


def _unescaped(text: str) -> str:
    return text.replace("\\\\", "\\")
