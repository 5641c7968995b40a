"""Sources as facts, in one call."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from discover.facts.extract import extract
from discover.facts.records import Evaluate, Expr, ModuleFacts, Stmt


@pytest.fixture
def facts() -> Callable[[str], ModuleFacts]:
    """Facts of a source text."""
    return lambda code: extract("module.py", textwrap.dedent(code).encode())


@pytest.fixture
def statement(facts: Callable[[str], ModuleFacts]) -> Callable[[str], Stmt]:
    """The only statement of a source text."""

    def only(code: str) -> Stmt:
        (found,) = facts(code).body
        return found

    return only


@pytest.fixture
def expression(statement: Callable[[str], Stmt]) -> Callable[[str], Expr]:
    """The only expression of a source text."""

    def only(code: str) -> Expr:
        found = statement(code)
        assert isinstance(found, Evaluate)
        return found.value

    return only
