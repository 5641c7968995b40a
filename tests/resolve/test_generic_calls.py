"""A generic function gives each caller what that caller gave it."""

from __future__ import annotations

import pytest

from tests.resolve.conftest import Resolved, edges

NAMES = ("Order", "Invoice", "Refund", "Coupon", "Parcel")
MODELS = "".join(f"class {name}:\n    def pay(self): ...\n" for name in NAMES)
"""So many that the method's name alone says nothing."""
HEAD = "from typing import Callable, Iterable, Iterator, TypeVar\nfrom shop import Invoice, Order\nT = TypeVar('T')\n"
TRACK = "def track(rows: Iterable[T]) -> Iterator[T]:\n    yield from rows\n"


def paid(resolved: Resolved, helper: str, use: str) -> list[str]:
    """Whose `pay` a function calls that uses the helper on orders, where another one uses it on invoices."""
    work = f"{HEAD}{helper}\ndef orders():\n{use}\ndef invoices():\n{use.replace('Order', 'Invoice')}\n"
    program = resolved({"shop.py": MODELS, "work.py": work})
    return sorted(name for name in edges(program, "work.py::orders") if name.endswith("pay"))


@pytest.mark.parametrize(
    ("helper", "use"),
    [
        (TRACK, "    for row in track([Order()]):\n        row.pay()"),
        ("def first(rows: list[T]) -> T:\n    return rows[0]", "    first([Order()]).pay()"),
        ("def make(kind: type[T]) -> T:\n    return kind()", "    make(Order).pay()"),
        ("def second(count, row: T, other=None) -> T:\n    return row", "    second(1, row=Order()).pay()"),
    ],
)
def test_the_type_variables_are_bound_by_each_call(resolved: Resolved, helper: str, use: str) -> None:
    assert paid(resolved, helper, use) == ["shop.py::Order.pay"]


def test_an_object_of_an_unknown_library_is_none_of_what_the_others_give(resolved: Resolved) -> None:
    work = f"""
import unknown
{HEAD}{TRACK}
def orders():
    for row in track([Order()]):
        row.pay()
def entries():
    for row in track(unknown.Entry.all()):
        row.pay()
"""
    program = resolved({"shop.py": MODELS, "work.py": work})
    assert "shop.py::Order.pay" in edges(program, "work.py::orders")
    assert "shop.py::Order.pay" not in edges(program, "work.py::entries")


def test_a_function_that_is_given_may_come_back_wrapped(resolved: Resolved) -> None:
    work = f"""
{HEAD}
def wrap(f: Callable[..., T]) -> Callable[..., T]:
    def inner(*args):
        return f(*args)
    return inner
def pay(): ...
def orders():
    wrap(pay)()
"""
    assert "work.py::wrap.<locals>.inner" in edges(resolved({"shop.py": MODELS, "work.py": work}), "work.py::orders")


@pytest.mark.parametrize("kind", ["Callable", "typing.Callable"])
def test_a_decorator_with_types_wraps_what_gives_a_librarys_object_too(resolved: Resolved, kind: str) -> None:
    work = f"""
import typing
import unknown
{HEAD}P = typing.ParamSpec("P")
def timed(f: {kind}[P, T]) -> {kind}[P, T]:
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        return f(*args, **kwargs)
    return wrapper
@timed
def answered():
    return unknown.ask()["id"]
@timed
def nothing(): ...
"""
    program = resolved({"shop.py": MODELS, "work.py": work})
    wrappers = {name: program.functions[f"work.py::{name}"].wrappers for name in ("answered", "nothing")}
    assert {name: [one.record.name for one in found] for name, found in wrappers.items()} == {
        "answered": ["wrapper"],
        "nothing": ["wrapper"],
    }
