"""Tasks that a middleware of their broker tries again, though they say nothing themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from discover import load_config, scan
from discover.model import RetryPolicy

CODE = """import requests
from taskiq import InMemoryBroker, SimpleRetryMiddleware, SmartRetryMiddleware
broker = InMemoryBroker().with_middlewares({middleware})
@broker.task({options})
async def send(n):
    requests.post("https://a.example", json=n)
"""


@pytest.mark.parametrize(
    ("middleware", "options", "found"),
    [
        ("SimpleRetryMiddleware(default_retry_label=True)", "", RetryPolicy(attempts=3, delay=0.0)),
        ("SimpleRetryMiddleware(7, True)", "", RetryPolicy(attempts=7, delay=0.0)),
        ("SimpleRetryMiddleware(default_retry_label=True)", "max_retries=5", RetryPolicy(attempts=5, delay=0.0)),
        ("SimpleRetryMiddleware(default_retry_label=True)", "retry_on_error=False", None),
        ("SimpleRetryMiddleware(default_retry_count=3)", "", None),
        ("SmartRetryMiddleware(default_retry_label=True)", "", RetryPolicy(attempts=3, delay=5.0)),
    ],
)
def test_a_middleware_may_try_all_tasks_again(
    tree: Callable[[dict[str, str]], Path], middleware: str, options: str, found: RetryPolicy | None
) -> None:
    root = tree({"app.py": CODE.format(middleware=middleware, options=options)})
    graph = scan(root, load_config(root), workers=1)
    assert [one.retry for one in graph.workflows if one.unit == "app.py::send"] == [found]
