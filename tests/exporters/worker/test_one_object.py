"""A row that is one object in a step is one object in the next: under two names, and twice in a list."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from exporters.worker.classes import Classes
from exporters.worker.crossing import Crossing

BACKEND = """
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

engine = create_engine("sqlite:///{file}")
Session = sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)


def found():
    with Session() as session:
        return session.get(Order, 1)
"""


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "orders_of_one.py").write_text(BACKEND.replace("{file}", str(tmp_path / "db.sqlite")))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "orders_of_one", raising=False)
    module: Any = importlib.import_module("orders_of_one")
    module.Base.metadata.create_all(module.engine)
    with module.Session.begin() as session:
        session.add(module.Order(id=1))
    return module


def through(tmp_path: Path, values: dict[str, Any]) -> dict[str, Any]:
    """The values of one step, as the next one gets them."""
    of_backend = Crossing(Classes([tmp_path]))
    one, two = of_backend.of_step("one"), of_backend.of_step("two")
    told = json.dumps({name: one.encode(value, name) for name, value in values.items()})
    return {name: two.decode(value) for name, value in json.loads(told).items()}


def test_what_is_one_object_stays_one(backend: Any, tmp_path: Path) -> None:
    row = backend.found()
    found = through(tmp_path, {"row": row, "rows": [row, row]})
    assert found["row"] is found["rows"][0] is found["rows"][1]


def test_what_was_read_twice_stays_two(backend: Any, tmp_path: Path) -> None:
    found = through(tmp_path, {"row": backend.found(), "rows": [backend.found()]})
    assert found["row"] is not found["rows"][0]
    again = through(tmp_path, found)
    assert again["row"] is not again["rows"][0]


def test_a_row_keeps_its_name_from_step_to_step(backend: Any, tmp_path: Path) -> None:
    of_backend = Crossing(Classes([tmp_path]))
    first = of_backend.of_step("one").encode(backend.found(), "row")
    later = of_backend.of_step("two")
    assert later.encode(later.decode(first), "row") == first
    assert "object" not in of_backend.encode(backend.found(), "row")
