"""A project's own queue: the decorator puts on the function what sends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.frameworks.handing_over.attached import NOT_UNDERSTOOD
from discover.model.graph import Graph

Scan = Callable[[Mapping[str, str | bytes]], Graph]

HEAD = """
import json, logging, queue
from functools import partial, wraps
from concurrent.futures import ThreadPoolExecutor
import redis
from django.db import models, transaction

store = redis.Redis()
waiting = queue.Queue()
pool = ThreadPoolExecutor()
REGISTRY = {}
PENDING = []
log = logging.getLogger(__name__)

class Job(models.Model):
    name = models.TextField()
    arguments = models.TextField()

def push(function, *arguments):
    store.rpush("jobs", json.dumps([function.__qualname__, arguments]))
"""

SENDING = {
    "a row that names it": """
    name = function.__module__ + "." + function.__name__
    def delay(*arguments):
        if DEBUG:
            function(*arguments)
            return
        Job.objects.create(name=name, arguments=json.dumps(arguments))
    function.delay = delay
    REGISTRY[name] = function
    return function
""",
    "a row that is made and saved": """
    def delay(*arguments):
        job = Job(name=function.__name__, arguments=json.dumps(arguments))
        job.save()
    function.delay = delay
    return function
""",
    "a list in Redis, by another function": """
    def delay(*arguments):
        push(function, *arguments)
    function.delay = delay
    return function
""",
    "a partial of the function that pushes it": """
    function.delay = partial(push, function)
    return function
""",
    "a lambda": """
    function.delay = lambda *arguments: push(function, *arguments)
    return function
""",
    "a queue in the process": """
    def delay(*arguments):
        waiting.put((function, arguments))
    setattr(function, "delay", delay)
    return function
""",
    "a list of the module": """
    def delay(*arguments):
        PENDING.append((function, arguments))
    function.delay = delay
    return function
""",
    "a pool": """
    def delay(*arguments):
        return pool.submit(function, *arguments)
    function.delay = delay
    return function
""",
    "after the commit": """
    def delay(*arguments):
        transaction.on_commit(lambda: push(function, *arguments))
    function.delay = delay
    return function
""",
    "a class of its own": """
    class Sender:
        name = function.__name__
        @classmethod
        def delay(cls, *arguments):
            return cls.send(arguments)
        @classmethod
        def body(cls, arguments):
            return {"job": cls.name, "arguments": arguments}
        @classmethod
        def send(cls, arguments):
            body = cls.body(arguments)
            store.rpush("jobs", json.dumps(body))
    made = type(function.__name__, tuple([] + [Sender]), {})
    setattr(function, "delay", made.delay)
    return function
""",
    "an object that is made for it": """
    function.delay = Sender(function).delay
    return function

class Sender:
    def __init__(self, function):
        self.name = function.__name__
    def delay(self, *arguments):
        store.rpush("jobs", json.dumps([self.name, arguments]))
""",
    "on the wrapper": """
    @wraps(function)
    def wrapper(*arguments):
        log.info("runs")
        return function(*arguments)
    def delay(*arguments):
        push(function, *arguments)
    wrapper.delay = delay
    return wrapper
""",
}

CALLERS = """
from functools import partial
from django.db import transaction
from shop.queue import task

@task
def bill(order): ...

@task
def tell(order): ...

def later(function, *arguments):
    transaction.on_commit(partial(function.delay, *arguments))

def later_still(function, *arguments):
    transaction.on_commit(lambda: function.delay(*arguments))

def post(order):
    bill.delay(order)

def put(order):
    later(tell, order)

def put_again(order):
    later(bill, order)

def patch(order):
    later_still(bill, order)

def patch_again(order):
    later_still(tell, order)

def delete(order):
    transaction.on_commit(partial(tell.delay, order))

def head(order):
    transaction.on_commit(bill.delay)
"""


def _hops(graph: Graph, kind: str = "dispatch") -> dict[str, list[str]]:
    """The hops of the callers, by the caller's name."""
    found: dict[str, list[str]] = {}
    for edge in graph.edges:
        if edge.kind == kind and edge.source.startswith("shop/work.py"):
            target = edge.target.rpartition("::")[2]
            if "<lambda>" not in target:
                found.setdefault(edge.source.rpartition("::")[2], []).append(target)
    return found


def _scan(scan_source: Scan, body: str, callers: str = CALLERS) -> Graph:
    queue = f"{HEAD}\ndef task(function):{body}"
    return scan_source({"shop/__init__.py": "", "shop/queue.py": queue, "shop/work.py": callers})


@pytest.mark.parametrize("kept", SENDING)
def test_what_a_decorator_puts_on_a_function_hands_it_over_where_that_keeps_word_of_it(
    scan_source: Scan, kept: str
) -> None:
    graph = _scan(scan_source, SENDING[kept])
    assert _hops(graph) == {
        "later": ["bill", "tell"],
        "later_still.<locals>.<lambda>": ["bill", "tell"],
        "post": ["bill"],
        "put": ["tell"],
        "put_again": ["bill"],
        "patch": ["bill"],
        "patch_again": ["tell"],
        "delete": ["tell"],
        "head": ["bill"],
    }
    tasks = [trigger.handler for trigger in graph.triggers if trigger.kind == "task"]
    assert tasks == ["shop/work.py::bill", "shop/work.py::tell"]
    assert not [one for one in graph.unresolved if one.reason == NOT_UNDERSTOOD]


def test_what_only_calls_the_function_runs_it_within_the_call(scan_source: Scan) -> None:
    body = """
    def now(*arguments):
        log.info("at once")
        return function(*arguments)
    function.now = now
    return function
"""
    graph = _scan(scan_source, body, CALLERS.replace(".delay", ".now"))
    assert _hops(graph) == {}
    assert _hops(graph, "callback")["post"] == ["bill"]
    assert not [trigger for trigger in graph.triggers if trigger.kind == "task"]


@pytest.mark.parametrize(
    "body",
    [
        """
    def delay(*arguments):
        log.info("not now: %s", function.__name__)
    function.delay = delay
    return function
""",
        """
    def delay(*arguments):
        return store.get(function.__name__)
    function.delay = delay
    return function
""",
        """
    def delay(*arguments):
        said = []
        said.append(function.__name__)
        return said
    function.delay = delay
    return function
""",
        """
    def delay(*arguments):
        store.rpush("jobs", json.dumps(arguments))
    function.delay = delay
    return function
""",
        """
    function.delay = Counter().delay
    return function

class Counter:
    def __init__(self):
        self.key = "count"
    def delay(self, *arguments):
        store.rpush(self.key, json.dumps(arguments))
""",
    ],
)
def test_what_does_neither_is_told_where_it_is_called(scan_source: Scan, body: str) -> None:
    graph = _scan(scan_source, body)
    assert _hops(graph) == _hops(graph, "callback") == {}
    told = {(one.at, one.what): one.correction for one in graph.unresolved if one.reason == NOT_UNDERSTOOD}
    assert 'call: "bill.delay"' in told["shop/work.py::post", "bill.delay(…)"]


def test_a_mark_on_a_function_is_nothing_to_call(scan_source: Scan) -> None:
    graph = _scan(scan_source, "\n    function.delay = 5\n    return function\n")
    assert _hops(graph) == {}
    assert not [one for one in graph.unresolved if one.reason == NOT_UNDERSTOOD]
