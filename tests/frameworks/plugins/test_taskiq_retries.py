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
        ("SmartRetryMiddleware(default_delay=9)", "retry_on_error=True", RetryPolicy(attempts=3, delay=9.0)),
        ("SmartRetryMiddleware(4)", "retry_on_error=True, delay=2", RetryPolicy(attempts=4, delay=2.0)),
        (
            "SimpleRetryMiddleware(default_retry_label=True, types_of_exceptions=[ValueError])",
            "",
            RetryPolicy(attempts=3, delay=0.0, on=("ValueError",)),
        ),
        (
            "SmartRetryMiddleware(default_retry_label=True, types_of_exceptions=[ValueError])",
            "types_of_exceptions=[KeyError]",
            RetryPolicy(attempts=3, delay=5.0, on=("KeyError",)),
        ),
    ],
)
def test_a_middleware_may_try_all_tasks_again(
    tree: Callable[[dict[str, str]], Path], middleware: str, options: str, found: RetryPolicy | None
) -> None:
    root = tree({"app.py": CODE.format(middleware=middleware, options=options)})
    graph = scan(root, load_config(root), workers=1)
    assert [one.retry for one in graph.workflows if one.unit == "app.py::send"] == [found]


@pytest.mark.parametrize(
    ("middleware", "options", "texts"),
    [
        ("SmartRetryMiddleware(use_jitter=True)", "retry_on_error=True", ["use_jitter=True"]),
        (
            "SmartRetryMiddleware(default_retry_label=True, use_jitter=True, use_delay_exponent=True)",
            "",
            ["use_jitter=True", "use_delay_exponent=True"],
        ),
        ("SmartRetryMiddleware(default_retry_label=True, default_delay=asked())", "", ["default_delay=asked()"]),
        ("SimpleRetryMiddleware(asked(), True)", "", ["asked()"]),
        ("SimpleRetryMiddleware(default_retry_label=True)", "max_retries=asked()", ["max_retries=asked()"]),
        (
            "SimpleRetryMiddleware(default_retry_label=True, types_of_exceptions=asked())",
            "",
            ["types_of_exceptions=asked()"],
        ),
        (
            "SimpleRetryMiddleware(default_retry_label=True), SmartRetryMiddleware(default_delay=9)",
            "",
            ["default_retry_label=True"],
        ),
    ],
)
def test_what_a_middleware_says_and_no_policy_does_is_told_with_its_place(
    tree: Callable[[dict[str, str]], Path], middleware: str, options: str, texts: list[str]
) -> None:
    code = CODE.format(middleware=middleware, options=options)
    root = tree({"app.py": code.replace("import requests\n", "import requests\nfrom elsewhere import asked\n")})
    graph = scan(root, load_config(root), workers=1)
    [retry] = [one.retry for one in graph.workflows if one.unit == "app.py::send"]
    assert retry is not None
    assert [one.text for one in retry.unsaid] == texts
    assert {one.at for one in retry.unsaid} <= {"app.py:4", "app.py:5"}
