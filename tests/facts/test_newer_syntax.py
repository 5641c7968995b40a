from __future__ import annotations

import ast
import re
import sysconfig
import warnings
from pathlib import Path
from typing import Any, cast

import pytest

from discover.facts.extract import facts_of
from discover.facts.newer_syntax import rewritten
from discover.facts.records import Call, Constant, Expr, FString, ModuleFacts, Name, Opaque


def facts_by_rewriting(code: str) -> Any:
    found = rewritten(code)
    assert found is not None
    assert found.text.count("\n") == code.count("\n")
    return facts_of(found.restored(ast.parse(found.text)), code.encode())


def facts_by_ast(code: str) -> Any:
    return facts_of(ast.parse(code), code.encode())


SAME: list[tuple[str, str]] = [
    ("try: a()\nexcept A, B.c: b()\n", "try: a()\nexcept (A, B.c): b()\n"),
    ("try: a()\nexcept A, B : f'{c['d']()}'\ne()\n", "try: a()\nexcept (A, B): f'{c[\"d\"]()}'\ne()\n"),
    ("try: a()\nexcept* A, B: b()\n", "try: a()\nexcept* (A, B): b()\n"),
    ("try: a()\nexcept A[b, c](d,): b()\n", "try: a()\nexcept A[b, c](d,): b()\n"),
    ("try: a()\nexcept (A, B) as e: b()\n", "try: a()\nexcept (A, B) as e: b()\n"),
    ("class A[T: (int, str) = int, *Ts, **P](B): pass\n", "class A(Generic[T, Ts, P], B): pass\n"),
    ("class A[\n  T, # ]\n]:\n  pass\n", "class A(Generic[T]):\n\n\n  pass\n"),
    ("class A[T] \\\n (): pass\n", "class A \\\n (Generic[T]): pass\n"),
    (
        "class A[T](metaclass=M):\n  def f[U](self, x: U) -> T: pass\n",
        "class A(Generic[T], metaclass=M):\n  def f(self, x: U) -> T: pass\n",
    ),
    ("async def f[T = list[a]](x: T) -> T: pass\n", "async def f(x: T) -> T: pass\n"),
    ("@a\ndef f[\n  T\n](x):\n  b()\n", "@a\ndef f(\n\n x):\n  b()\n"),
    ("type X = a()\n", "X = a()\n"),
    ("if a:\n  type X[T] = list[T]; b()\n", "if a:\n  X = list[T]; b()\n"),
    ("if a: type X \\\n = b\n", "if a: X \\\n = b\n"),
    (
        "type = a\ntype(b)\nx: type = c\ntype[a]\nprint(type)\n",
        "type = a\ntype(b)\nx: type = c\ntype[a]\nprint(type)\n",
    ),
    ("x = f'{a['b']}'\n", "x = f'{a[\"b\"]}'\n"),
    ("x = f'{f'{f'{f'{a()}'}'}'}'\n", "x = f'''{f\"\"\"{f'{f\"{a()}\"}'}\"\"\"}'''\n"),
    ("x = f'a {b!r:>{c}} {{d}} {e = }' 'f'\n", "x = f'a {b!r:>{c}} {{d}} {e = }' 'f'\n"),
    ("x = f'{a:%H:%M}{ {1: 2}[1] }{(lambda b: b)}'\n", "x = f'{a:%H:%M}{ {1: 2}[1] }{(lambda b: b)}'\n"),
    ("x = f'{a != b}{c == d}{e <= f=}{(g := h)}{i:=j}'\n", "x = f'{a != b}{c == d}{e <= f=}{(g := h)}{i:=j}'\n"),
    ("x = f'{*a, *b}{yield_, c}'\n", "x = f'{*a, *b}{yield_, c}'\n"),
    ("x = f'' f\"\"\n", "x = f'' f\"\"\n"),
    ("x = 'a' rf'\\d{b}\\\\' \"c\"\n", "x = 'a' rf'\\d{b}\\\\' \"c\"\n"),
    ("x = f'\\N{BULLET}\\x41\\{a}'\n", "x = f'\\N{BULLET}\\x41\\{a}'\n"),
    ('x = f"""say "{a}" or ""{b}\\""""\n', 'x = f"""say "{a}" or ""{b}\\""""\n'),
    ('"a"\nf"b{c()}"\n', '"a"\nf"b{c()}"\n'),
    ("x = a if b else'c' f'{d}'\n", "x = a if b else 'c' f'{d}'\n"),
    ("# type X = '\nx = '#' # f'{\n", "# type X = '\nx = '#' # f'{\n"),
    ("ä = f'ö{ü()}'; ß()\n", "ä = f'ö{ü()}'; ß()\n"),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("newer", "older"), SAME, ids=[newer for newer, _ in SAME])
def test_newer_syntax_has_the_facts_of_the_same_in_older_syntax(newer: str, older: str) -> None:
    found, expected = facts_by_rewriting(newer), facts_by_ast(older)
    # Text is cut from the source as it is written.
    assert _without_texts(found) == _without_texts(expected)


def _without_texts(facts: ModuleFacts) -> str:
    return re.sub(r"text=('[^']*'|\"[^\"]*\")", "", repr(facts))


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("t'a {b} c'", [Constant("a "), Name("b"), Constant(" c")]),
        ("t'{a!r:>{b}}'", [Opaque([Name("a"), Name("b")])]),
        ("rT'''\\{a}'''", [Constant("\\"), Name("a")]),
        ("f'{'\\n'}{a # }\n}'", [Constant("\n"), Name("a")]),
        ("f'{\na\n}' f'{b}'", [Name("a"), Name("b")]),
        ("f'{'''\n'''}{a}'", [Constant("\n"), Name("a")]),
    ],
)
def test_parts_of_newer_strings_survive(value: str, parts: list[Expr]) -> None:
    assert facts_by_rewriting(f"x = {value}\n").body[0].value == FString(parts)


def test_calls_in_a_string_over_several_lines_keep_their_lines() -> None:
    code = 'x = f"""a\n{b()}\n c {d(\n f"{e()}")!r\n:>{f()}}\n"""; g()\n'
    lines = {}
    _collect(facts_by_rewriting(code), lines)
    assert lines == {"b": 2, "d": 3, "e": 4, "f": 5, "g": 6}


def _collect(value: object, lines: dict[str, int]) -> None:
    if isinstance(value, list):
        for item in cast("list[object]", value):
            _collect(item, lines)
    for field in getattr(value, "__struct_fields__", ()):
        _collect(getattr(value, field), lines)
    if isinstance(value, Call) and isinstance(value.function, Name):
        lines[value.function.id] = value.line


def test_conditions_show_the_original_source() -> None:
    code = "if f'{a['b']}' == \"ü\" and x: pass\ntry: pass\nexcept A, B: pass\n"
    found = facts_by_rewriting(code)
    assert found.body[0].text == "f'{a['b']}' == \"ü\" and x"
    assert found.body[1].handlers[0].text == "A, B"


@pytest.mark.parametrize(
    "code",
    [
        "x = f'{a'\n",
        "x = f'{}'\n",
        "x = 'a\n",
        "x = (\n",
        "x = f'}'\n",
        "x = f'" + "{f'" * 200,
        "x = )",
        "def f[",
        "except",
    ],
)
def test_what_no_python_reads_is_left_to_the_parser(code: str) -> None:
    found = rewritten(code)
    if found is not None:
        with pytest.raises(SyntaxError):
            ast.parse(found.text)


def _library_files() -> list[Path]:
    """A part of the standard library: that of f-strings and type parameters with it."""
    root = Path(sysconfig.get_paths()["stdlib"])
    files = sorted(path for path in root.rglob("*.py") if "site-packages" not in path.parts)
    named = [path for path in files if path.name in {"test_fstring.py", "test_type_params.py"}]
    return [*files[::20], *named]


def test_rewriting_changes_no_fact_of_the_standard_library() -> None:
    differing: list[str] = []
    seen = refused = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in _library_files():
            try:
                code = path.read_bytes().decode()
                expected = facts_by_ast(code)
            except (SyntaxError, ValueError):
                continue
            if "\r" in code or len(code) > 200_000:
                continue
            seen += 1
            if rewritten(code) is None:
                refused += 1  # Python's own grammar tests go further than libcst
            elif facts_by_rewriting(code) != expected:
                differing.append(str(path))
    assert seen > 50
    assert refused <= seen // 50
    assert not differing
