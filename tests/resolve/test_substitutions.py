"""What a method that gives back its own class gives on an object of a class below."""

from __future__ import annotations

from discover.resolve.substitutions import Substitutions
from tests.resolve.conftest import Resolved

CODE = """
    class Row: ...
    class Order(Row): ...
    class Parcel(Row): ...
"""


def test_a_class_beside_is_not_given_any_more_when_it_is_known_to_stand_below_the_owner(resolved: Resolved) -> None:
    program = resolved({"m.py": CODE})
    row, order, parcel = (program.classes[f"m.py::{name}"] for name in ("Row", "Order", "Parcel"))
    intern, substitutions = program.engine.intern, Substitutions()
    values = (intern.instance(row), intern.instance(parcel))
    row.subclasses.remove(parcel)
    assert substitutions.given(program.engine, values, row, order) == (intern.instance(order), intern.instance(parcel))
    row.subclasses.append(parcel)
    assert substitutions.given(program.engine, values, row, order) == (intern.instance(order),)
