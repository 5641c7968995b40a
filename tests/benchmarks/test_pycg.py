"""The resolver's calls in PyCG's names, and the score over them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.pycg import Case, read_case, table_of

PROGRAMS = {
    "an inner function": ("def f():\n    def g(): ...\n    g()", {("main.f", "main.f.g")}),
    "the module's body": ("def f(): ...\nf()", {("main", "main.f")}),
    "lambdas by number": (
        "def f(g): g()\nf(lambda: 1)\nf(lambda: 2)",
        {("main", "main.f"), ("main.f", "main.<lambda1>"), ("main.f", "main.<lambda2>")},
    ),
    "builtins": ("len('a'.upper())", {("main", "<builtin>.len"), ("main", "<**PyStr**>.upper")}),
    "an unknown library": (
        "import lib\nclass A(lib.Base): ...\nlib.make().go()\nA()",
        {("main", "lib.make"), ("main", "lib.make.go"), ("main", "lib.Base.__init__")},
    ),
    "a constructor before that of an unknown base": (
        "import lib\nclass A(lib.Base):\n    def __init__(self): ...\nA()",
        {("main", "main.A.__init__")},
    ),
    "a decorator and the wrapper that it makes": (
        "def d(f):\n    def w():\n        f()\n    return w\n@d\ndef g(): ...\ng()",
        {("main", "main.d"), ("main", "main.d.w"), ("main.d.w", "main.g")},
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_calls_are_named_as_pycg_names_them(name: str, tmp_path: Path) -> None:
    code, expected = PROGRAMS[name]
    folder = tmp_path / "tests" / "case"
    folder.mkdir(parents=True)
    (folder / "main.py").write_text(code)
    (folder / "callgraph.json").write_text(json.dumps({"main": []}))
    case = read_case(folder, tmp_path)
    assert (case.got, case.category) == (expected, "tests")


def test_the_table_counts_programs_that_are_exact_and_edges() -> None:
    a, b, c = ("m", "a"), ("m", "b"), ("m", "c")
    table = table_of([Case("x/one", {a, b}, {a, b}), Case("x/two", {a, b}, {a, c}), Case("y/one", {a}, {a})])
    assert table.splitlines()[2:] == [
        "| x | 1/2 | 0.750 | 0.750 of 4 |",
        "| y | 1/1 | 1.000 | 1.000 of 1 |",
        "| all | 2/3 | 0.800 | 0.800 of 5 |",
    ]


def test_what_differs_is_listed() -> None:
    assert Case("x/one", {("m", "a")}, {("m", "b")}).differences == ["- m -> a", "+ m -> b"]
