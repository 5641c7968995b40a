from __future__ import annotations

import pytest

CELERY = """
    from celery import Celery
    app = Celery("shop")
"""

CASES = {
    "a task object": (
        {
            "shop/__init__.py": "",
            "shop/celery_app.py": CELERY,
            "shop/tasks.py": """
                from shop.celery_app import app
                @app.task
                def ship(order): ...
            """,
            "shop/views.py": """
                from shop.tasks import ship
                def pay(order):
                    if order.paid:
                        for item in order:
                            ship.delay(item)
            """,
        },
        [("shop/views.py::pay", "shop/tasks.py::ship", "dispatch", ("order.paid",), True)],
    ),
    "a task by its name": (
        {
            "shop/__init__.py": "",
            "shop/celery_app.py": CELERY,
            "shop/tasks.py": """
                from shop.celery_app import app
                @app.task(name="shop.ship")
                def ship(order): ...
                @app.task(name="shop.bill")
                def bill(order): ...
            """,
            "shop/views.py": """
                from shop.celery_app import app
                PREFIX = "shop"
                def pay(order):
                    app.send_task(PREFIX + ".ship", args=[order])
            """,
        },
        [("shop/views.py::pay", "shop/tasks.py::ship", "dispatch", (), False)],
    ),
    "a model's save, by the sender": (
        {
            "manage.py": "import django",
            "shop/__init__.py": "",
            "shop/models.py": """
                from django.db import models
                class Order(models.Model):
                    status = models.CharField(max_length=10)
                class Invoice(models.Model):
                    number = models.IntegerField()
            """,
            "shop/signals.py": """
                from django.db.models.signals import post_save
                from django.dispatch import receiver
                from shop.models import Invoice, Order
                @receiver(post_save, sender=Order)
                def order_saved(sender, instance, **kwargs): ...
                @receiver(post_save, sender=Invoice)
                def invoice_saved(sender, instance, **kwargs): ...
                @receiver(post_save)
                def anything_saved(sender, instance, **kwargs): ...
            """,
            "shop/services.py": """
                from shop.models import Order
                def close(pk):
                    order = Order.objects.get(pk=pk)
                    order.save()
                def close_all():
                    Order.objects.filter(status="open").update(status="closed")
            """,
        },
        [
            ("shop/services.py::close", "shop/signals.py::anything_saved", "signal", (), False),
            ("shop/services.py::close", "shop/signals.py::order_saved", "signal", (), False),
        ],
    ),
    "a status that a command looks for": (
        {
            "manage.py": "import django",
            "shop/__init__.py": "",
            "shop/models.py": """
                from django.db import models
                class Order(models.Model):
                    status = models.CharField(max_length=10)
            """,
            "shop/management/__init__.py": "",
            "shop/management/commands/__init__.py": "",
            "shop/management/commands/ship_orders.py": """
                from django.core.management.base import BaseCommand
                from shop.models import Order
                class Command(BaseCommand):
                    def handle(self, *args, **options):
                        for order in Order.objects.filter(status="paid"):
                            order.delete()
            """,
            "shop/services.py": """
                from shop.models import Order
                def pay(pk):
                    order = Order.objects.get(pk=pk)
                    order.status = "paid"
                    order.save()
                def cancel(pk):
                    order = Order.objects.get(pk=pk)
                    order.status = "cancelled"
                    order.save()
                def preview():
                    return Order(status="paid")
            """,
        },
        [("shop/services.py::pay", "shop/management/commands/ship_orders.py::Command.handle", "poll", (), False)],
    ),
    "what a command writes itself is no work that it waits for": (
        {
            "manage.py": "import django",
            "shop/__init__.py": "",
            "shop/models.py": """
                from django.db import models
                class Source(models.Model):
                    name = models.CharField(max_length=10)
            """,
            "shop/management/__init__.py": "",
            "shop/management/commands/__init__.py": "",
            "shop/management/commands/add_source.py": """
                from django.core.management.base import BaseCommand
                from shop.models import Source
                def enable():
                    Source.objects.create(name="main")
                class Command(BaseCommand):
                    def handle(self, *args, **options):
                        Source.objects.filter(name="main").delete()
                        enable()
            """,
            "shop/services.py": """
                from shop.models import Source
                def install():
                    Source.objects.create(name="main")
            """,
        },
        [],
    ),
    "a route called by its URL": (
        {
            "api.py": """
                from flask import Flask
                app = Flask(__name__)
                @app.route("/internal/orders/<order>", methods=["POST"])
                def take(order): ...
            """,
            "client.py": """
                import os
                import requests
                BASE = os.environ["BASE"]
                def tell(order):
                    requests.post(f"{BASE}/internal/orders/{order}", timeout=3)
                def tell_others(order):
                    requests.post(f"https://example.com/internal/orders/{order}", timeout=3)
                def ask(order):
                    requests.get(f"{BASE}/internal/orders/{order}", timeout=3)
            """,
        },
        [("client.py::tell", "api.py::take", "http", (), False)],
    ),
    "a message by its type": (
        {
            "events.py": """
                class Paid: ...
                class Shipped: ...
            """,
            "handlers.py": """
                import events
                def bill(event): ...
                def tell(event): ...
                HANDLERS = {events.Paid: [bill, tell], events.Shipped: [tell]}
            """,
            "orders.py": """
                import events
                class Order:
                    def __init__(self):
                        self.events = []
                    def pay(self):
                        self.events.append(events.Paid())
            """,
        },
        [
            ("orders.py::Order.pay", "handlers.py::bill", "publish", (), False),
            ("orders.py::Order.pay", "handlers.py::tell", "publish", (), False),
        ],
    ),
    "no table of loaders, for a row that is kept or listed": (
        {
            "loading.py": """
                from sqlalchemy.orm import Session
                class Role:
                    @classmethod
                    def find(cls, key):
                        return cls()
                class Alert: ...
                def role(key): ...
                def alert(key): ...
                LOADERS = {Role: role, Alert: alert}
                def create(session: Session):
                    role = Role()
                    session.add(role)
                def listed(keys):
                    found = []
                    for key in keys:
                        role = Role.find(key)
                        found.append(role)
                    return found
            """,
        },
        [],
    ),
}


@pytest.mark.parametrize(("files", "expected"), CASES.values(), ids=CASES.keys())
def test_work_is_linked_to_what_receives_it_by(scan_source, files, expected):
    edges = scan_source(files).edges
    found = [(e.source, e.target, e.kind, e.conditions, e.loop) for e in edges if e.kind not in ("call", "callback")]
    assert found == expected


def test_a_handler_that_passes_its_path_on_calls_somebody_else(scan_source):
    graph = scan_source(
        {
            "app.py": """
                import requests
                from flask import Flask
                from elsewhere import BASE
                app = Flask(__name__)
                @app.post("/charges")
                def charge():
                    requests.post(f"{BASE}/charges")
                @app.post("/orders")
                def order():
                    requests.post(f"{BASE}/charges")
            """
        }
    )
    assert [(e.source, e.target) for e in graph.edges if e.kind == "http"] == [("app.py::order", "app.py::charge")]


@pytest.mark.parametrize(
    ("classes", "evidence"), [(1, "only method of this name"), (2, "one of 2 methods of this name")]
)
def test_a_match_by_name_says_how_many_there_were(scan_source, classes, evidence):
    text = "def run(thing):\n    thing.refund_payment()\n"
    text += "".join(f"class C{n}:\n    def refund_payment(self): ...\n" for n in range(classes))
    edges = scan_source({"app.py": text}).edges
    assert {(e.target, e.evidence) for e in edges} == {
        (f"app.py::C{n}.refund_payment", evidence) for n in range(classes)
    }
