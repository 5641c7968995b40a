"""What a queue is told of its tries, and no policy says: told with its place, or kept by other words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from discover import load_config, scan
from discover.frameworks.entry_points.growing_delays import growth
from discover.model import RetryPolicy
from exporters.cutting.export import export

Tree = Callable[[dict[str, str]], Path]
CELERY = """from celery import Celery, Task
from django.conf import settings
import other, requests
LATER = tuple(other.errors())
app = Celery("shop", broker="redis://")
class Careful(Task):
    autoretry_for = (OSError,)
    dont_autoretry_for = (FileNotFoundError,)
@app.task({options})
def send(n):
    requests.post("https://a.example", json=n)
"""
DRAMATIQ = """import dramatiq, requests
from django.conf import settings
def again(tries, error):
    return tries < 3
@dramatiq.actor({options})
def send(n):
    requests.post("https://a.example", json=n)
"""
RQ = """import requests
from django.conf import settings
from other import RETRY
from rq import Queue, Retry
queue = Queue()
DELAYS = [10, 30, 60]
def send(n):
    requests.post("https://a.example", json=n)
queue.enqueue(send, 1, retry={options})
"""


def told(tree: Tree, code: str) -> tuple[RetryPolicy | None, list[str]]:
    """The policy of `send`, and the losses that an export tells of it."""
    root = tree({"app.py": code})
    graph = scan(root, load_config(root), workers=1)
    (workflow,) = [one for one in graph.workflows if one.unit == "app.py::send"]
    result = export(graph, lambda path: code if path == "app.py" else None, title="x")
    return workflow.retry, [
        loss.why for loss in result.losses if loss.where == "workflow:app.py::send#send" and loss.code == "retry-option"
    ]


@pytest.mark.parametrize(
    ("code", "options", "on", "loss"),
    [
        (
            CELERY,
            "autoretry_for=(OSError,), dont_autoretry_for=(KeyError, *LATER)",
            ("OSError except KeyError",),
            "`dont_autoretry_for=(KeyError, *LATER)` (app.py:9) is not kept: which errors these are is not known: they",
        ),
        (CELERY, "autoretry_for=LATER", (), "`autoretry_for=LATER` (app.py:9) is not kept: which errors these are"),
        (
            CELERY,
            "autoretry_for=settings.ERRORS",
            (),
            "`autoretry_for=settings.ERRORS` (app.py:9) is not kept: which errors these are is not known: any error",
        ),
        (
            CELERY,
            "autoretry_for=(KeyError, *LATER)",
            ("KeyError",),
            "`autoretry_for=(KeyError, *LATER)` (app.py:9) is not kept: not all of these errors are known",
        ),
        (CELERY, "max_retries=2, **settings.TASK", (), "`**settings.TASK` (app.py:9) is not kept: which errors"),
        (
            CELERY,
            "autoretry_for=(KeyError,), max_retries=settings.TRIES",
            ("KeyError",),
            "`max_retries=settings.TRIES` (app.py:9) is not kept: how many tries that makes is not known: they",
        ),
        (
            DRAMATIQ,
            "throws=settings.ERRORS",
            (),
            "`throws=settings.ERRORS` (app.py:5) is not kept: which errors these are is not known: they lead to",
        ),
        (DRAMATIQ, "retry_when=again", (), "`retry_when=again` (app.py:5) is not kept: it is not asked: any error"),
        (
            DRAMATIQ,
            "max_retries=settings.TRIES",
            (),
            "`max_retries=settings.TRIES` (app.py:5) is not kept: how many tries that makes is not known: 21 are made",
        ),
        (RQ, "RETRY", (), "`retry=RETRY` (app.py:9) is not kept: how many tries that makes is not known: there is one"),
        (
            RQ,
            "Retry(max=3, interval=[10, 60, 30])",
            (),
            "`interval=[10, 60, 30]` (app.py:9) is not kept: no engine takes a delay for each try: each is 10 s",
        ),
        (RQ, "Retry(max=5, interval=DELAYS)", (), "`interval=DELAYS` (app.py:9) is not kept: no engine takes"),
        (RQ, "Retry(2, settings.DELAY)", (), "`settings.DELAY` (app.py:9) is not kept: how long that is is not known"),
    ],
)
def test_what_no_policy_says_is_a_loss_with_its_place(
    tree: Tree, code: str, options: str, on: tuple[str, ...], loss: str
) -> None:
    policy, losses = told(tree, code.format(options=options))
    assert policy is not None
    assert policy.on == on
    assert [one[: len(loss)] for one in losses] == [loss]


@pytest.mark.parametrize(
    ("code", "options", "on"),
    [
        (
            CELERY,
            "autoretry_for=(OSError,), dont_autoretry_for=(FileNotFoundError,)",
            "OSError except FileNotFoundError",
        ),
        (CELERY, "base=Careful", "OSError except FileNotFoundError"),
        (DRAMATIQ, "throws=(ValueError, KeyError)", "Exception except ValueError, KeyError"),
        (DRAMATIQ, "throws=ValueError", "Exception except ValueError"),
    ],
)
def test_errors_that_are_the_end_at_once_are_left_out(tree: Tree, code: str, options: str, on: str) -> None:
    policy, losses = told(tree, code.format(options=options))
    assert policy is not None
    assert (policy.on, losses) == ((on,), [])


@pytest.mark.parametrize(
    ("code", "options"),
    [
        (CELERY, "autoretry_for=(), max_retries=2"),
        (CELERY, "autoretry_for=(OSError,), dont_autoretry_for=()"),
        (CELERY, "autoretry_for=(OSError,), max_retries=None"),
        (CELERY, "dont_autoretry_for=(OSError,)"),
        (DRAMATIQ, "throws=None, max_retries=2"),
        (RQ, "Retry(max=2, interval=5)"),
    ],
)
def test_what_a_policy_says_or_nothing_does_is_no_loss(tree: Tree, code: str, options: str) -> None:
    _, losses = told(tree, code.format(options=options))
    assert losses == []


@pytest.mark.parametrize("options", ["Retry(max=3, interval=[10, 30, 60])", "Retry(3, DELAYS)"])
def test_a_list_of_delays_is_kept_where_a_factor_and_a_longest_one_say_the_same(tree: Tree, options: str) -> None:
    policy, losses = told(tree, RQ.format(options=options))
    assert policy == RetryPolicy(attempts=4, delay=10.0, backoff=3.0, max_delay=60.0)
    assert losses == []


@pytest.mark.parametrize(
    ("delays", "tries", "found"),
    [
        ([5.0], None, (5.0, None, None)),
        ([5.0, 5.0], 9, (5.0, None, None)),
        ([1.0, 2.0, 4.0], 4, (1.0, 2.0, 4.0)),
        ([1.0, 2.0, 4.0, 5.0], 4, (1.0, 2.0, 4.0)),
        ([1.0, 2.0], 2, (1.0, None, None)),
        ([1.0, 2.0], 1, (1.0, None, None)),
        ([1.0, 2.0, 4.0], 5, None),
        ([1.0, 2.0, 4.0], None, None),
        ([0.0, 2.0, 4.0], 4, None),
        ([4.0, 2.0], 3, None),
        ([1.0, None], 3, None),
        ([1.0, 2.0, 2.0, 4.0], 5, None),
    ],
)
def test_delays_grow_by_a_factor_only_where_each_is_the_same(
    delays: list[float | None], tries: int | None, found: tuple[float, float | None, float | None] | None
) -> None:
    assert growth(delays, tries) == found
