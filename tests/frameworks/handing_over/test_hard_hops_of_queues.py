"""Small honest cases of the hops that break the chain in task queues: names, look-ups, hooks, data, overrides."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]

HEAD = (
    "import functools\nfrom celery import Celery, Task, chain, chord, group, shared_task, signature, current_app\n"
    "from celery.signals import task_failure, task_success\n"
    "app = Celery('shop')\nPREFIX = 'jobs'\nBILL = 'jobs.bill'\n"
    "@app.task\ndef bill(order): ...\n"
    "@app.task\ndef ship(order): ...\n"
    "@app.task\ndef tell(order): ...\n"
)


def sent(found: Findings, unit: str) -> list[str]:
    """`target stage` of what a unit sends, in order."""
    return [
        f"{target.rpartition('::')[2]}{f' {d.stage}' if d.stage else ''}"
        for d in found.dispatches
        if d.unit == f"jobs.py::{unit}" and not d.is_passed_on
        for target in d.targets
    ]


@pytest.mark.parametrize(
    "body",
    [
        "app.send_task('jobs.bill', [order])",
        "app.send_task(BILL, [order])",
        "app.send_task(f'{PREFIX}.bill', [order])",
        "app.send_task(PREFIX + '.bill', [order])",
        "app.send_task(bill.name, [order])",
        "signature('jobs.bill', args=(order,)).apply_async()",
        "app.signature(BILL).delay(order)",
        "app.tasks['jobs.bill'].delay(order)",
        "app.tasks[BILL].apply_async((order,))",
        "current_app.tasks.get('jobs.bill').delay(order)",
        "task = app.tasks['jobs.bill']\n    task.delay(order)",
        "send = bill.delay\n    send(order)",
        "functools.partial(bill.delay, order)()",
        "bill.delay_on_commit(order)",
        "bill.s(order)()",
        "bill.subtask((order,)).delay()",
        "getattr(bill, 'delay')(order)",
        "{'bill': bill, 'ship': ship}['bill'].delay(order)",
    ],
)
def test_a_task_is_sent_however_it_is_named(find: Find, body: str) -> None:
    assert sent(find({"jobs.py": HEAD + f"def go(order):\n    {body}\n"}), "go") == ["bill"]


@pytest.mark.parametrize(
    "body",
    [
        "self.send = bill.delay\n    def go(self, order):\n        self.send(order)",
        "self.task = bill\n    def go(self, order):\n        self.task.delay(order)",
        "self.name = 'jobs.bill'\n    def go(self, order):\n        app.send_task(self.name)",
        "self.sig = bill.s(1)\n    def go(self, order):\n        self.sig.delay()",
    ],
)
def test_a_task_that_an_object_keeps_is_sent(find: Find, body: str) -> None:
    text = HEAD + f"class Sender:\n    def __init__(self):\n        {body}\n"
    assert sent(find({"jobs.py": text}), "Sender.go") == ["bill"]


def test_a_method_that_returns_the_task_for_a_name_is_seen_from_each_caller(find: Find) -> None:
    text = HEAD + (
        "class Registry:\n    def find(self, name):\n        return app.tasks[f'jobs.{name}']\n"
        "registry = Registry()\n"
        "def one(order):\n    registry.find('bill').delay(order)\n"
        "def two(order):\n    task = registry.find('ship')\n    task.delay(order)\n"
    )
    found = find({"jobs.py": text})
    assert (sent(found, "one"), sent(found, "two")) == (["bill"], ["ship"])


def test_a_property_that_looks_a_task_up_by_what_its_class_says_gives_it(find: Find) -> None:
    text = HEAD + (
        "class Job:\n    task_name = 'jobs.bill'\n    @property\n    def task(self):\n"
        "        return app.tasks[self.task_name]\n    def later(self):\n        self.task.apply_async(countdown=3)\n"
    )
    assert sent(find({"jobs.py": text}), "Job.later") == ["bill"]


def test_parts_in_a_list_that_a_dict_keeps_are_sent_by_the_function_that_takes_them_out(find: Find) -> None:
    text = HEAD + (
        "def plan(orders):\n    header = [bill.s(o) for o in orders] + [ship.s(1)]\n"
        "    return {'header': header, 'body': tell.s()}\n"
        "def go(orders):\n    made = plan(orders)\n    chord(made['header'])(made['body'])\n"
    )
    assert sent(find({"jobs.py": text}), "go") == ["bill", "ship", "tell 1"]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ("chain(bill.s(o), ship.s(), tell.si(o))", ["bill", "ship 1", "tell 2"]),
        ("bill.s(o) | ship.s()", ["bill", "ship 1"]),
        ("group([bill.s(o), ship.s(o)])", ["bill", "ship"]),
        ("chord([bill.s(o), ship.s(o)], tell.s())", ["bill", "ship", "tell 1"]),
        ("bill.map([o])", ["bill"]),
        ("ship.starmap([(o,)])", ["ship"]),
        ("tell.chunks([(o,)], 10)", ["tell"]),
    ],
)
def test_a_canvas_built_in_one_function_is_sent_in_another(find: Find, made: str, expected: list[str]) -> None:
    text = HEAD + f"def built(o):\n    return {made}\ndef go(order):\n    built(order).apply_async()\n"
    assert sorted(sent(find({"jobs.py": text}), "go")) == sorted(expected)
    assert sent(find({"jobs.py": text}), "built") == []


def test_signatures_in_a_tuple_are_sent_by_the_function_that_unpacks_it(find: Find) -> None:
    text = HEAD + (
        "def built(o):\n    return bill.s(o), ship.s()\n"
        "def go(order):\n    first, last = built(order)\n    (first | last).delay()\n"
    )
    assert sorted(sent(find({"jobs.py": text}), "go")) == ["bill", "ship 1"]


def test_a_function_that_sends_the_signature_that_it_is_given_is_a_wrapper(find: Find) -> None:
    text = HEAD + (
        "def launch(work):\n    work.apply_async(countdown=3)\n"
        "def one(o):\n    launch(bill.s(o) | tell.s())\n"
        "def two(o):\n    launch(ship.s(o))\n"
    )
    found = find({"jobs.py": text})
    assert (sent(found, "one"), sent(found, "two")) == (["bill", "tell 1"], ["ship"])


def test_hooks_of_the_base_class_run_around_the_task(find: Find) -> None:
    text = HEAD + (
        "class Tracked(Task):\n"
        "    def before_start(self, task_id, args, kwargs): ...\n"
        "    def on_success(self, retval, task_id, args, kwargs): ...\n"
        "    def on_failure(self, exc, task_id, args, kwargs, einfo): ...\n"
        "    def on_retry(self, exc, task_id, args, kwargs, einfo): ...\n"
        "    def after_return(self, status, retval, task_id, args, kwargs, einfo): ...\n"
        "@app.task(base=Tracked)\ndef charge(order): ...\n"
    )
    hooks = {
        h.moment: h.target.rpartition(".")[2] for h in find({"jobs.py": text}).hooks if h.unit == "jobs.py::charge"
    }
    assert hooks == {
        "before": "before_start", "success": "on_success", "failure": "on_failure", "retry": "on_retry",
        "after": "after_return",
    }  # fmt: skip


def test_an_overridden_apply_async_still_sends(find: Find) -> None:
    text = HEAD + (
        "class Later(Task):\n"
        "    def apply_async(self, args=None, kwargs=None, **options):\n"
        "        return super().apply_async(args, kwargs, countdown=5)\n"
        "@app.task(base=Later)\ndef charge(order): ...\n"
        "def go(order):\n    charge.apply_async((order,))\n"
        "def also(order):\n    charge.delay(order)\n"
    )
    found = find({"jobs.py": text})
    assert (sent(found, "go"), sent(found, "also")) == (["charge"], ["charge"])
    led = [(hook.unit, hook.target) for hook in found.hooks]
    assert ("jobs.py::also", "jobs.py::Later.apply_async") in led, "`delay` calls what the class has of it"


def test_a_function_object_is_handed_over_without_a_decorator(find: Find) -> None:
    text = (
        "from rq import Queue\nqueue = Queue()\n"
        "def work(order): ...\n"
        "class Jobs:\n    def run(self, order): ...\n"
        "jobs = Jobs()\n"
        "def go(order):\n    queue.enqueue(work, order)\n    queue.enqueue(jobs.run, order)\n"
    )
    assert sent(find({"jobs.py": text}), "go") == ["work", "Jobs.run"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("if sender.name == 'jobs.bill':\n        print(1)", ["bill"]),
        ("if sender.name != BILL:\n        return\n    print(1)", ["bill"]),
        ("if sender.name in ('jobs.bill', 'jobs.ship'):\n        print(1)", ["bill", "ship"]),
        ("if sender.name not in {'jobs.bill', 'jobs.ship'}:\n        return\n    print(1)", ["bill", "ship"]),
        ("name = sender.name\n    if name == 'jobs.tell' and kw:\n        print(1)", ["tell"]),
        ("if sender.name == 'jobs.bill':\n        return\n    print(1)", []),
        ("if sender.name == 'jobs.nobody':\n        print(1)", []),
        ("print(sender.name)", []),
    ],
)
def test_a_life_cycle_signal_follows_the_tasks_that_its_receiver_looks_for(
    find: Find, body: str, expected: list[str]
) -> None:
    text = HEAD + f"@task_failure.connect\ndef failed(sender=None, **kw):\n    {body}\n"
    hooks = find({"jobs.py": text}).hooks
    assert sorted(h.unit.rpartition("::")[2] for h in hooks if h.target == "jobs.py::failed") == expected
    assert all(h.moment == "failure" for h in hooks)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("if not sender.name.startswith(JOBS):\n        return\n    print(1)", ["bill", "ship", "tell"]),
        ("if sender.name.endswith('.ship'):\n        print(1)", ["ship"]),
        ("if sender.name.startswith('jobs.b') and kw:\n        print(1)", ["bill"]),
        ("if sender.name.startswith('mail.'):\n        print(1)", []),
        ("if sender.name.startswith(''):\n        print(1)", []),
        ("match sender.name:\n        case 'jobs.bill' | 'jobs.tell':\n            print(1)", ["bill", "tell"]),
        ("match sender.name:\n        case 'jobs.bill':\n            return\n        case _:\n            print()", []),
    ],
)
def test_a_life_cycle_signal_follows_the_tasks_whose_names_begin_so_or_are_a_case(
    find: Find, body: str, expected: list[str]
) -> None:
    text = HEAD + f"JOBS = 'jobs.'\n@task_failure.connect\ndef failed(sender=None, **kw):\n    {body}\n"
    hooks = find({"jobs.py": text}).hooks
    assert sorted(h.unit.rpartition("::")[2] for h in hooks if h.target == "jobs.py::failed") == expected


def test_a_life_cycle_signal_that_is_connected_for_one_task_follows_it(find: Find) -> None:
    text = HEAD + "@task_success.connect(sender=bill)\ndef done(sender=None, **kw):\n    print(1)\n"
    assert [(h.unit, h.moment) for h in find({"jobs.py": text}).hooks] == [("jobs.py::bill", "success")]
