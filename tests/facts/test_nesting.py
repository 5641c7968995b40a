from __future__ import annotations

import time

import pytest

from discover.facts.extract import extract
from discover.facts.failure import UnreadableSourceError
from discover.facts.nesting import is_too_deep

NEWER = "def f[T](): pass\n"
TIMES = 20_000
WRONG = "except\n" * 9  # more than is left out
DEEP = {
    "brackets": "[" * TIMES + "]" * TIMES,
    "open brackets": "(" * TIMES,
    "calls in calls": "a(" * 150 + ")" * 150,
    "mappings": "{a:" * TIMES + "b" + "}" * TIMES,
    "signs": "-" * TIMES + "x",
    "apart signs": "- " * TIMES + "x",
    "not": "not " * TIMES + "x",
    "lambdas": "lambda: " * TIMES + "x",
    "attributes": "a" + ".b" * TIMES,
    "attributes on lines": "(a" + "\n.b" * TIMES + ")",
    "calls": "a" + "()" * TIMES,
    "subscripts": "a" + "[b]" * TIMES,
    "sums": "a" + " + a" * TIMES,
    "choices": "a" + " if b else a" * TIMES,
    "either": "a" + " or a" * TIMES,
    "f-strings": "f'{" * TIMES + "a" + "}'" * TIMES,
    "branches": "if a: pass\n" + "elif a: pass\n" * TIMES,
    "patterns": "match a:\n case " + "[" * 40 + "]" * 40 + ": pass",
    "mapping patterns": "match a:\n case " + "{'b':" * 40 + "c" + "}" * 40 + ": pass",
}


@pytest.mark.parametrize("code", DEEP.values(), ids=DEEP)
def test_deep_nesting_after_newer_syntax_is_a_failure_and_no_crash(code: str) -> None:
    start = time.monotonic()
    with pytest.raises(UnreadableSourceError):
        extract("a.py", f"{NEWER}{code}\nx = f'{{a['b']}}'\n{WRONG}".encode())
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    "code",
    [
        "[" + "f(a.b, -c)['d'], " * 5000 + "]",
        "\n".join(["a = b.c(d)[e] + f"] * 5000),
        "(a" + "\n .filter(b=c)" * 100 + ")",
        "[" * 90 + "]" * 90,
        "match a:\n case {'b': [C(d=(e, f))]}: pass\n case _: x = [[[[[[[[[[[]]]]]]]]]]]",
        "x = '((((' # ((((\n" * 100,
        "x = '''" + "(" * 1000 + "'''",
        "case[0][1](2)",
    ],
)
def test_what_people_write_is_not_too_deep(code: str) -> None:
    assert not is_too_deep(code.encode())
