"""An option that a name stands for is read as if it were written in the call, where the name is bound once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.model import Graph

QUEUES = """
    from redis import Redis
    from rq import Queue, Retry
    queue = Queue("default", connection=Redis())
    RETRY = Retry(max=2, interval=30)
"""
JOBS = """
    from rq import Retry
    from queues import RETRY, queue
    import queues
    import requests

    def job():
        requests.get("https://api.example.com", timeout=1)

    def handler(policy):
        {code}
        queue.enqueue(job, retry={retry})
"""


@pytest.mark.parametrize(
    ("code", "retry", "attempts"),
    [
        ("pass", "Retry(max=2)", 3),
        ("pass", "RETRY", 3),
        ("mine = Retry(max=4)", "mine", 5),
        ("mine = Retry(max=4); mine = Retry(max=5)", "mine", 1),
        ("pass", "policy", 1),
    ],
)
def test_the_retry_of_a_job(
    code: str, retry: str, attempts: int | None, scan_source: Callable[[Mapping[str, str | bytes]], Graph]
) -> None:
    graph = scan_source({"queues.py": QUEUES, "jobs.py": JOBS.format(code=code, retry=retry)})
    (policy,) = [workflow.retry for workflow in graph.workflows if workflow.unit == "jobs.py::job"]
    assert (policy.attempts if policy else None) == attempts
