"""A mapped object that is read again and changed is written again; one that is changed twice is written once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from discover.model import Graph

CODE = """
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

    class Base(DeclarativeBase): ...

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)
        status: Mapped[str] = mapped_column()
        risk: Mapped[int] = mapped_column()

    def judge(session: Session, other: Session, number: int, score: int):
        if score > 50:
            order = session.get(Order, number)
            order.risk = score
            order.status = "held"
        else:
            order = other.get(Order, number)
            order.status = "ready"
"""


def test_each_object_that_changes_is_an_update(scan_source: Callable[[Mapping[str, str | bytes]], Graph]) -> None:
    graph = scan_source({"shop.py": CODE})
    assert [effect.line for effect in graph.effects if effect.detail == "UPDATE"] == [15, 19]
