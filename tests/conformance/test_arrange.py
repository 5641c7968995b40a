"""Calls may come in any order that a scenario lets them have, and in no other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conformance.arrange import arranged, flat, said_once


@pytest.mark.parametrize(
    ("labels", "pattern", "order"),
    [
        ("ab", ["a", "b"], [0, 1]),
        ("ba", ["a", "b"], None),
        ("a", ["a", "b"], None),
        ("abc", ["a", "b"], None),
        ("acbd", ["a", ["b", "c"], "d"], [0, 2, 1, 3]),
        ("bacd", ["a", ["b", "c"], "d"], None),
        ("acbd", [[["a", "b"], ["c", "d"]]], [0, 2, 1, 3]),
        ("adcb", [[["a", "b"], ["c", "d"]]], None),
        ("aab", [[["a", "b"], "a"]], [0, 2, 1]),
        ("", [], []),
    ],
)
def test_the_order_of_calls(labels: str, pattern: list[Any], order: list[int] | None):
    assert arranged(list(labels), pattern) == order


def test_an_object_stands_for_the_call_that_it_names():
    assert arranged(["x GET /"], [{"call": "x GET /", "query": {"a": 1}}]) == [0]


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=3), min_size=1, max_size=3), st.randoms())
def test_any_mixture_of_chains_is_brought_into_one_order(chains: list[list[str]], random: Any):
    rest = [list(chain) for chain in chains]
    mixed: list[str] = []
    while any(rest):
        mixed.append(random.choice([chain for chain in rest if chain]).pop(0))
    order = arranged(mixed, [chains])
    assert order is not None
    assert sorted(order) == list(range(len(mixed)))
    assert [mixed[number] for number in order] == flat([chains])


def test_a_pattern_without_what_it_says_twice_keeps_its_shape() -> None:
    pattern = [["a", ["b", "c"]], "d", ["c", "a"], "e", "d"]
    assert said_once(pattern) == [[["a"], ["b", "c"]], "d", "e"]
    assert arranged(["b", "a", "c", "d", "e"], said_once(pattern)) == [1, 0, 2, 3, 4]
