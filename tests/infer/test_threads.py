"""What a function starts beside itself, and whether it waits for that."""

from __future__ import annotations

import pytest

from discover.infer.templates import walked
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
