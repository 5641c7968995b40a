"""Walks over statements, and expressions written back as source text."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.facts.records import Assign, Constant, Expr, ModuleFacts
from discover.facts.source_text import text_of
from discover.facts.walking import blocks, statements

CODE = """
if a:
    one = 1
else:
    two = 2
for b in c:
    three = 3
while d:
    four = 4
with e:
    five = 5
try:
    six = 6
except Exception:
    seven = 7
else:
    eight = 8
finally:
    nine = 9
match f:
    case 1:
        ten = 10
def inner():
    eleven = 11
"""


def test_every_block_is_walked_in_the_order_of_the_source_and_no_inner_definition(facts: Callable[[str], ModuleFacts]):
    body = facts(CODE).body
    assigned = [
        statement.value.value
        for statement in statements(body)
        if isinstance(statement, Assign) and isinstance(statement.value, Constant)
    ]
    assert assigned == list(range(1, 11))
    assert [len(list(blocks(statement))) for statement in body] == [2, 2, 2, 1, 4, 1, 0]


WRITTEN = """f(a, *b, c=1, **d)
(1,)
(1, 2)
[x for x in y]
{'a': 1, **b}
f"{a}b"
a if b else c
a[1]
a[1:]
a[:n]
a[1:n:2]
len(a) != 0
a < b <= c
(a == b) == c
a is not None
not a
not (a or b)
a and (b or c)
a and b or c
-a
a - (b - c)
(a + b) * c
(a | b) & c
"""


@pytest.mark.parametrize("code", WRITTEN.splitlines())
def test_an_expression_is_written_as_it_stands(code: str, expression: Callable[[str], Expr]):
    assert text_of(expression(code)) == code
