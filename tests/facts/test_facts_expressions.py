from __future__ import annotations

import pytest

from discover.facts.records import (
    Attribute,
    Await,
    Binary,
    Call,
    Choice,
    Comprehension,
    Constant,
    Evaluate,
    Expr,
    For,
    FString,
    Function,
    Keyword,
    Lambda,
    Mapping,
    Name,
    Named,
    Opaque,
    Parameter,
    Return,
    Sequence,
    Starred,
    Subscript,
    Yield,
)

A, B, C, X = Name("a"), Name("b"), Name("c"), Name("x")


def call(number: int, function: Expr, *arguments: Expr) -> Call:
    return Call(number, 1, 1, function, list(arguments), [])


TABLE: list[tuple[str, Expr]] = [
    ("a", A),
    ("a.b", Attribute(A, "b", 1)),
    ("a.b.c", Attribute(Attribute(A, "b", 1), "c", 1)),
    ("a()", call(0, A)),
    ("a(b, *c, x=b, **c)", Call(0, 1, 1, A, [B, Starred(C)], [Keyword("x", B), Keyword(None, C)])),
    ("a(b(), c())", call(0, A, call(1, B), call(2, C))),
    ("a().b()", call(1, Attribute(call(0, A), "b", 1))),
    ("1", Constant(1)),
    ("-1", Constant(-1)),
    ("-1.5", Constant(-1.5)),
    ("2.5", Constant(2.5)),
    ("True", Constant(True)),
    ("None", Constant(None)),
    ("...", Constant(None)),
    ("3j", Constant(None)),
    ("99999999999999999999999", Constant(None)),
    ("18446744073709551615", Constant(2**64 - 1)),
    ("b'\\xff'", Constant("ÿ")),
    ("a['b']", Subscript(A, Constant("b"))),
    ("a[b, c]", Subscript(A, Sequence("tuple", [B, C]))),
    ("a[b:c]", Subscript(A, Opaque([B, C, Constant(None)]))),
    ("a[:]", Subscript(A, Opaque([Constant(None)] * 3))),
    ("a[*b]", Subscript(A, Sequence("tuple", [Starred(B)]))),
    ("f'x{a}y{b()}'", FString([Constant("x"), A, Constant("y"), call(0, B)])),
    ("f'{a!s}'", FString([A])),
    ("f'{a!r}'", FString([Opaque([A])])),
    ("f'{a:>{b()}}'", FString([Opaque([A, call(0, B)])])),
    ("f'{a=}'", FString([Constant("a="), Opaque([A])])),
    ("'p' f'{a}' 'q'", FString([Constant("p"), A, Constant("q")])),
    ("a + b", Binary("+", A, B)),
    ("a + b - c", Binary("-", Binary("+", A, B), C)),
    ("a + b * c ** x", Binary("+", A, Binary("*", B, Binary("**", C, X)))),
    ("a - b - c - x", Binary("-", Binary("-", Binary("-", A, B), C), X)),
    ("a | b & c", Binary("|", A, Binary("&", B, C))),
    ("'%s' % a", Binary("%", Constant("%s"), A)),
    ("a or b or c", Choice([A, B, C], [], "or")),
    ("a and b", Choice([A, B], [], "and")),
    ("a if x else b", Choice([A, B], [X])),
    ("a() if b() else c()", Choice([call(0, A), call(2, C)], [call(1, B)])),
    ("[a, *b]", Sequence("list", [A, Starred(B)])),
    ("(a, b)", Sequence("tuple", [A, B])),
    ("()", Sequence("tuple", [])),
    ("{a, b}", Sequence("set", [A, B])),
    ("{'k': a, **b}", Mapping([Constant("k"), None], [A, B], [1, 1])),
    ("[a for x in b if c]", Comprehension("list", A, None, [For(X, B, [C], False)])),
    ("{a for x in b}", Comprehension("set", A, None, [For(X, B, [], False)])),
    ("{a: b for x in c}", Comprehension("dict", B, A, [For(X, C, [], False)])),
    ("(a async for x in b)", Comprehension("generator", A, None, [For(X, B, [], True)])),
    ("(x := a)", Named("x", A)),
    ("a < b() <= c", Opaque([A, call(0, B), C], "<, <=")),
    ("not a", Opaque([A], "not")),
    ("a >= b", Opaque([A, B], ">=")),
    ("a is not b", Opaque([A, B], "is not")),
    ("-a", Opaque([A], "-")),
    (
        "lambda a, b=c: x",
        Lambda(
            Function(
                "<lambda>",
                "<lambda>",
                1,
                1,
                1,
                [Parameter("a", "normal", None, None), Parameter("b", "normal", None, C)],
                [],
                None,
                [Return(1, X, "x")],
                False,
                False,
                "",
                [],
            )
        ),
    ),
]


@pytest.mark.parametrize(("code", "expected"), TABLE, ids=[code for code, _ in TABLE])
def test_an_expression_becomes_this_record(expression, code: str, expected: Expr) -> None:
    assert expression(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("await a", Await(A)),
        ("yield", Yield(None, False)),
        ("yield a", Yield(A, False)),
        ("yield from a", Yield(A, True)),
    ],
)
def test_an_expression_of_a_function_becomes_this_record(statement, code: str, expected: Expr) -> None:
    function = statement(f"async def f():\n  {code}" if code.startswith("await") else f"def f():\n  {code}")
    assert function.body == [Evaluate(2, expected)]
    assert function.is_generator is code.startswith("yield")


def test_each_link_of_a_chain_has_the_line_of_its_own_name(expression) -> None:
    outer = expression("(a\n.b()\n.c(\n  1\n))")
    assert (outer.line, outer.end_line, outer.function.line) == (3, 5, 3)
    inner = outer.function.value
    assert (inner.line, inner.end_line, inner.function.line) == (2, 2, 2)


def test_a_mapping_knows_the_line_of_each_key(expression) -> None:
    assert expression("{\n'a': 1,\n\n'b': 2,\n**c}").lines == [2, 4, 5]


def test_calls_are_numbered_from_zero_without_gaps(facts) -> None:
    assert facts("a(b(), c()).d()\ne()\n").calls == 5


def test_a_yield_in_a_lambda_makes_no_generator_of_the_function_around_it(statement) -> None:
    function = statement("def f():\n  return lambda: (yield)")
    assert not function.is_generator
    assert function.body[0].value.function.is_generator


def test_a_long_string_is_cut(statement) -> None:
    value = statement(f"x = '{'y' * 30_000}'").value.value
    assert len(value) == 20_000
    assert value.endswith("…")


def test_half_a_surrogate_pair_is_written_as_its_escape(statement) -> None:
    assert statement("x = '\\ud800'").value == Constant("\\ud800")


@pytest.mark.parametrize("operator", ["+", "|"])
def test_a_chain_of_many_operands_stays_shallow_and_keeps_each_call(facts, operator: str) -> None:
    module = facts("x = " + f" {operator} ".join(f"f{number}()" for number in range(900)))
    assert module.calls == 900
    assert _depth(module.body[0].value) < 40
    assert _names(module.body[0].value) == [f"f{number}" for number in range(900)]


def test_a_long_chain_of_mixed_operators_keeps_its_operands(statement) -> None:
    value = statement("x = " + " - ".join(f"f{number}" for number in range(100))).value
    assert value == Opaque([Name(f"f{number}") for number in range(100)])


def _depth(value: Expr) -> int:
    return 1 + max(_depth(value.left), _depth(value.right)) if isinstance(value, Binary) else 1


def _names(value: Expr) -> list[str]:
    if isinstance(value, Binary):
        return _names(value.left) + _names(value.right)
    assert isinstance(value, Call)
    assert isinstance(value.function, Name)
    return [value.function.id]
