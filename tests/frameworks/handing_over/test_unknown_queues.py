"""Tasks of queues that no catalog describes."""

from __future__ import annotations

from collections.abc import Callable

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]

SENDER = "def order(n):\n    mail.delay(n)\n    mail.apply_async((n,), countdown=3)\n"


def test_a_function_below_an_unknown_decorator_is_a_task_where_code_delays_it(find: Find) -> None:
    text = "from house import queue\n@queue.job(retries=3)\ndef mail(order): ...\n" + SENDER
    found = find({"app.py": text})
    assert [(e.kind, e.unit, e.confidence) for e in found.entry_points] == [("task", "app.py::mail", 0.7)]
    assert [(d.unit, d.line, d.targets, d.arguments) for d in found.dispatches] == [
        ("app.py::order", 5, ("app.py::mail",), ("n",)),
        ("app.py::order", 6, ("app.py::mail",), ("n",)),
    ]


def test_what_nobody_delays_is_no_task(find: Find) -> None:
    text = "from house import queue\n@queue.job(retries=3)\ndef mail(order): ...\ndef order(n):\n    mail(n)\n"
    found = find({"app.py": text})
    assert found.entry_points == ()
    assert found.dispatches == ()
