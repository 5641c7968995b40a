"""What a function starts beside itself, and whether it waits for that."""

from __future__ import annotations

import pytest

from discover.infer.node_trees import walked
from discover.model import Call, Parallel

JOBS = """
    from multiprocessing import Process
    from threading import Thread
    import requests
    from celery import shared_task
    def send(number):
        requests.post("https://mail.example/send")
        requests.post("https://mail.example/sent")
    @shared_task
    def work(numbers):
        BODY
"""
STARTED = {
    "a thread that runs on": ("Thread(target=send, args=(1,)).start()", [False]),
    "a daemon with a name": ("thread = Thread(target=send, daemon=True); thread.start()", [False]),
    "a process": ("Process(target=send, args=(1,)).start()", [False]),
    "a thread that is waited for": ("thread = Thread(target=send); thread.start(); thread.join()", []),
    "threads that are waited for": (
        "threads = [Thread(target=send) for n in numbers]\\n        for one in threads: one.join()",
        [],
    ),
    "a text that is joined": ('Thread(target=send).start(); print(",".join(numbers))', [False]),
}


@pytest.mark.parametrize(("body", "waits"), STARTED.values(), ids=STARTED.keys())
def test_a_thread_that_nobody_joins_runs_beside_the_flow(scan_source, body, waits):
    graph = scan_source({"jobs.py": JOBS.replace("BODY", body.replace("\\n", "\n"))})
    (workflow,) = [one for one in graph.workflows if one.unit == "jobs.py::work"]
    nodes = list(walked(workflow.body))
    assert [node.join for node in nodes if isinstance(node, Parallel)] == waits
    assert [node.callee for node in nodes if isinstance(node, Call)] == ["jobs.py::send"]


DECORATED = """
    from functools import wraps
    from threading import Thread
    import requests
    from celery import shared_task
    def threaded(function):
        @wraps(function)
        def start(*args):
            STARTING
        return start
    @threaded
    def send(number):
        requests.post("https://mail.example/send")
    @threaded
    def count(number):
        requests.post("https://count.example/one")
    @shared_task
    def work(number):
        send(number)
"""


@pytest.mark.parametrize(
    ("starting", "waits"),
    [
        ("Thread(target=function, args=args, daemon=True).start()", [False]),
        ("thread = Thread(target=function, args=args); thread.start(); thread.join()", []),
    ],
)
def test_a_decorator_that_starts_a_thread_starts_what_it_decorates_and_nothing_else(scan_source, starting, waits):
    graph = scan_source({"jobs.py": DECORATED.replace("STARTING", starting)})
    (workflow,) = [one for one in graph.workflows if one.unit == "jobs.py::work"]
    assert workflow.services == ("mail.example",)
    assert [node.join for node in walked(workflow.body) if isinstance(node, Parallel)] == waits
