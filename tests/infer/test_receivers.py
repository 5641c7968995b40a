from __future__ import annotations

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
