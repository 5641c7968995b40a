"""A job that asks a query for a status by a condition takes up what writes that status elsewhere."""

from __future__ import annotations

import textwrap
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


@pytest.mark.parametrize(("later", "is_polled"), [('order.kind = "ready"', True), ('order.note = "ready"', False)])
def test_what_kind_a_row_is_made_as_is_no_status_unless_it_changes(
    later: str, is_polled: bool, scan_source: Callable[[Mapping[str, str | bytes]], Graph]
) -> None:
    code = CODE.replace("{query}", 'session.query(Order).filter(Order.kind == "gift").all()')
    code = code.replace("    class Parcel", "        kind: Mapped[str] = mapped_column()\n\n    class Parcel")
    code = code.replace('        order.status = "ready"', f'        session.add(Order(kind="gift"))\n        {later}')
    code = code.replace('scheduler.add_job(ship, "interval", minutes=5)', "app.cli.command()(ship)")
    migration = "from shop import Order\n\ndef forwards():\n    order = Order()\n    order.kind = 'gift'\n"
    graph = scan_source({"shop.py": textwrap.dedent(code), "migrations/0001_kinds.py": migration})
    assert any(edge.kind == "poll" for edge in graph.edges) == is_polled


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


SETTERS = """
    from django.core.management.base import BaseCommand
    from django.db import models
    from django.http import HttpResponse

    class Staged(models.Model):
        stage = models.TextField()
        class Meta:
            abstract = True
        def move(self, stage):
            self.stage = stage
            self.save()

    class Order(Staged):
        status = models.TextField()

        def set_status(self, value="new"):
            self.status = value
            self.save(update_fields=["status"])

        def mark(self, value):
            self.set_status(value)

    class Parcel(Staged):
        status = models.TextField()

    def new_order(status):
        return Order.objects.create(status=status)

    class Command(BaseCommand):
        def handle(self, **options):
            for order in Order.objects.filter({wanted}):
                print(order)

    def accept(request, order: Order, parcel: Parcel):
        {write}
        return HttpResponse()

    def elsewhere(order: Order, parcel: Parcel, value):
        order.set_status("lost")
        order.set_status(value)
        order.mark("gone")
        order.move("attic")
        parcel.move("cellar")
        new_order("draft")
"""


@pytest.mark.parametrize(
    ("write", "wanted", "is_polled"),
    [
        ('order.set_status("ready")', 'status="ready"', True),
        ('order.set_status(value="ready")', 'status="ready"', True),
        ("order.set_status()", 'status="new"', True),
        ('order.mark("ready")', 'status="ready"', True),
        ('new_order("ready")', 'status="ready"', True),
        ('order.move("ready")', 'stage="ready"', True),
        ('Order.objects.filter(pk=1).update(status="ready")', 'status="ready"', True),
        ('order.set_status("sent")', 'status="ready"', False),
        ("order.set_status(request.GET['status'])", 'status="ready"', False),
        ('parcel.move("ready")', 'stage="ready"', False),
        ('Parcel.objects.filter(pk=1).update(status="ready")', 'status="ready"', False),
    ],
)
def test_a_status_is_written_where_its_setter_is_told_it(
    write: str, wanted: str, is_polled: bool, scan_source: Callable[[Mapping[str, str | bytes]], Graph]
) -> None:
    code = textwrap.dedent(SETTERS).replace("{write}", write).replace("{wanted}", wanted)
    files = {
        "shop/__init__.py": "",
        "shop/management/__init__.py": "",
        "shop/management/commands/__init__.py": "",
        "shop/management/commands/ship.py": code,
    }
    graph = scan_source(files)
    polls = [
        (edge.source.rpartition("::")[2], edge.target.rpartition("::")[2])
        for edge in graph.edges
        if edge.kind == "poll"
    ]
    assert polls == ([("accept", "Command.handle")] if is_polled else [])


def test_what_is_made_where_it_is_not_found_waits_for_nobody(
    scan_source: Callable[[Mapping[str, str | bytes]], Graph],
) -> None:
    query = 'session.query(Order).filter(Order.status == "ready").one_or_none()'
    code = textwrap.dedent(CODE.format(query=query)).replace(
        f"    return {query}\n",
        f'    found = {query}\n    if not found:\n        found = Order(status="ready")\n        session.add(found)\n'
        "    return [found]\n",
    )
    assert "found = Order" in code
    assert not [edge for edge in scan_source({"shop.py": code}).edges if edge.kind == "poll"]


ONE_ROW = """
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
        kind: Mapped[str] = mapped_column()
        code: Mapped[str] = mapped_column(unique=True)

    def ship():
        session = Session()
        {look}

    scheduler.add_job(ship, "interval", minutes=5)

    @app.post("/orders")
    def accept():
        session = Session()
        session.add(Order(kind="ready", code="ready"))
        session.commit()
"""


@pytest.mark.parametrize(
    ("look", "is_polled"),
    [
        ('print(session.query(Order).filter(Order.kind == "ready").all())', True),
        ('print(session.query(Order).filter(Order.kind == "ready").first())', False),
        ('print(session.query(Order).filter_by(kind="ready").one_or_none())', False),
        ('print(session.execute(select(Order).where(Order.kind == "ready")).scalar_one())', False),
        ('print(session.scalar(select(Order).where(Order.kind == "ready")))', False),
        ('print(session.query(Order).filter(Order.kind == "ready").count())', False),
        ('print(session.query(Order).filter(Order.kind == "ready")[0])', False),
        ('print(session.query(Order).filter(Order.kind == "ready").order_by(Order.id.desc())[:5])', False),
        ('print(session.query(Order).filter(Order.kind == "ready").order_by("-id")[:5])', False),
        ('print(session.query(Order).filter(Order.kind == "ready").order_by(Order.id)[:5])', True),
        ('print(session.query(Order).filter(Order.code == "ready").all())', False),
        ('found = session.query(Order).filter(Order.kind == "ready"); print(found.first())', False),
        ('found = session.query(Order).filter(Order.kind == "ready"); print(found.first(), list(found))', True),
        ('order = session.query(Order).filter(Order.kind == "ready").first(); order.kind = "sent"', True),
        ('order = session.query(Order).filter(Order.kind == "ready").first(); order.code = "sent"', False),
    ],
)
def test_a_row_that_is_looked_up_waits_for_nobody_unless_it_is_marked(
    look: str, is_polled: bool, scan_source: Callable[[Mapping[str, str | bytes]], Graph]
) -> None:
    graph = scan_source({"shop.py": textwrap.dedent(ONE_ROW).replace("{look}", look)})
    polls = [(edge.source, edge.target) for edge in graph.edges if edge.kind == "poll"]
    assert polls == ([("shop.py::accept", "shop.py::ship")] if is_polled else [])


OWN_SAVE = """
    from contextlib import contextmanager
    from django.core.management.base import BaseCommand
    from django.db import models, transaction
    from django.db.models import Exists, OuterRef

    class Undone(Exception): ...

    @contextmanager
    def rehearsal():
        try:
            with transaction.atomic():
                yield
                raise Undone
        except Undone:
            pass

    @contextmanager
    def together():
        with transaction.atomic():
            yield

    class Shop(models.Model):
        name = models.TextField()
        def save(self, *args, **kwargs):
            super().save(*args, **kwargs)
            for order in Order.objects.filter(status="saved"):
                print(order)

    class Order(models.Model):
        shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
        status = models.TextField()
        def save(self, *args, **kwargs):
            super().save(*args, **kwargs)
        def describe(self):
            return self.status

    class Command(BaseCommand):
        def handle(self, **options):
            for order in Order.objects.filter(status="ready"):
                print(order)
            shop = Shop(name="x")
            shop.save()
            print(Shop.objects.filter(Exists(Order.objects.filter(shop=OuterRef("pk"), status="open"))))

    def close(order: Order):
        order.status = "closed"
        order.save()

    def rehearsed():
        Order.objects.create(status="ready")

    def played():
        Order.objects.create(status="ready")

    def rehearse():
        with rehearsal():
            rehearsed()
            played()

    def accept(order: Order):
        {write}
        played()
"""


@pytest.mark.parametrize(
    ("write", "is_polled"),
    [
        ('order.status = "ready"; order.save()', True),
        ('order.status = "ready"; order.describe()', False),
        ('order.status = "open"; order.save()', False),
        ('order.status = "saved"; order.save()', False),
        ('with together(): Order.objects.create(status="ready")', True),
        ('with rehearsal(): Order.objects.create(status="ready")', False),
    ],
)
def test_a_status_is_left_by_what_stores_it_for_what_goes_over_such_rows(
    write: str, is_polled: bool, scan_source: Callable[[Mapping[str, str | bytes]], Graph]
) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/management/__init__.py": "",
        "shop/management/commands/__init__.py": "",
        "shop/management/commands/ship.py": textwrap.dedent(OWN_SAVE).replace("{write}", write),
    }
    polls = [edge.source.rpartition("::")[2] for edge in scan_source(files).edges if edge.kind == "poll"]
    assert polls == (["accept", "played"] if is_polled else ["played"])


@pytest.mark.parametrize(
    ("kind", "query", "polls"),
    [
        ("GIFT", 'Order.kind == "gift", Order.status == "ready"', 1),
        ('"plain"', 'Order.kind == "gift", Order.status == "ready"', 0),
        ('"plain"', 'Order.status == "ready"', 1),
        ("number", 'Order.kind == "gift", Order.status == "ready"', 1),
        ('"plain"', 'Order.kind.in_(["gift", "plain"]), Order.status == "ready"', 1),
    ],
    ids=["all of it", "another kind", "any kind", "a kind that is not known", "one of several kinds"],
)
def test_a_row_is_looked_for_once_and_by_all_that_a_query_asks_of_it(
    kind: str, query: str, polls: int, scan_source: Callable[[Mapping[str, str | bytes]], Graph]
) -> None:
    code = CODE.replace("{query}", f"session.query(Order).filter({query}).all()")
    code = code.replace("    class Parcel", "        kind: Mapped[str] = mapped_column()\n\n    class Parcel")
    code = code.replace("    def orders", '    GIFT = "gift"\n\n    def orders')
    code = code.replace('order.status = "ready"', f'session.add(Order(kind={kind}, status="ready"))')
    graph = scan_source({"shop.py": textwrap.dedent(code)})
    assert sum(edge.kind == "poll" for edge in graph.edges) == polls


ROWS = """
    from django.core.management.base import BaseCommand
    from django.db import models
    from django.http import HttpResponse

    class Order(models.Model):
        status = models.TextField()
        kind = models.TextField()

    class Command(BaseCommand):
        def handle(self, **options):
            {before}
            for order in {query}:
                print(order)

    def accept(request, order: Order):
        {write}
        return HttpResponse()

    def played(order: Order, kind):
        order.status = kind
        order.save()
"""
READY_GIFTS = 'Order.objects.filter(status="ready").filter(kind="gift")'
LATER = '    if request.GET:\n        order.kind = request.GET["kind"]\n    order.save()'
MADE = 'Order.objects.create(status="ready", kind=kind)'
ANY_READY = 'Order.objects.filter(status="ready")'
NOT_PLAIN = 'Order.objects.filter(status="ready").exclude(kind="plain")'


@pytest.mark.parametrize(
    ("write", "query", "is_polled"),
    [
        ('Order.objects.create(status="ready", kind="gift")', READY_GIFTS, True),
        ('Order.objects.create(status="ready", kind="plain")', READY_GIFTS, False),
        ('Order.objects.create(status="ready", kind="plain")', 'Order.objects.filter(status="ready")', True),
        ('Order.objects.create(status="ready", kind="plain")', NOT_PLAIN, False),
        ('Order.objects.create(status="ready", kind="gift")', NOT_PLAIN, True),
        ('Order.objects.create(status="ready", kind="odd")', f'{NOT_PLAIN}.exclude(kind="odd", pk=1)', True),
        ('Order.objects.create(status="ready", kind="odd")', 'query.filter(kind__in=["gift", "plain"])', False),
        ('Order.objects.create(status="ready", kind="odd")', "[*query, *query.filter(kind='gift')]", True),
        ('order.status = "ready"; order.kind = "plain"; order.save()', READY_GIFTS, False),
        ('order.kind = "plain"; order.status = "ready"; order.save()', READY_GIFTS, False),
        ('order.kind = "gift"; order.status = "ready"; order.save()', READY_GIFTS, True),
        ('order.status = "ready"; order.save(); order.kind = "plain"; order.save()', READY_GIFTS, True),
        ('order.status = "ready"; order.kind = request.GET["kind"]; order.save()', READY_GIFTS, True),
        ('order.status = "ready"; order.status = "sent"; order.save()', READY_GIFTS, False),
        ('one = Order(status="ready"); one.kind = "plain"; one.save()', READY_GIFTS, False),
        ('one = Order(status="ready", kind="plain"); one.kind = "gift"; one.save()', READY_GIFTS, True),
        ('one = Order(kind="plain"); one.status = "ready"; one.save()', READY_GIFTS, False),
        ('one = Order.objects.create(status="ready"); one.kind = "plain"; one.save()', READY_GIFTS, True),
        ('Order.objects.filter(kind="plain").update(status="ready")', READY_GIFTS, False),
        ('Order.objects.filter(kind="gift").update(status="ready")', READY_GIFTS, True),
        ('Order.objects.filter(kind="plain").update(status="ready", kind=request.GET["kind"])', READY_GIFTS, True),
        ('state = "ready"; Order.objects.filter(status="new").update(status=state)', ANY_READY, True),
        (f'order.kind = "plain"; order.status = "ready"\n{LATER}', READY_GIFTS, True),
        (f'for number, kind in [(1, "plain"), *request.GET]: {MADE}', READY_GIFTS, True),
        (f'order = Order(status="ready"); order.kind = "plain"\n{LATER}', READY_GIFTS, True),
    ],
)
def test_what_is_stored_is_looked_for_by_all_that_a_chain_of_filters_asks(
    write: str, query: str, is_polled: bool, scan_source: Callable[[Mapping[str, str | bytes]], Graph]
) -> None:
    before = 'query = Order.objects.filter(status="ready")' if "query" in query else "pass"
    code = textwrap.dedent(ROWS).replace("{write}", write).replace("{query}", query).replace("{before}", before)
    assert _polls(code, scan_source) == (["accept"] if is_polled else [])


def test_what_a_function_around_is_given_is_known_of_no_row(
    scan_source: Callable[[Mapping[str, str | bytes]], Graph],
) -> None:
    code = textwrap.dedent(ROWS).replace("{write}", "pass").replace("{query}", READY_GIFTS).replace("{before}", "pass")
    code += f"""
def making(kind):
    def make():
        {MADE}
    make()

def made(request):
    making("plain")
    making(request.GET["kind"])
"""
    assert _polls(code, scan_source) == ["making.<locals>.make"]


def _polls(code: str, scan_source: Callable[[Mapping[str, str | bytes]], Graph]) -> list[str]:
    files = {
        "shop/__init__.py": "",
        "shop/management/__init__.py": "",
        "shop/management/commands/__init__.py": "",
        "shop/management/commands/ship.py": code,
    }
    return [edge.source.rpartition("::")[2] for edge in scan_source(files).edges if edge.kind == "poll"]


@pytest.mark.parametrize(
    ("kind", "query", "polls"),
    [
        ('"plain"', 'filter_by(status="ready").filter(Order.kind == "gift")', 0),
        ('"gift"', 'filter_by(status="ready").filter(Order.kind == "gift")', 1),
        ('"plain"', 'filter(Order.status == "ready").filter(Order.kind != "plain")', 0),
        ('"plain"', 'filter(Order.status == "ready", Order.kind.notin_(["plain", "odd"]))', 0),
        ('"gift"', 'filter(Order.status == "ready", Order.kind.notin_(["plain", "odd"]))', 1),
        ('"odd"', 'filter(Order.kind.in_(["gift", "plain"])).filter(Order.status == "ready")', 0),
    ],
)
def test_the_conditions_of_a_chain_count_together(
    kind: str, query: str, polls: int, scan_source: Callable[[Mapping[str, str | bytes]], Graph]
) -> None:
    code = CODE.replace("{query}", f"session.query(Order).{query}.all()")
    code = code.replace("    class Parcel", "        kind: Mapped[str] = mapped_column()\n\n    class Parcel")
    code = code.replace('order.status = "ready"', f'session.add(Order(kind={kind}, status="ready"))')
    graph = scan_source({"shop.py": textwrap.dedent(code)})
    assert sum(edge.kind == "poll" for edge in graph.edges) == polls
