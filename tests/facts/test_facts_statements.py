from __future__ import annotations

from typing import Any

import pytest

from discover.facts.records import (
    Assign,
    Attribute,
    Call,
    Case,
    Check,
    Choice,
    Class,
    Constant,
    Delete,
    Evaluate,
    ForLoop,
    Function,
    Handler,
    If,
    Import,
    ImportedName,
    Jump,
    Keyword,
    Match,
    Name,
    Parameter,
    Raise,
    Return,
    Sequence,
    Starred,
    Stmt,
    Subscript,
    Try,
    While,
    With,
    WithItem,
)

A, B, C, X, Y = Name("a"), Name("b"), Name("c"), Name("x"), Name("y")


def run(line: int, name: str, number: int = 0) -> Evaluate:
    return Evaluate(line, Call(number, line, line, Name(name), [], []))


def same(*names: str) -> list[ImportedName]:
    return [ImportedName(name, "") for name in names]


TABLE: list[tuple[str, Stmt]] = [
    ("a", Evaluate(1, A)),
    ("x = a", Assign(1, 1, [X], A, None, "")),
    ("x = y = a", Assign(1, 1, [X, Y], A, None, "")),
    ("x, *y = a", Assign(1, 1, [Sequence("tuple", [X, Starred(Y)])], A, None, "")),
    ("x.b, y[c] = a", Assign(1, 1, [Sequence("tuple", [Attribute(X, "b", 1), Subscript(Y, C)])], A, None, "")),
    ("x: a", Assign(1, 1, [X], None, A, "")),
    ("x: a = (\nb)", Assign(1, 2, [X], B, A, "")),
    ("x += a", Assign(1, 1, [X], A, None, "+")),
    ("x //= a", Assign(1, 1, [X], A, None, "//")),
    ("raise", Raise(1, None, None, "")),
    ("raise a", Raise(1, A, None, "a")),
    ("raise a from b", Raise(1, A, B, "a")),
    ("if a: b()", If(1, 1, A, "a", [run(1, "b")], [])),
    ("if a:\n  b()\nelse:\n  c()", If(1, 4, A, "a", [run(2, "b")], [run(4, "c", 1)])),
    (
        "if a:\n  a()\nelif b:\n  b()\nelse:\n  c()",
        If(1, 6, A, "a", [run(2, "a")], [If(3, 6, B, "b", [run(4, "b", 1)], [run(6, "c", 2)])]),
    ),
    ("if a  and\\\n  b: pass", If(1, 2, Choice([A, B], [], "and"), "a and b", [Jump(2, "pass")], [])),
    ("for x in a:\n  b()", ForLoop(1, 2, X, A, "x in a", [run(2, "b")], [], False)),
    (
        "for (x) in (\n a): continue\nelse: b()",
        ForLoop(1, 3, X, A, "x in a", [Jump(2, "continue")], [run(3, "b")], False),
    ),
    ("while a:\n  break\nelse:\n  b()", While(1, 4, A, "a", [Jump(2, "break")], [run(4, "b")])),
    (
        "try:\n  a()\nexcept (x, y) as c:\n  b()\nexcept:\n  raise\nelse:\n  pass\nfinally:\n  c()",
        Try(
            1,
            10,
            [run(2, "a")],
            [
                Handler(3, Sequence("tuple", [X, Y]), "(x, y)", "c", [run(4, "b", 1)]),
                Handler(5, None, "", None, [Raise(6, None, None, "")]),
            ],
            [Jump(8, "pass")],
            [run(10, "c", 2)],
        ),
    ),
    ("try: a()\nexcept* x: pass", Try(1, 2, [run(1, "a")], [Handler(2, X, "x", None, [Jump(2, "pass")])], [], [])),
    (
        "with a as x, b.c: pass",
        With(1, 1, [WithItem(A, X, "a"), WithItem(Attribute(B, "c", 1), None, "b.c")], [Jump(1, "pass")], False),
    ),
    ("import a.b", Import(1, None, 0, same("a.b"))),
    ("import a as b, c", Import(1, None, 0, [ImportedName("a", "b"), ImportedName("c", "")])),
    ("from a.b import c as x, y", Import(1, "a.b", 0, [ImportedName("c", "x"), ImportedName("y", "")])),
    ("from ..a import *", Import(1, "a", 2, same("*"))),
    ("from . import a", Import(1, "", 1, same("a"))),
    ("assert a, b", Check(1, A, "a")),
    ("del a, b.c", Delete(1, [A, Attribute(B, "c", 1)])),
    ("pass", Jump(1, "pass")),
    (
        """match a:
  case x.b | 'k' | None: pass
  case {'t': c(1, y=2) as z, **rest} if b: pass
  case [*_, x]: pass""",
        Match(
            1,
            4,
            A,
            "a",
            [
                Case(
                    2,
                    "x.b | 'k' | None",
                    [Attribute(X, "b", 2), Constant("k"), Constant(None)],
                    [],
                    None,
                    [Jump(2, "pass")],
                ),
                Case(
                    3,
                    "{'t': c(1, y=2) as z, **rest} if b",
                    [C, Constant(1), Constant(2)],
                    ["z", "rest"],
                    B,
                    [Jump(3, "pass")],
                ),
                Case(4, "[*_, x]", [], ["x"], None, [Jump(4, "pass")]),
            ],
        ),
    ),
]


@pytest.mark.parametrize(("code", "expected"), TABLE, ids=[code for code, _ in TABLE])
def test_a_statement_becomes_this_record(statement, code: str, expected: Stmt) -> None:
    assert statement(code) == expected


def test_a_function_keeps_its_whole_signature(statement) -> None:
    found = statement(
        """\
        @route("/")
        @b
        async def f(a, /, b: "int" = 1, *args: x, c, y: "x.y" = 2, **rest: "list[x]") -> "Optional[x]":
            '''First
            paragraph.

            Second.'''
            global g, h
            return a
        """
    )
    assert found == Function(
        "f",
        "f",
        1,
        3,
        9,
        [
            Parameter("a", "positional", None, None),
            Parameter("b", "normal", Name("int"), Constant(1)),
            Parameter("args", "varargs", X, None),
            Parameter("c", "keyword", None, None),
            Parameter("y", "keyword", Attribute(X, "y", 3), Constant(2)),
            Parameter("rest", "kwargs", Subscript(Name("list"), X), None),
        ],
        [Call(0, 1, 1, Name("route"), [Constant("/")], []), B],
        Subscript(Name("Optional"), X),
        [Return(9, A, "a")],
        True,
        False,
        "First paragraph.",
        ["g", "h"],
    )


def test_a_class_keeps_bases_keywords_and_attributes(statement) -> None:
    found = statement("@a\nclass K(b.c, metaclass=x):\n  'Doc.'\n  y = 1\n  def m(self): 'Only a docstring.'\n")
    assert isinstance(found, Class)
    method: Any = found.body.pop()
    assert found == Class(
        "K",
        "K",
        1,
        2,
        5,
        [Attribute(B, "c", 2)],
        [Keyword("metaclass", X)],
        [A],
        [Assign(4, 4, [Y], Constant(1), None, "")],
        "Doc.",
    )
    assert (method.qualname, method.doc, method.body) == ("K.m", "Only a docstring.", [])


def test_nested_definitions_are_named_as_python_names_them(facts) -> None:
    module = facts(
        "class A:\n  class B:\n    def m(self):\n      def n(): pass\n      class C: pass\n      lambda: 0\n"
    )
    method = module.body[0].body[0].body[0]
    inner, cls, evaluated = method.body
    assert method.qualname == "A.B.m"
    assert inner.qualname == "A.B.m.<locals>.n"
    assert cls.qualname == "A.B.m.<locals>.C"
    assert evaluated.value.function.qualname == "A.B.m.<locals>.<lambda>"


def test_pass_and_bare_strings_are_left_out_beside_other_statements(statement) -> None:
    assert statement("def f():\n  pass\n  'text'\n  a()\n").body == [run(4, "a")]


def test_the_module_has_its_doc_lines_and_path(facts) -> None:
    module = facts('"""Module\n  doc.\n\nMore."""\nfrom __future__ import annotations\n\nx: "a"\n')
    assert (module.doc, module.lines, module.path, module.calls) == ("Module doc.", 7, "module.py", 0)
    assert module.body[1] == Assign(7, 7, [X], None, A, "")


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("'a'", A),
        ("'a.b'", Attribute(A, "b", 1)),
        ("list['a']", Subscript(Name("list"), A)),
        ("dict['a', 'b']", Subscript(Name("dict"), Sequence("tuple", [A, B]))),
        ("Callable[['a'], 'b']", Subscript(Name("Callable"), Sequence("tuple", [Sequence("list", [A]), B]))),
        ("Literal['a']", Subscript(Name("Literal"), Constant("a"))),
        ("Annotated['a', 'b']", Subscript(Name("Annotated"), Sequence("tuple", [A, Constant("b")]))),
        (
            "Annotated[a, b('c')]",
            Subscript(Name("Annotated"), Sequence("tuple", [A, Call(0, 1, 1, B, [Constant("c")], [])])),
        ),
        ("'list[\"a\"]'", Subscript(Name("list"), A)),
        ("'not a type!'", Constant("not a type!")),
        ("''", Constant("")),
        ("None", Constant(None)),
    ],
)
def test_strings_in_annotations_are_parsed_where_they_stand_for_types(statement, annotation: str, expected) -> None:
    assert statement(f"x: {annotation}").annotation == expected


def test_a_string_that_is_no_annotation_is_never_parsed(statement) -> None:
    assert statement("x: a = 'b'").value == Constant("b")


def test_a_forward_reference_has_the_line_on_which_it_stands(statement) -> None:
    assert statement("x: (\n\n 'list[a.b]')").annotation == Subscript(Name("list"), Attribute(A, "b", 3))


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ("a  ==   'ü  b'", "a == 'ü b'"),
        ("ä.ö and ü", "ä.ö and ü"),
        ("(a and # why '\n  b # \"and\n  == '#')", "a and b == '#'"),
        ("'''x\n#y''' == a", "'''x #y''' == a"),
        ("a" * 200, "a" * 159 + "…"),
        ("(\n" + "a and\n" * 400 + "b)", ("a and " * 27)[:159] + "…"),
    ],
)
def test_the_text_of_a_condition_is_one_short_line(statement, condition: str, text: str) -> None:
    assert statement(f"if {condition}: pass").text == text


def test_a_long_elif_chain_stays_shallow_and_in_order(facts) -> None:
    branches = "".join(f"elif a{number}:\n  b{number}()\n" for number in range(500))
    module = facts(f"if a:\n  b()\n{branches}else:\n  c()\n")
    assert module.calls == 502
    assert _nesting(module.body[0]) < 60
    assert _called(module.body) == ["b", *[f"b{number}" for number in range(500)], "c"]


def _nesting(statement: Stmt) -> int:
    if not isinstance(statement, If):
        return 0
    return 1 + max((_nesting(inner) for inner in [*statement.body, *statement.otherwise]), default=0)


def _called(body: list[Any]) -> list[str]:
    names: list[str] = []
    for statement in body:
        if isinstance(statement, If):
            names += _called(statement.body) + _called(statement.otherwise)
        else:
            names.append(statement.value.function.id)
    return names
