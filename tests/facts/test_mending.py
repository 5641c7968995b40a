from __future__ import annotations

import pytest

from discover.facts.extract import extract
from discover.facts.failure import UnreadableSourceError


def names(code: str) -> list[str]:
    return [getattr(statement, "name", type(statement).__name__) for statement in extract("a.py", code.encode()).body]


@pytest.mark.parametrize(
    ("code", "kept", "left_out"),
    [
        ("def a(): f()\nroutes =\n[1]\ndef b(): g()\n", ["a", "b"], [2]),
        ("print 'hello'\ndef a(): f()\n", ["a"], [1]),
        ("def a(): f()\n<<<<<<< HEAD\ndef b(): g()\n", ["a", "b"], [2]),
        ("def broken(:\n    f()\n\n    g()\ndef a(): f()\n", ["a"], [1]),
        ("class A:\n    def a(self):\n        print 'x'\n        f()\n", ["A"], [3]),
    ],
)
def test_a_statement_that_is_wrong_is_left_out_and_said(code: str, kept: list[str], left_out: list[int]) -> None:
    facts = extract("a.py", code.encode())
    assert [name for name in names(code) if name in {"a", "b", "A"}] == kept
    assert [diagnostic.line for diagnostic in facts.diagnostics] == left_out
    assert all("syntax error: " in diagnostic.message for diagnostic in facts.diagnostics)


@pytest.mark.parametrize(
    "code",
    ["def broken(:\n    pass\n", "x = 1\n  y = 2\n", "f(\n  a b\n)\n", "print 'x'\n" * 9 + "f()\n"],
)
def test_where_leaving_out_lines_does_not_help_the_file_is_refused(code: str) -> None:
    with pytest.raises(UnreadableSourceError):
        extract("a.py", code.encode())


def test_lines_stay_where_they_are() -> None:
    body = extract("a.py", b"a =\n\n\ndef b(): f()\n").body
    assert [getattr(statement, "line", None) for statement in body][-1] == 4
