"""A workflow shows what its own caller's `True`, `False`, `None` and numbers leave of a helper that many share."""

from discover.infer.node_trees import walked
from discover.model import Guard, Step

HEAD = """
    import asyncio
    import requests
    from fastapi import FastAPI
    app = FastAPI()
    def log(what):
        requests.post("https://example.com/log", timeout=1)
"""


def app(code):
    """A backend of one file."""
    return {"app.py": HEAD + code}


def shown(workflow_of, code, unit):
    """The paths that a workflow requests, in order."""
    nodes = walked(workflow_of(app(code), unit).body)
    return [node.target.rpartition("/")[2] for node in nodes if isinstance(node, Step)]


SAVE = """
    def save(order, notify=True, reason=None):
        requests.post("https://example.com/save", timeout=1)
        if notify:
            requests.post("https://example.com/notify", timeout=1)
        if reason is None:
            return
        requests.post("https://example.com/reason", timeout=1)
    @app.post("/given")
    def given(order, why):
        save(order, notify=False, reason=why)
        requests.post("https://example.com/end", timeout=1)
    @app.post("/default")
    def default(order):
        save(order)
        requests.post("https://example.com/end", timeout=1)
    @app.post("/open")
    def opened(order, notify: bool = False):
        save(order, notify=notify or order.urgent, reason=order.reason)
        requests.post("https://example.com/end", timeout=1)
"""


def test_a_false_flag_rules_out_what_it_guards(workflow_of):
    assert shown(workflow_of, SAVE, "::given") == ["save", "reason", "end"]


def test_a_default_decides_where_nothing_is_given_and_a_return_ends_there(workflow_of):
    assert shown(workflow_of, SAVE, "::default") == ["save", "notify", "end"]


def test_a_flag_that_is_worked_out_rules_out_nothing(workflow_of):
    assert shown(workflow_of, SAVE, "::opened") == ["save", "notify", "reason", "end"]


def test_a_flag_is_followed_through_a_call_that_passes_it_on(workflow_of):
    code = """
    def outer(order, quiet):
        inner(order, silent=quiet)
        log(order)
    def inner(order, silent):
        if not silent and order:
            requests.post("https://example.com/loud", timeout=1)
        elif silent:
            requests.post("https://example.com/silent", timeout=1)
    @app.post("/quiet")
    def quiet(order):
        outer(order, True)
    @app.post("/loud")
    def loud(order):
        outer(order, False)
    """
    assert shown(workflow_of, code, "::quiet") == ["silent", "log"]
    assert shown(workflow_of, code, "::loud") == ["loud", "log"]


def test_a_flag_that_the_function_changes_decides_nothing(workflow_of):
    code = """
    def save(order, notify=False):
        if order.urgent:
            notify = True
        log(order)
        if notify:
            requests.post("https://example.com/notify", timeout=1)
    @app.post("/x")
    def x(order):
        save(order)
        save(order, notify=False)
    """
    assert "notify" in shown(workflow_of, code, "::x")


def test_parts_of_expressions_are_ruled_out(workflow_of):
    code = """
    def read(order, cached):
        found = requests.get("https://example.com/stale", timeout=1) if cached else None
        more = cached and requests.get("https://example.com/more", timeout=1)
        return found or more or requests.get("https://example.com/fresh", timeout=1)
    @app.post("/x")
    def x(order):
        return read(order, False), log(order)
    """
    assert shown(workflow_of, code, "::x") == ["fresh", "log"]


LIMITED = """
    PATIENCE, SHORT = 0.8, 0.4
    async def ask(url):
        requests.get(url)
    async def part(name, within=None):
        log(name)
        return await asyncio.wait_for(ask("https://example.com/ask"), within or PATIENCE)
    def fetch(timeout=5):
        log(1)
        requests.get("https://example.com/fetch", timeout=timeout)
    @app.get("/short")
    async def short():
        await part("x", within=SHORT)
        fetch(timeout=2)
    @app.get("/long")
    async def long():
        await part("x")
        fetch()
    @app.get("/unknown")
    async def unknown(seconds: float):
        await part("x")
        fetch(timeout=seconds)
"""


def limits(workflow_of, unit):
    """What a workflow's requests and guards may take, but for the log's."""
    nodes = walked(workflow_of(app(LIMITED), unit).body)
    work = [n for n in nodes if isinstance(n, Guard) or (isinstance(n, Step) and "log" not in n.target)]
    return [node.timeout for node in work if node.timeout]


def test_a_limit_of_time_is_the_one_that_the_caller_gives(workflow_of):
    assert limits(workflow_of, "::short") == [0.4, 2.0]
    assert limits(workflow_of, "::long") == [0.8, 5.0]
    assert limits(workflow_of, "::unknown") == [0.8, 5.0]
