from __future__ import annotations

import textwrap

import pytest

from discover.facts.extract import extract
from discover.facts.records import Function
from discover.link.guards import Guards

CODE = """
def f(items):
    one()
    if a and b:
        two()
    elif c:
        three(
            x,
        )
    else:
        four()
    five()
    for item in items:
        if item:
            six()
        seven()
    while busy():
        eight()
    while True:
        nine()
    try:
        ten()
    except (KeyError, ValueError):
        eleven()
    else:
        twelve()
    finally:
        thirteen()
    with lock:
        if d: fourteen()
        fifteen()
    match kind:
        case "a" | "b":
            sixteen()
    seventeen()
"""


@pytest.mark.parametrize(
    ("called", "conditions", "loop"),
    [
        ("one", (), False),
        ("two", ("a and b",), False),
        ("three", ("not (a and b)", "c"), False),
        ("four", ("not (a and b)", "not (c)"), False),
        ("five", (), False),
        ("six", ("item",), True),
        ("seven", (), True),
        ("eight", ("busy()",), True),
        ("nine", (), True),
        ("ten", (), False),
        ("eleven", ("except (KeyError, ValueError)",), False),
        ("twelve", (), False),
        ("thirteen", (), False),
        ("fourteen", ("d",), False),
        ("fifteen", (), False),
        ("sixteen", ('kind is "a" | "b"',), False),
        ("seventeen", (), False),
    ],
)
def test_a_line_knows_what_guards_it(called, conditions, loop):
    source = textwrap.dedent(CODE)
    line = next(n for n, text in enumerate(source.splitlines(), 1) if f"{called}(" in text)
    function = extract("app.py", source.encode()).body[0]
    assert isinstance(function, Function)
    assert Guards(function.body).at(line) == (conditions, loop)
