"""A job that asks a query for a status by a condition takes up what writes that status elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.model import Graph

CODE = """
    from apscheduler.schedulers.blocking import BlockingScheduler
    from flask import Flask
    from sqlalchemy import select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

    app = Flask(__name__)
    scheduler = BlockingScheduler()

    class Base(DeclarativeBase): ...

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)
        status: Mapped[str] = mapped_column()

    class Parcel(Base):
        __tablename__ = "parcels"
        id: Mapped[int] = mapped_column(primary_key=True)
        status: Mapped[str] = mapped_column()

    def orders(session: Session):
        return {query}

    def ship():
        for order in orders(Session()):
            print(order)

    scheduler.add_job(ship, "interval", minutes=5)

    @app.post("/orders/<int:number>")
    def accept(number):
        session = Session()
        order = session.get(Order, number)
        order.status = "ready"
        session.commit()
"""


@pytest.mark.parametrize(
    ("query", "is_polled"),
    [
        ('session.query(Order).filter(Order.id > 1, Order.status == "ready").all()', True),
        ('session.scalars(select(Order).where(Order.status == "ready"))', True),
        ('session.query(Order).filter(Order.status.in_(["held", "ready"])).all()', True),
        ('session.query(Order).filter(Order.status != "ready").all()', False),
        ('session.query(Order).filter(Order.status.notin_(["ready"])).all()', False),
        ('session.query(Order).filter(Order.status == "sent").all()', False),
        ('session.query(Parcel).filter(Parcel.status == "ready").all()', False),
    ],
)
def test_a_status_leads_to_the_job_whose_condition_it_is(
    query: str, is_polled: bool, scan_source: Callable[[Mapping[str, str | bytes]], Graph]
) -> None:
    graph = scan_source({"shop.py": CODE.format(query=query)})
    polls = [(edge.source, edge.target) for edge in graph.edges if edge.kind == "poll"]
    assert polls == ([("shop.py::accept", "shop.py::ship")] if is_polled else [])
