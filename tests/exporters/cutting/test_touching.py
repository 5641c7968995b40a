"""What a function does with what the process holds is told whoever was looked into before."""

from __future__ import annotations

from itertools import permutations

from exporters.cutting.source import Code
from exporters.cutting.touching import Touching, functions_of

RING = """
MARKS, ROWS = {}, []

def one(n):
    MARKS["a"] = n
    two(n - 1)

def two(n):
    three(n)

def three(n):
    if n:
        one(n)
    four(n)

def four(n):
    ROWS.append(n)
    two(n)
    five(n)

def five(n):
    three(n)
"""


def asked_of(text: str, names: tuple[str, ...]) -> list[set[str]]:
    """What each of the functions changes, where they are asked for in this order."""
    code = Code({"shop.py": text}.get, [""])
    file = code.file("shop.py")
    assert file
    functions = {one.node.name: one for one in functions_of(file)}
    touching = Touching(code)
    return [{change.place for change in touching.of(functions[name]).changes} for name in names]


def test_functions_that_call_one_another_in_a_circle_each_do_what_all_do_in_any_order() -> None:
    for asked in permutations(["one", "two", "three", "four", "five"]):
        assert asked_of(RING, asked) == [{"shop.py::MARKS", "shop.py::ROWS"}] * 5, asked


def test_functions_that_each_call_many_others_are_looked_into_in_time() -> None:
    names = tuple(f"step{number}" for number in range(20))
    lines = ["MARKS = {}"]
    for number, name in enumerate(names):
        lines += [f"def {name}(n):", f"    MARKS[{number}] = n", *(f"    {other}(n)" for other in names)]
    assert asked_of("\n".join(lines), names) == [{"shop.py::MARKS"}] * 20


def test_a_function_far_below_another_one_is_looked_into_when_it_is_asked_for() -> None:
    lines = ["MARKS = {}", "def step0(n):", "    MARKS['a'] = n"]
    for number in range(1, 40):
        lines += [f"def step{number}(n):", f"    step{number - 1}(n)"]
    assert asked_of("\n".join(lines), ("step39", "step15"))[1] == {"shop.py::MARKS"}
