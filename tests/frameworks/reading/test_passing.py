"""A project's own function that passes its argument to a library's hand-over is a hand-over, at each of its callers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]

RQ = "from rq import Queue\nfrom redis import Redis\nqueue = Queue('mail', connection=Redis())\n"
JOBS = "def bill(order): ...\ndef ship(order): ...\n"


def sent(found: Findings, *, passed_on: bool = False) -> list[str]:
    """`unit:line -> targets (arguments)` of each dispatch that stands where it is listed."""
    return [
        f"{d.unit.rpartition('::')[2]}:{d.line} -> {', '.join(t.rpartition('::')[2] for t in d.targets) or '?'}"
        f" ({', '.join(d.arguments)})"
        for d in found.dispatches
        if d.is_passed_on is passed_on
    ]


def test_each_caller_of_a_wrapper_sends_its_own_job_with_its_own_arguments(find: Find) -> None:
    text = (
        RQ
        + JOBS
        + "def later(job, *args, **options):\n    queue.enqueue(job, *args, **options)\n"
        + "def one(order):\n    later(bill, order.id, at_front=True)\n"
        + "def two(order):\n    later(ship, order)\n"
    )
    found = find({"app.py": text})
    assert sent(found) == ["one:9 -> bill (order.id, at_front=True)", "two:11 -> ship (order)"]
    assert sent(found, passed_on=True) == ["later:7 -> bill, ship (*args, **options)"]


@pytest.mark.parametrize(
    ("wrapper", "sent_arguments"),
    [
        ("    queue.enqueue(args[0], *args[1:])\n", "*args[1:]"),
        ("    job, *rest = args\n    queue.enqueue(job, *rest)\n", "*rest"),
        ("    job = args[0]\n    args = tuple(args[1:])\n    queue.enqueue(job, *args)\n", "*args"),
        ("    queue.enqueue(options['job'], *args)\n", "*args"),
    ],
)
def test_a_wrapper_that_takes_the_job_out_of_its_gathered_arguments_sends_what_each_caller_gives(
    wrapper: str, sent_arguments: str, find: Find
) -> None:
    by_name = "options" in wrapper
    calls = (
        ("later('a', 1, job=bill)", "later('b', job=ship)") if by_name else ("later('a', bill, 1)", "later('b', ship)")
    )
    callers = f"def one():\n    {calls[0]}\ndef two():\n    {calls[1]}\n"
    text = f"{RQ}{JOBS}{callers}def later(name, *args, **options):\n{wrapper}"
    found = sent(find({"app.py": text}))
    assert [one.partition(" (")[0] for one in found] == ["one:7 -> bill", "two:9 -> ship"]
    if sent_arguments != "*rest" and not by_name:
        assert [one.partition(" (")[2] for one in found] == ["1)", ")"]


def test_a_queues_name_that_a_function_makes_is_that_of_the_call_that_is_bound_to_a_name(find: Find) -> None:
    text = (
        "from rq import Queue\n"
        + JOBS
        + "def clean(name):\n    cleaned = name\n    if not name[0].isalpha():\n        cleaned = f'_{name}'\n"
        + "    return cleaned\n"
        + "def one():\n    queue = clean('bills')\n    Queue(queue).enqueue(bill)\n"
        + "def two():\n    queue = clean('parcels')\n    Queue(queue).enqueue(ship)\n"
    )
    found = find({"app.py": text})
    assert [(d.targets, d.channel) for d in found.dispatches] == [
        (("app.py::bill",), "bills"),
        (("app.py::ship",), "parcels"),
    ]


def test_a_job_that_a_wrapper_binds_again_with_a_default_is_still_the_callers(find: Find) -> None:
    text = (
        RQ
        + JOBS
        + "def later(job=None):\n    job = job or bill\n    queue.enqueue(job)\n"
        + "def one():\n    later(ship)\n"
        + "def two():\n    later(bill)\n"
    )
    assert sent(find({"app.py": text})) == ["one:10 -> ship ()", "two:12 -> bill ()"]


def test_a_hand_over_is_followed_through_two_levels_to_the_call_that_chooses(find: Find) -> None:
    text = (
        RQ
        + JOBS
        + "def later(job, *args):\n    queue.enqueue(job, *args)\n"
        + "def soon(job, order):\n    later(job, order, 1)\n"
        + "def one():\n    soon(bill, 'a')\n"
        + "def two():\n    soon(job=ship, order='b')\n"
    )
    assert sent(find({"app.py": text})) == ["one:11 -> bill ('a', 1)", "two:13 -> ship ('b', 1)"]


def test_a_method_of_the_projects_own_client_is_a_hand_over_on_its_classs_queue(find: Find) -> None:
    text = (
        "from rq import Queue\nfrom redis import Redis\n"
        + JOBS
        + "class Jobs:\n"
        + "    queue = 'slow'\n"
        + "    def run(self, job, *args):\n"
        + "        Queue(self.queue, connection=Redis()).enqueue(job, *args)\n"
        + "def one():\n    Jobs().run(bill, 1)\n"
        + "def two():\n    Jobs().run(ship, 2)\n"
    )
    found = find({"app.py": text})
    assert sent(found) == ["one:10 -> bill (1)", "two:12 -> ship (2)"]
    assert {d.channel for d in found.dispatches} == {"slow"}


def test_names_that_a_wrapper_is_given_address_tasks(find: Find) -> None:
    text = (
        "from celery import Celery\napp = Celery('shop')\n"
        "@app.task(name='shop.bill')\ndef bill(order): ...\n"
        "@app.task(name='shop.ship')\ndef ship(order): ...\n"
        "def enqueue(name, *args):\n    app.send_task(f'shop.{name}', args=args)\n"
        "def one():\n    enqueue('bill', 7)\n"
        "def two():\n    enqueue('ship', 8)\n"
        "def three(name):\n    enqueue(name)\n"
    )
    assert sent(find({"app.py": text})) == ["one:10 -> bill (7)", "three:14 -> bill, ship ()", "two:12 -> ship (8)"]


@pytest.mark.parametrize("body", ["task.delay(*args)", "on_commit(lambda: task.delay(*args))"])
def test_the_task_itself_may_be_the_argument(find: Find, body: str) -> None:
    text = (
        "from celery import shared_task\nfrom django.db.transaction import on_commit\n"
        "@shared_task\ndef bill(order): ...\n"
        "@shared_task\ndef ship(order): ...\n"
        f"def later(task, *args):\n    {body}\n"
        "def one():\n    later(bill, 1)\n"
        "def two():\n    later(ship, 2)\n"
    )
    found = find({"app.py": text})
    assert [(d.unit, d.targets) for d in found.dispatches if not d.is_passed_on] == [
        ("app.py::one", ("app.py::bill",)),
        ("app.py::two", ("app.py::ship",)),
    ]


def test_a_thread_started_for_a_given_function_runs_what_each_caller_gives(find: Find) -> None:
    text = (
        "from threading import Thread\n"
        + JOBS
        + "def aside(function, *args):\n    Thread(target=function, args=args).start()\n"
        + "def one():\n    aside(bill, 1)\n"
        + "def two():\n    aside(ship, 2)\n"
    )
    found = find({"app.py": text})
    assert [(c.unit, c.targets, c.arguments) for c in found.callbacks if not c.is_passed_on] == [
        ("app.py::one", ("app.py::bill",), ("1",)),
        ("app.py::two", ("app.py::ship",), ("2",)),
    ]


def test_a_function_that_chooses_the_job_itself_keeps_its_hand_over(find: Find) -> None:
    text = (
        RQ
        + JOBS
        + "def pay(order, fast):\n    job = bill if fast else ship\n    queue.enqueue(job, order)\n"
        + "def one():\n    pay(1, True)\n"
    )
    assert sent(find({"app.py": text})) == ["pay:8 -> bill, ship (order)"]


def test_a_wrapper_that_nobody_calls_keeps_what_is_known_of_it(find: Find) -> None:
    text = RQ + JOBS + "def later(job=bill, *args):\n    queue.enqueue(job, *args)\n"
    assert sent(find({"app.py": text})) == ["later:7 -> bill (*args)"]


def test_a_function_whose_callers_choose_only_the_arguments_keeps_its_hand_over(find: Find) -> None:
    text = (
        "from functools import partial\nfrom django.db.transaction import on_commit\n"
        + JOBS
        + "def pay(order):\n    on_commit(partial(bill, order))\n"
        + "def one():\n    pay(1)\n"
        + "def two():\n    pay(2)\n"
    )
    assert [c.unit for c in find({"app.py": text}).callbacks] == ["app.py::pay"]


def test_each_workflow_has_only_the_job_that_it_hands_over(workflow_of: Callable[..., object]) -> None:
    text = (
        RQ
        + "import requests\n"
        + "def bill(order):\n    requests.post('https://bank.example.org')\n"
        + "def ship(order):\n    requests.post('https://post.example.org')\n"
        + "def later(job, *args):\n    queue.enqueue(job, *args)\n"
        + "def one():\n    later(bill, 1)\n"
        + "def two():\n    later(ship, 2)\n"
    )
    project = "[project]\nname = 'x'\ndependencies = ['rq']\n[project.scripts]\none = 'app:one'\ntwo = 'app:two'\n"
    workflow = workflow_of({"app.py": text, "pyproject.toml": project}, "::one")
    assert "bank.example.org" in str(workflow)
    assert "post.example.org" not in str(workflow)


@pytest.mark.parametrize(
    "flush",
    [
        "for name, args in self.jobs:\n            app.send_task(name, args=args)",
        "due = [j for j in self.jobs if j[1]]\n        for name, args in due:\n            app.send_task(name, args)",
        "for name, args in self.jobs:\n            task = app.tasks.get(name)\n            task.apply_async(args)",
    ],
)
def test_what_is_collected_and_sent_later_is_handed_over_where_it_is_chosen(find: Find, flush: str) -> None:
    text = (
        "from celery import Celery\napp = Celery('shop')\n"
        "@app.task(name='shop.bill')\ndef bill(order): ...\n"
        "@app.task(name='shop.ship')\ndef ship(order): ...\n"
        "class Outbox:\n"
        "    def __init__(self):\n        self.jobs = []\n"
        "    def add(self, name, *args):\n        self.jobs.append((name, args))\n"
        f"    def flush(self):\n        {flush}\n"
        "outbox = Outbox()\n"
        "def one(order):\n    outbox.add('shop.bill', order)\n"
        "def two(order):\n    outbox.add('shop.ship', order)\n"
    )
    found = [(d.unit, d.targets, d.arguments) for d in find({"app.py": text}).dispatches if not d.is_passed_on]
    assert found == [("app.py::one", ("app.py::bill",), ("order",)), ("app.py::two", ("app.py::ship",), ("order",))]


def test_a_collected_name_with_an_unknown_part_may_be_any_task_that_fits(find: Find) -> None:
    text = (
        "from celery import Celery\napp = Celery('shop')\n"
        "@app.task(name='hooks.paid')\ndef paid(order): ...\n"
        "@app.task(name='hooks.sent')\ndef sent(order): ...\n"
        "@app.task(name='shop.bill')\ndef bill(order): ...\n"
        "class Outbox:\n"
        "    def __init__(self):\n        self.jobs = []\n"
        "    def add(self, name, *args):\n        self.jobs.append((name, args))\n"
        "    def flush(self):\n        for name, args in self.jobs:\n            app.send_task(name, args)\n"
        "outbox = Outbox()\n"
        "def hook(kind, order):\n    outbox.add(f'hooks.{kind}', order)\n"
    )
    found = [
        (d.unit, d.targets, d.is_picked, d.confidence) for d in find({"app.py": text}).dispatches if not d.is_passed_on
    ]
    assert found == [("app.py::hook", ("app.py::paid", "app.py::sent"), True, 0.5)]


def test_a_list_that_is_only_read_hands_nothing_over(find: Find) -> None:
    text = (
        "from celery import Celery\napp = Celery('shop')\n"
        "@app.task(name='shop.bill')\ndef bill(order): ...\n"
        "class Outbox:\n"
        "    def add(self, name):\n        self.names.append(name)\n"
        "    def show(self):\n        for name in self.names:\n            print(app.tasks.get(name).queue)\n"
        "def one():\n    Outbox().add('shop.bill')\n"
    )
    assert sent(find({"app.py": text})) == []
