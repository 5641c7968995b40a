from __future__ import annotations

import pytest

DJANGO = {
    "manage.py": "import django",
    "shop/__init__.py": "",
    "shop/urls.py": """
        from django.urls import path
        from shop.views import First, Second
        urlpatterns = [path("first/", First.as_view()), path("second/", Second.as_view())]
    """,
    "shop/views.py": """
        import requests
        from django.views import View
        class Base(View):
            def post(self, request):
                requests.post("https://example.com/before", timeout=1)
                self.work(request)
            def work(self, request):
                raise NotImplementedError
        class Guarded:
            def work(self, request):
                requests.post("https://example.com/guard", timeout=1)
                super().work(request)
        class One(Base):
            def work(self, request):
                requests.post("https://example.com/one", timeout=1)
                requests.post("https://example.com/one/more", timeout=1)
        class Two(Base):
            def work(self, request):
                requests.post("https://example.com/two", timeout=1)
                requests.post("https://example.com/two/more", timeout=1)
        class First(Guarded, One):
            pass
        class Second(Two):
            pass
    """,
}


def named(graph, name):
    return next(workflow for workflow in graph.workflows if workflow.name == name)


def test_a_template_method_leads_to_the_methods_of_the_triggered_class(scan_source, outline):
    first = named(scan_source(DJANGO), "POST /first/")
    assert outline(first.body) == [
        "http https://example.com/before",
        {
            "Guarded.work": [
                "http https://example.com/guard",
                {"One.work": ["http https://example.com/one", "http https://example.com/one/more"]},
            ]
        },
    ]


def test_a_sibling_class_keeps_its_own_methods(scan_source, outline):
    second = named(scan_source(DJANGO), "POST /second/")
    assert outline(second.body) == [
        "http https://example.com/before",
        {"Two.work": ["http https://example.com/two", "http https://example.com/two/more"]},
    ]


ASYNC = DJANGO | {
    "shop/tasks.py": """
        from celery import shared_task
        @shared_task
        def ship(order): ...
        @shared_task
        def bill(order): ...
    """,
    "shop/views.py": """
        from django.views import View
        from shop.tasks import bill, ship
        class Starting(View):
            task = None
            def post(self, request):
                self.task.delay(request.POST["order"])
        class First(Starting):
            task = ship
        class Second(Starting):
            task = bill
    """,
}


def test_a_class_attribute_names_the_task_that_is_started(scan_source, outline):
    graph = scan_source(ASYNC)
    assert outline(named(graph, "POST /first/").body) == ["hop ship"]
    assert outline(named(graph, "POST /second/").body) == ["hop bill"]


LOADERS = {
    "manage.py": "import fastapi",
    "app.py": """
        import requests
        from fastapi import FastAPI
        from promise.dataloader import DataLoader
        app = FastAPI()
        class Loader(DataLoader):
            def batch_load_fn(self, keys):
                requests.post("https://example.com/any", timeout=1)
                return self.batch_load(keys)
            def batch_load(self, keys):
                raise NotImplementedError
        class Users(Loader):
            def batch_load(self, keys):
                requests.post("https://example.com/users", timeout=1)
        class Orders(Loader):
            def batch_load(self, keys):
                requests.post("https://example.com/orders", timeout=1)
        @app.post("/users")
        def users():
            return Users().load(1)
    """,
}


def test_what_a_library_calls_on_an_object_leads_to_the_methods_of_its_class(scan_source, outline):
    shown = str(outline(named(scan_source(LOADERS), "POST /users").body))
    assert "https://example.com/any" in shown
    assert "https://example.com/users" in shown
    assert "https://example.com/orders" not in shown


TEMPLATE = """
    import requests
    from fastapi import FastAPI
    app = FastAPI()
    class Base:
        def run(self):
            requests.post("https://example.com/any", timeout=1)
            self.step()
        @classmethod
        def load(cls):
            cls.fetch()
        def step(self): ...
        @classmethod
        def fetch(cls): ...
    class Users(Base):
        def step(self):
            requests.post("https://example.com/users", timeout=1)
        @classmethod
        def fetch(cls):
            requests.post("https://example.com/users/all", timeout=1)
    class Orders(Base):
        def step(self):
            requests.post("https://example.com/orders", timeout=1)
        @classmethod
        def fetch(cls):
            requests.post("https://example.com/orders/all", timeout=1)
    class Started(Base):
        def __init__(self):
            self.run()
    class Early(Started):
        def step(self):
            requests.post("https://example.com/early", timeout=1)
    class Late(Started):
        def step(self):
            requests.post("https://example.com/late", timeout=1)
    def go(job):
        job.run()
    @app.post("/start")
    def start():
        {call}
    @app.post("/other")
    def other():
        go(Orders())
        Orders().run()
        Orders.load()
        Late()
"""


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("Users().run()", ["users"]),
        ("Users.load()", ["users/all"]),
        ("go(Users())", ["users"]),
        ("Early()", ["early"]),
        ("job = Users(); job.run()", ["users"]),
        ("for job in (Users(), Orders()): job.run()", ["early", "late", "orders", "users"]),
    ],
    ids=["on a new object", "on a class", "through a helper", "in a constructor", "through a name", "on one of two"],
)
def test_a_template_method_leads_to_the_methods_of_the_object_that_the_caller_has(scan_source, outline, call, told):
    shown = str(outline(named(scan_source({"app.py": TEMPLATE.format(call=call)}), "POST /start").body))
    paths = ("early", "late", "orders", "orders/all", "users", "users/all")
    assert [path for path in paths if f"example.com/{path}'" in shown] == told


TASKS = {
    "tasks.py": """
        import requests
        from celery import Celery
        app = Celery("shop")
        class Measured(app.Task):
            def __call__(self, *args, **kwargs):
                requests.post("https://example.com/measured", timeout=1)
                return super().__call__(*args, **kwargs)
        class OfShop(app.Task):
            def __call__(self, *args, **kwargs):
                requests.post("https://example.com/shop", timeout=1)
                return super().__call__(*args, **kwargs)
        class OfUser(app.Task):
            def __call__(self, *args, **kwargs):
                requests.post("https://example.com/user", timeout=1)
                return super().__call__(*args, **kwargs)
        class MeasuredOfShop(Measured, OfShop): ...
        class MeasuredOfUser(Measured, OfUser): ...
        class Late(MeasuredOfShop):
            def apply_async(self, *args, **kwargs):
                requests.post("https://example.com/late", timeout=1)
                return super().apply_async(*args, **kwargs)
        @app.task(base=MeasuredOfShop)
        def ship(order):
            requests.post("https://example.com/ship", timeout=1)
        @app.task(base=Measured)
        def bill(order):
            ship.apply_async(args=(order,))
    """
}


def test_a_base_class_runs_around_its_task_once_and_as_the_tasks_class_has_it(workflow_of, outline):
    ship = workflow_of(TASKS, "::ship")
    shown = str(outline(ship.body)).split("https://example.com/")[1:]
    assert [part.partition("'")[0] for part in shown] == ["measured", "shop", "ship"]


def test_a_task_is_sent_as_its_own_base_class_sends_it_and_not_as_one_below(workflow_of, outline):
    assert "late" not in str(outline(workflow_of(TASKS, "::bill").body))


INHERITED = DJANGO | {
    "shop/views.py": """
        import requests
        from django.views import View
        class Base(View):
            def post(self, request):
                requests.post("https://example.com/before", timeout=1)
                self.work(request)
            def work(self, request):
                requests.post("https://example.com/work", timeout=1)
                self.finish(request)
        class First(Base):
            def finish(self, request):
                requests.post("https://example.com/first", timeout=1)
        class Second(Base):
            def finish(self, request):
                requests.post("https://example.com/second", timeout=1)
    """,
}


@pytest.mark.parametrize("name", ["first", "second"])
def test_what_classes_share_leads_each_to_its_own_method_further_on(scan_source, outline, name):
    found = named(scan_source(INHERITED), f"POST /{name}/")
    assert outline(found.body) == [
        "http https://example.com/before",
        {"Base.work": ["http https://example.com/work", f"http https://example.com/{name}"]},
    ]


def test_an_inherited_save_writes_and_tells_of_the_class_whose_object_it_runs_on(scan_source, outline):
    many = "\n".join(f"class Kind{number}(Base): ..." for number in range(8))
    models = f"""
from django.db import models
class Base(models.Model):
    class Meta:
        abstract = True
    def save(self, *args, **kwargs):
        self.clean()
        super().save(*args, **kwargs)
class Order(Base): ...
class Invoice(Base): ...
{many}
"""
    views = """
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.urls import path
from shop.models import Invoice, Order
import requests
@receiver(post_save, sender=Order)
def told(sender, instance, **kwargs):
    requests.post("https://orders.example", timeout=1)
def order(request):
    Order.objects.get().save()
def invoice(request):
    Invoice.objects.get().save()
urlpatterns = [path("order/", order), path("invoice/", invoice)]
"""
    graph = scan_source(
        {"manage.py": "import django", "shop/__init__.py": "", "shop/models.py": models, "shop/urls.py": views}
    )
    told = {workflow.name: str(outline(workflow.body)) for workflow in graph.workflows}
    assert "db_write Order" in told["/order/"] and "told" in told["/order/"]
    assert "db_write Invoice" in told["/invoice/"] and "told" not in told["/invoice/"]


PLUGINS = """
from abc import ABC, abstractmethod
from importlib import import_module
import requests
from celery import shared_task

class Plugin(ABC):
    def start(self):
        self.run()
    @abstractmethod
    def run(self): ...
class Mail(Plugin):
    def run(self):
        requests.post("https://mail.example.com", timeout=1)
class Chat(Plugin):
    def run(self):
        requests.post("https://chat.example.com", timeout=1)

@shared_task
def work(name):
    kind: type[Plugin] = import_module(name).plugin
    plugin = kind()
    plugin.start()
"""


def test_an_object_of_an_abstract_class_that_data_names_is_of_any_class_below(scan_source):
    graph = scan_source({"app.py": PLUGINS})
    (workflow,) = [one for one in graph.workflows if one.unit == "app.py::work"]
    assert set(workflow.services) == {"chat.example.com", "mail.example.com"}
