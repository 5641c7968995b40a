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


CROWD = 20
SLOWLY = """
    from shop import plugins

    chosen = plugins.Plugin0
    first = second = third = fourth = None

    def use():
        first, second, third
        chosen().go()

    def know_last():
        global chosen
        chosen = fourth

    def know_fourth():
        global fourth
        fourth = third

    def know_third():
        global third
        third = second

    def know_second():
        global second
        second = first

    def know_first():
        global first
        first = plugins.of()
"""


def test_a_function_that_has_been_evaluated_often_still_hears_of_a_crowd(resolved: Resolved) -> None:
    names = [f"Plugin{number}" for number in range(CROWD)]
    plugins = "".join(f"class {name}:\n    def go(self):\n        pass\n\n" for name in names)
    plugins += f"def of():\n    for one in [{', '.join(names)}]:\n        return one\n"
    program = resolved({"shop/__init__.py": "", "shop/plugins.py": plugins, "shop/slowly.py": SLOWLY})
    assert edges(program, "shop/slowly.py::use") == {f"shop/plugins.py::{name}.go" for name in names}
