"""A workflow shows what its own caller passes to a helper that many share."""

from discover.infer.node_trees import walked
from discover.model import OneOf

HEAD = """
    import requests
    from fastapi import FastAPI
    app = FastAPI()
    def bill(order):
        requests.post("https://example.com/bill", timeout=1)
        requests.post("https://example.com/bill/more", timeout=1)
    def ship(order):
        requests.post("https://example.com/ship", timeout=1)
        requests.post("https://example.com/ship/more", timeout=1)
"""
BILL = ["http https://example.com/bill", "http https://example.com/bill/more"]
SHIP = ["http https://example.com/ship", "http https://example.com/ship/more"]


def one_ofs(workflow):
    """What each choice that is left open in a workflow is between."""
    return [[branch.label for branch in node.branches] for node in walked(workflow.body) if isinstance(node, OneOf)]


def app(code):
    """A backend of one file."""
    return {"app.py": HEAD + code}


def test_a_function_that_is_passed_is_the_one_that_runs(workflow_of, outline):
    code = app("""
    def announce(func, *args):
        print(func)
        func(*args)
    @app.post("/bill")
    def billing():
        announce(bill, 1)
    @app.post("/ship")
    def shipping():
        announce(ship, 1)
    """)
    assert outline(workflow_of(code, "::billing").body) == [{"bill": BILL}]
    assert outline(workflow_of(code, "::shipping").body) == [{"ship": SHIP}]


def test_a_workflow_that_uses_the_helper_twice_shows_both(workflow_of, outline):
    code = app("""
    def announce(func, *args):
        requests.get("https://example.com/lock", timeout=1)
        func(*args)
    @app.post("/both")
    def both():
        announce(bill, 1)
        announce(ship, 1)
        announce(ship, 2)
    """)
    body = workflow_of(code, "::both").body
    assert outline(body) == [
        {"announce": ["http https://example.com/lock", {"bill": BILL}]},
        {"announce": ["http https://example.com/lock", {"ship": SHIP}]},
        "seen announce",
    ]
    assert len({node.id for node in (*body[0].body, *body[1].body)}) == 4


def test_what_is_passed_is_followed_through_several_calls(workflow_of, outline):
    code = app("""
    def outer(func):
        middle(func, 1)
    def middle(action, order):
        inner(order, action=action)
    def inner(order, action):
        run = action
        run(order)
    @app.post("/bill")
    def billing():
        outer(bill)
    @app.post("/ship")
    def shipping():
        outer(ship)
    """)
    assert outline(workflow_of(code, "::billing").body) == [{"bill": BILL}]


def test_beyond_the_bound_all_that_callers_pass_is_shown(workflow_of):
    code = app("""
    def one(func): two(func)
    def two(func): three(func)
    def three(func): four(func)
    def four(func): five(func)
    def five(func): func(1)
    @app.post("/bill")
    def billing():
        one(bill)
    @app.post("/ship")
    def shipping():
        one(ship)
    """)
    assert one_ofs(workflow_of(code, "::billing")) == [["bill", "ship"]]


def test_a_lambda_around_the_parameter_runs_what_the_caller_passed(workflow_of, outline):
    code = {
        "manage.py": "import django",
        "app.py": HEAD
        + """
    from django.db import transaction
    def announce(func, *args):
        if transaction.get_connection().in_atomic_block:
            transaction.on_commit(lambda: func(*args))
        else:
            func(*args)
    @app.post("/bill")
    def billing():
        announce(bill, 1)
    @app.post("/ship")
    def shipping():
        announce(ship, 1)
    """,
    }
    shown = str(outline(workflow_of(code, "::billing").body))
    assert shown.count("bill") >= 2
    assert "ship" not in shown


PLUGINS = """
    class Plugin:
        def paid(self, order): ...
        def sent(self, order): ...
    class Mail(Plugin):
        def paid(self, order):
            requests.post("https://example.com/mail/paid", timeout=1)
            requests.post("https://example.com/mail/paid/more", timeout=1)
        def sent(self, order):
            requests.post("https://example.com/mail/sent", timeout=1)
            requests.post("https://example.com/mail/sent/more", timeout=1)
    class Hook(Plugin):
        def paid(self, order):
            requests.post("https://example.com/hook/paid", timeout=1)
            requests.post("https://example.com/hook/paid/more", timeout=1)
        def sent(self, order):
            requests.post("https://example.com/hook/sent", timeout=1)
            requests.post("https://example.com/hook/sent/more", timeout=1)
    class Manager:
        def __init__(self):
            self.plugins = [Mail(), Hook()]
        def _run(self, name, order):
            for plugin in self.plugins:
                self._run_one(plugin, name, order)
        def _run_one(self, plugin, name, order):
            method = getattr(plugin, name, None)
            if method is not None:
                method(order)
        def paid(self, order):
            self._run("paid", order)
        def sent(self, order):
            self._run("sent", order)
    @app.post("/paid")
    def paying():
        Manager().paid(1)
    @app.post("/sent")
    def sending():
        Manager().sent(1)
"""


def test_a_method_that_is_named_by_the_caller_leaves_one_of_its_plugins(workflow_of):
    code = app(PLUGINS)
    assert one_ofs(workflow_of(code, "::paying")) == [["Mail.paid", "Hook.paid"]]
    assert one_ofs(workflow_of(code, "::sending")) == [["Mail.sent", "Hook.sent"]]


def test_an_object_that_is_passed_runs_its_own_method(workflow_of, outline):
    code = app("""
    class Biller:
        def run(self): bill(1)
    class Shipper:
        def run(self): ship(1)
    def work(job):
        job.run()
    @app.post("/bill")
    def billing():
        work(Biller())
    @app.post("/ship")
    def shipping():
        work(Shipper())
    """)
    assert outline(workflow_of(code, "::billing").body) == [{"bill": BILL}]
    assert outline(workflow_of(code, "::shipping").body) == [{"ship": SHIP}]


def test_a_key_that_is_passed_picks_from_a_table(workflow_of, outline):
    code = app("""
    HANDLERS = {"bill": bill, "ship": ship}
    def handle(kind):
        HANDLERS[kind](1)
    @app.post("/bill")
    def billing():
        handle("bill")
    @app.post("/ship")
    def shipping():
        handle("ship")
    """)
    assert outline(workflow_of(code, "::billing").body) == [{"bill": BILL}]


def test_a_parameter_that_is_bound_anew_stays_open(workflow_of):
    code = app("""
    def announce(func):
        if func is None:
            func = ship
        func(1)
    @app.post("/bill")
    def billing():
        announce(bill)
    """)
    assert one_ofs(workflow_of(code, "::billing")) == [["ship", "bill"]]


def test_a_caller_that_passes_data_leaves_all(workflow_of):
    code = app("""
    def announce(name):
        func = {"bill": bill, "ship": ship}[name]
        func(1)
    @app.post("/any")
    def whichever(name: str):
        announce(name)
    """)
    found = workflow_of(code, "::whichever")
    assert one_ofs(found) == [["bill", "ship"]]


def test_the_edges_stay_those_of_all_callers(scan_source):
    graph = scan_source(
        app("""
    def announce(func, *args):
        func(*args)
    @app.post("/bill")
    def billing():
        announce(bill, 1)
    @app.post("/ship")
    def shipping():
        announce(ship, 1)
    """)
    )
    reached = {edge.target for edge in graph.edges if edge.source == "app.py::announce"}
    assert reached == {"app.py::bill", "app.py::ship"}
