"""A module's body is evaluated again only where something that was read has grown."""

from __future__ import annotations

from collections import Counter

import pytest

from discover.facts import records as ir
from discover.resolve import statements
from tests.resolve.conftest import Resolved, edges

GROWING = """
    from shop import kinds

    late = kinds.Early

    def extend():
        global late
        late = kinds.Later
"""
KINDS = """
    from shop.growing import late

    class Early:
        def go(self):
            pass

    class Later:
        def go(self):
            pass

    class Field:
        def __init__(self, **options):
            options["run"]()

    def work():
        pass

    class Form:
        field = Field(run=work)
        chosen = late

    class Other:
        pass

    def use():
        Form.chosen().go()
"""
FILES = {"shop/__init__.py": "", "shop/growing.py": GROWING, "shop/kinds.py": KINDS}


def test_a_statement_that_read_what_grew_is_evaluated_again(resolved: Resolved) -> None:
    program = resolved(FILES)
    assert {"shop/kinds.py::Early.go", "shop/kinds.py::Later.go"} <= edges(program, "shop/kinds.py::use")


def test_arguments_reach_a_function_that_was_evaluated_after_its_call(resolved: Resolved) -> None:
    program = resolved(FILES)
    assert edges(program, "shop/kinds.py::Field.__init__") == {"shop/kinds.py::work"}


def test_other_statements_of_the_module_are_not(resolved: Resolved, monkeypatch: pytest.MonkeyPatch) -> None:
    visited: Counter[str] = Counter()
    evaluate = statements.TABLE[ir.Class]

    def counting(engine: object, scope: object, statement: ir.Class) -> None:
        visited[statement.name] += 1
        evaluate(engine, scope, statement)

    monkeypatch.setitem(statements.TABLE, ir.Class, counting)
    resolved(FILES)
    assert visited["Form"] > 1
    assert visited["Other"] == visited["Early"] == 1
