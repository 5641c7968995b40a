"""Hops that no call makes: events joined by a type or a string, calls by a service's name, the project's own API."""

from __future__ import annotations

import pytest

CASES = {
    "handlers of a type, wrapped in partials by a function that fills in what they need": (
        {
            "handlers.py": """
                def bill(event, mails): ...
                def tell(event, mails): ...
            """,
            "bootstrap.py": """
                import functools
                import events, handlers
                HANDLERS = {events.Paid: [handlers.bill, handlers.tell], events.Left: [handlers.tell]}
                class Bus:
                    def __init__(self, table):
                        self.table = table
                    def handle(self, event):
                        for handler in self.table[type(event)]:
                            handler(event)
                def bootstrap(mails):
                    table = {
                        kind: [functools.partial(handler, mails=mails) for handler in found]
                        for kind, found in HANDLERS.items()
                    }
                    return Bus(table)
                def run():
                    bootstrap("smtp").handle(events.Paid())
            """,
            "events.py": """
                class Paid: ...
                class Left: ...
            """,
        },
        [
            ("bootstrap.py::Bus.handle", "handlers.py::bill", "call"),
            ("bootstrap.py::Bus.handle", "handlers.py::tell", "call"),
        ],
    ),
    "an event that two services name by a string": (
        {
            "orders.py": """
                from nameko.events import EventDispatcher
                class Orders:
                    name = "orders"
                    dispatch = EventDispatcher()
                    def create(self):
                        self.dispatch("order_created", {})
            """,
            "stock.py": """
                from nameko.events import event_handler
                class Stock:
                    name = "stock"
                    @event_handler("orders", "order_created")
                    def on_created(self, payload): ...
                    @event_handler("orders", "order_left")
                    def on_left(self, payload): ...
            """,
        },
        [("orders.py::Orders.create", "stock.py::Stock.on_created", "publish")],
    ),
    "a call by a service's name": (
        {
            "gateway.py": """
                from nameko.rpc import RpcProxy
                class Gateway:
                    name = "gateway"
                    orders = RpcProxy("orders")
                    def get(self):
                        return self.orders.find(1)
            """,
            "orders.py": """
                from nameko.rpc import rpc
                class Orders:
                    name = "orders"
                    @rpc
                    def find(self, pk): ...
                class Others:
                    name = "others"
                    @rpc
                    def find(self, pk): ...
            """,
        },
        [("gateway.py::Gateway.get", "orders.py::Orders.find", "dispatch")],
    ),
    "the project's own HTTP API, through a client class": (
        {
            "api.py": """
                from flask import Flask
                app = Flask(__name__)
                @app.post("/stock/reserve")
                def reserve(): ...
                @app.post("/stock/release")
                def release(): ...
                @app.get("/stock/reserve")
                def show(): ...
            """,
            "client.py": """
                import os
                import requests
                class Client:
                    def __init__(self, base):
                        self.base = base
                    def post(self, path, body):
                        return requests.post(self.base + path, json=body)
                class Stock(Client):
                    def reserve(self, body):
                        return self.post("/stock/reserve", body)
                    def release(self, body):
                        return self.post("/stock/release", body)
                def order():
                    Stock(os.environ["STOCK_URL"]).reserve({})
            """,
        },
        [
            ("client.py::Stock.release", "api.py::release", "http"),
            ("client.py::Stock.reserve", "api.py::reserve", "http"),
        ],
    ),
    "the project's own HTTP API, through a client that is told the method and made with the base": (
        {
            "api.py": """
                from fastapi import APIRouter, FastAPI
                app = FastAPI()
                router = APIRouter(prefix="/api/v1")
                @router.get("/orders/{number}")
                def read(number): ...
                @router.post("/orders")
                def create(order): ...
                @router.post("/orders/{number}/cancel")
                def cancel(number): ...
                @router.get("/orders/{number}/cancel")
                def show(number): ...
                app.include_router(router)
            """,
            "client.py": """
                import os
                import httpx
                PATHS = {"create": "/orders", "cancel": "/orders/{number}/cancel"}
                class Transport:
                    def __init__(self, base):
                        self.client = httpx.Client(base_url=base)
                    def call(self, method, path, **options):
                        return self.client.request(method, f"/api/v1{path}", timeout=5, **options).json()
                    def plain(self, path):
                        return self.client.get(path, timeout=5)
                class Orders:
                    def __init__(self, transport):
                        self.transport = transport
                    def create(self, order):
                        return self.transport.call("POST", PATHS["create"], json=order)
                    def cancel(self, number):
                        return self.transport.call("POST", PATHS["cancel"].format(number=number))
                    def read(self, number):
                        return self.transport.call("GET", "/orders/" + str(number))
                    def never(self, number):
                        return self.transport.call("DELETE", f"/orders/{number}")
                    def told(self, number):
                        return self.transport.plain(f"/api/v1/orders/{number}")
                    def no_path(self, name):
                        return self.transport.plain("api/v1/orders/1")
                orders = Orders(Transport(os.environ["SHOP_URL"]))
            """,
        },
        [
            ("client.py::Orders.cancel", "api.py::cancel", "http"),
            ("client.py::Orders.create", "api.py::create", "http"),
            ("client.py::Orders.read", "api.py::read", "http"),
            ("client.py::Orders.told", "api.py::read", "http"),
        ],
    ),
    "the project's own HTTP API, whose client writes a part of the path itself": (
        {
            "app.py": """
                import requests
                from flask import Flask
                app = Flask(__name__)
                @app.post("/api/orders/<number>/ship")
                def ship(number): ...
                @app.post("/api/orders/<number>/bill")
                def bill(number): ...
                @app.post("/orders/<number>/ship")
                def show(number): ...
                class Client:
                    def __init__(self, base):
                        self.base = base
                    def written(self, path):
                        return requests.post(f"{self.base}/api{path}", timeout=3)
                    def added(self, path):
                        url = self.base + "/api/" + path
                        return requests.post(url, timeout=3)
                    def formatted(self, path):
                        return requests.post("%s%s" % (self.base, path), timeout=3)
                    def four(self):
                        return self.formatted("/nowhere")
                    def one(self, number):
                        return self.written(f"/orders/{number}/ship")
                    def two(self, number):
                        return self.added("orders/%s/ship" % number)
                    def three(self, number):
                        return self.written(f"/orders/{number}/bill")
            """,
        },
        [
            ("app.py::Client.one", "app.py::ship", "http"),
            ("app.py::Client.three", "app.py::bill", "http"),
            ("app.py::Client.two", "app.py::ship", "http"),
        ],
    ),
    "work that a flush leaves in the session for the commit": (
        {
            "search.py": """
                from celery import shared_task
                from sqlalchemy import event
                from sqlalchemy.orm import Session
                @shared_task
                def index(pk): ...
                @shared_task
                def other(pk): ...
                @event.listens_for(Session, "after_flush")
                def after_flush(session, context):
                    for one in session.new:
                        session.info.setdefault("jobs", []).append((index, one.id))
                @event.listens_for(Session, "after_commit")
                def after_commit(session):
                    for job, pk in session.info.pop("jobs", ()):
                        job.delay(pk)
            """,
        },
        [("search.py::after_commit", "search.py::index", "dispatch")],
    ),
    "work that a session keeps for its commit, whatever the listener is called": (
        {
            "mail.py": """
                from sqlalchemy import event
                from sqlalchemy.orm import declarative_base, sessionmaker
                Base = declarative_base()
                Maker = sessionmaker()
                class Order(Base):
                    __tablename__ = "orders"
                    def tell(self): ...
                class Other:
                    def tell(self): ...
                    def one(self): ...
                class Third(Other):
                    def tell(self): ...
                class Fourth(Other):
                    def tell(self): ...
                @event.listens_for(Maker, "after_commit")
                def settle(current):
                    for job in current.info.pop("jobs", []):
                        job()
                @event.listens_for(Order, "after_insert")
                def note(mapper, connection, made):
                    made.tell()
                def work(): ...
                def place():
                    session = Maker()
                    session.info.setdefault("jobs", []).append(work)
                    session.commit()
            """,
        },
        [
            ("mail.py::note", "mail.py::Order.tell", "call"),
            ("mail.py::settle", "mail.py::work", "call"),
        ],
    ),
    "a list in Redis that a job empties": (
        {
            "failures.py": """
                import redis
                from apscheduler.schedulers.background import BackgroundScheduler
                r = redis.Redis()
                scheduler = BackgroundScheduler()
                def key(user):
                    return f"failures:{user}"
                def note(user, error):
                    r.lpush(key(user.id), error)
                    r.lpush("recent", error)
                def report():
                    for user in r.scan_iter(key("*")):
                        send(user)
                def send(user):
                    return r.lrange(key(user), 0, -1)
                def show():
                    return r.lrange("recent", 0, -1)
                scheduler.add_job(report, "interval", minutes=5)
            """,
        },
        [("failures.py::note", "failures.py::report", "poll")],
    ),
    "a date that a job waits for": (
        {
            "manage.py": "import django",
            "shop/__init__.py": "",
            "shop/models.py": """
                from django.db import models
                class Order(models.Model):
                    remind_at = models.DateTimeField()
                    closed_at = models.DateTimeField()
            """,
            "shop/management/__init__.py": "",
            "shop/management/commands/__init__.py": "",
            "shop/management/commands/remind.py": """
                from django.core.management.base import BaseCommand
                from django.utils.timezone import now
                from shop.models import Order
                class Command(BaseCommand):
                    def handle(self, *args, **options):
                        for order in Order.objects.filter(remind_at__lte=now()):
                            print(order)
            """,
            "shop/management/commands/prune.py": """
                from django.core.management.base import BaseCommand
                from django.utils.timezone import now
                from shop.models import Order
                class Command(BaseCommand):
                    def handle(self, *args, **options):
                        Order.objects.filter(closed_at__lt=now()).delete()
            """,
            "shop/services.py": """
                from datetime import timedelta
                from django.utils.timezone import now
                from shop.models import Order
                def place(pk):
                    order = Order.objects.get(pk=pk)
                    order.remind_at = now() + timedelta(days=3)
                    order.save()
                def close(pk):
                    order = Order.objects.get(pk=pk)
                    order.closed_at = now()
                    order.save()
            """,
        },
        [("shop/services.py::place", "shop/management/commands/remind.py::Command.handle", "poll")],
    ),
    "a row of an outbox, that a loop looks for and marks": (
        {
            "models.py": """
                from sqlalchemy import create_engine
                from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker
                Session = sessionmaker(create_engine("sqlite://"))
                class Base(DeclarativeBase): ...
                class Row(Base):
                    __tablename__ = "rows"
                    id: Mapped[int] = mapped_column(primary_key=True)
                    sent_at: Mapped[str | None]
                    seen_at: Mapped[str | None]
            """,
            "shop.py": """
                from models import Row, Session
                def place():
                    with Session() as session:
                        session.add(Row())
                        session.commit()
                def replay():
                    with Session() as session:
                        session.add(Row(sent_at="now"))
                        session.commit()
            """,
            "relay.py": """
                import requests
                from sqlalchemy import select
                from models import Row, Session
                def main():
                    while True:
                        drain()
                def drain():
                    with Session() as session:
                        for row in session.scalars(select(Row).where(Row.sent_at.is_(None))):
                            requests.post("https://audit.example.com", timeout=3)
                            row.sent_at = "now"
                            session.commit()
                if __name__ == "__main__":
                    main()
            """,
            "count.py": """
                from sqlalchemy import select
                from models import Row, Session
                def main():
                    while True:
                        with Session() as session:
                            print(session.scalars(select(Row).where(Row.sent_at.is_(None))).all())
                if __name__ == "__main__":
                    main()
            """,
            "backfill.py": """
                from sqlalchemy import select
                from models import Row, Session
                def main():
                    with Session() as session:
                        for row in session.scalars(select(Row).where(Row.seen_at.is_(None))):
                            row.seen_at = "now"
                            session.commit()
                if __name__ == "__main__":
                    main()
            """,
        },
        [("shop.py::place", "relay.py::main", "poll")],
    ),
    "a row that a command waits for, and marks by an update": (
        {
            "manage.py": "import django",
            "shop/__init__.py": "",
            "shop/models.py": """
                from django.db import models
                class Flip(models.Model):
                    processed = models.DateTimeField(null=True)
                    class Meta:
                        app_label = "shop"
                    def rename(self):
                        self.save()
            """,
            "shop/services.py": """
                from shop.models import Flip
                def turn():
                    flip = Flip()
                    flip.save()
            """,
            "shop/management/__init__.py": "",
            "shop/management/commands/__init__.py": "",
            "shop/management/commands/send.py": """
                import time
                import requests
                from django.core.management.base import BaseCommand
                from django.utils.timezone import now
                from shop.models import Flip
                class Command(BaseCommand):
                    stopped = False
                    def handle(self, **options):
                        while not self.stopped:
                            flip = Flip.objects.filter(processed=None).first()
                            if flip:
                                Flip.objects.filter(id=flip.id).update(processed=now())
                                requests.post("https://alerts.example.com", timeout=3)
                            time.sleep(2)
            """,
        },
        [("shop/services.py::turn", "shop/management/commands/send.py::Command.handle", "poll")],
    ),
    "a flag of a row, that a scheduled job looks for and sets": (
        {
            "manage.py": "import django",
            "shop/__init__.py": "",
            "shop/models.py": """
                from django.db import models
                class Event(models.Model):
                    sent = models.BooleanField(default=False)
                    class Meta:
                        app_label = "shop"
            """,
            "shop/services.py": """
                from shop.models import Event
                def place():
                    Event.objects.create()
            """,
            "shop/jobs.py": """
                from apscheduler.schedulers.blocking import BlockingScheduler
                from celery import Celery
                from shop.models import Event
                celery = Celery()
                scheduler = BlockingScheduler()
                @scheduler.scheduled_job("interval", seconds=5)
                def relay():
                    for event in Event.objects.filter(sent=False):
                        tell.delay(event.id)
                        event.sent = True
                        event.save()
                @celery.task
                def tell(number): ...
                @scheduler.scheduled_job("interval", seconds=5)
                def reset():
                    print(Event.objects.all().count())
                    Event.objects.filter(sent=False).update(sent=True)
                @scheduler.scheduled_job("interval", seconds=5)
                def tidy():
                    for event in Event.objects.filter(sent=False):
                        event.sent = True
                        event.save()
            """,
        },
        [
            ("shop/jobs.py::relay", "shop/jobs.py::tell", "dispatch"),
            ("shop/services.py::place", "shop/jobs.py::relay", "poll"),
        ],
    ),
    "a serialised event's type, that a consumer picks the handler by": (
        {
            "events.py": """
                import redis
                r = redis.Redis()
                def publish(kind, body):
                    r.publish("events", {"type": kind, "body": body})
                def pay():
                    publish("paid", 1)
            """,
            "worker.py": """
                import json
                import redis
                r = redis.Redis()
                def on_paid(event): ...
                def on_left(event): ...
                def on_other(event): ...
                HANDLERS = {"paid": on_paid, "left": on_left}
                def run():
                    pubsub = r.pubsub()
                    pubsub.subscribe("events")
                    for message in pubsub.listen():
                        event = json.loads(message["data"])
                        if event["type"] == "other":
                            on_other(event)
                        else:
                            HANDLERS[event["type"]](event)
            """,
        },
        [
            ("events.py::publish", "worker.py::run", "publish"),
            ("worker.py::run", "worker.py::on_left", "call"),
            ("worker.py::run", "worker.py::on_other", "call"),
            ("worker.py::run", "worker.py::on_paid", "call"),
        ],
    ),
}
_SHOWN = ("dispatch", "publish", "http", "poll")


@pytest.mark.parametrize(("files", "expected"), CASES.values(), ids=CASES.keys())
def test_a_hop_without_a_call_is_found_for(scan_source, files, expected):
    edges = scan_source(files).edges
    wanted = {(source, target) for source, target, kind in expected if kind == "call"}
    callers = {source for source, _ in wanted}
    found = [
        (e.source, e.target, e.kind)
        for e in edges
        if e.kind in _SHOWN
        or (e.kind == "call" and e.source in callers and ".py::" in e.target and "effect" not in e.target)
    ]
    assert found == expected


WRAPPED = """
    import redis
    from apscheduler.schedulers.background import BackgroundScheduler
    scheduler = BackgroundScheduler()
    class Client:
        def __init__(self):
            self.inner = redis.Redis()
        def _key(self, key):
            return f"shop:{{key}}"
        def put(self, key, field):
            self.inner.hset(self._key(key), field, 1)
        def all(self, key):
            return self.inner.hgetall(self._key(key))
{methods}
    client = Client()
    def open_session(user):
        client.put("sessions", user)
    def report():
        return client.all("reports")
    scheduler.add_job(report, "interval", minutes=5)
"""
METHOD = """
        def of_{number}(self, key):
            return self.inner.get(self._key(key))
"""


def test_a_client_that_makes_every_key_of_the_project_fills_no_collection(scan_source):
    methods = "".join(METHOD.format(number=number) for number in range(20))
    edges = scan_source({"shop.py": WRAPPED.format(methods=methods)}).edges
    assert [(e.source, e.target) for e in edges if e.kind == "poll"] == []
