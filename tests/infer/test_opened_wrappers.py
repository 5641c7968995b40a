"""A wrapper of requests is one step where it does nothing else; one that does more is opened, its request named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from discover import load_config, scan
from discover.infer.logic import bodies_of
from discover.model import Call, Hop, Node, Step, Wait

HEAD = """
import time
import requests
from celery import shared_task

@shared_task
def alarm(order):
    requests.post("https://alarm.example.com", timeout=1)

"""
WORK = """
@shared_task
def work(order):
    send(order, "https://a.example.com")
"""
A, B, ALARM, OPEN = "POST to a.example.com", "POST to b.example.com", "hop", "Send"
CASES = {
    "nothing else": ("    requests.post(url, json=order, timeout=5)\n", [A]),
    "it is how the request fails": (
        "    answer = requests.post(url, timeout=5)\n    if answer.status_code > 400:\n        raise ValueError\n",
        [A],
    ),
    "one request or the other": (
        "    if order:\n        requests.post(url, json=order)\n    else:\n        requests.post(url)\n",
        [A],
    ),
    "a hand-over": ("    requests.post(url, timeout=5)\n    alarm.delay(order)\n", [OPEN, A, ALARM]),
    "a hand-over before": (
        "    if order:\n        alarm.delay(order)\n    requests.post(url, timeout=5)\n",
        [OPEN, ALARM, A],
    ),
    "a fallback": (
        "    try:\n        requests.post(url)\n    except requests.RequestException:\n        alarm.delay(order)\n",
        [OPEN, A, ALARM],
    ),
    "another request": (
        "    requests.post(url, timeout=5)\n    requests.post('https://b.example.com', timeout=5)\n",
        [OPEN, A, B],
    ),
    "a pause": ("    requests.post(url, timeout=5)\n    time.sleep(5)\n", [OPEN, A, "wait"]),
    "a condition": ("    if order:\n        requests.post(url, timeout=5)\n", [OPEN, A]),
    "a request to somewhere else": (
        "    requests.post('https://b.example.com', timeout=5)\n    alarm.delay(order)\n",
        [OPEN, B, ALARM],
    ),
    "through another one": ("    alarm.delay(order)\n    post(url)\n", [OPEN, ALARM, "Post", A, ALARM]),
}
POST = "def post(url):\n    requests.post(url, timeout=5)\n    alarm.delay(1)\n\n"


def told(nodes: tuple[Node, ...]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, (Step, Call)):
            yield node.name
        elif isinstance(node, Hop):
            yield ALARM
        elif isinstance(node, Wait):
            yield "wait"
        for body in bodies_of(node):
            yield from told(body)


def names(folder: Path, code: str) -> list[str]:
    (folder / "app.py").write_text(code)
    graph = scan(folder, load_config(folder))
    return next(list(told(one.body)) for one in graph.workflows if one.unit == "app.py::work")


@pytest.mark.parametrize("case", CASES)
def test_a_wrapper_hides_nothing_else_that_it_does(case: str, tmp_path: Path) -> None:
    body, expected = CASES[case]
    found = names(tmp_path, f"{HEAD}{POST}def send(order, url):\n{body}{WORK}")
    assert list(dict.fromkeys(found)) == list(dict.fromkeys(expected))


def test_each_call_of_a_wrapper_names_its_own_request(tmp_path: Path) -> None:
    body, _ = CASES["a hand-over"]
    code = f"{HEAD}def send(order, url):\n{body}{WORK}    send(order, 'https://b.example.com')\n"
    assert names(tmp_path, code) == [OPEN, A, ALARM, OPEN, B, ALARM]
