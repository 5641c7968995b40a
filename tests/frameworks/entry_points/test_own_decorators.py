"""A project's own decorator that applies a library's registers what it decorates, with the options that it is given."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]

PLAIN = (
    "def job(**options):\n"
    "    def register(function):\n"
    "        return shared_task(**options)(function)\n"
    "    return register\n"
)
NAMED = (
    "def job(name=None, queue='slow'):\n"
    "    def register(function):\n"
    "        return shared_task(function, name=name, queue=queue)\n"
    "    return register\n"
)
WRAPPED = (
    "def job(name=None, **options):\n"
    "    def register(function):\n"
    "        @wraps(function)\n"
    "        def inner(*args):\n"
    "            print('starts')\n"
    "            return function(*args)\n"
    "        shared_task(inner, name=name, **options)\n"
    "        return inner\n"
    "    return register\n"
)
SILENT = (
    "def job(name=None, **options):\n"
    "    def register(function):\n"
    "        shared_task(name=name, **options)(function)\n"
    "    return register\n"
)
A_CLASS = (
    "class job:\n"
    "    def __init__(self, **options):\n        self.options = options\n"
    "    def __call__(self, function):\n        return shared_task(function)\n"
)
BOTH_WAYS = [
    (
        "def job(*given, **options):\n"
        "    def register(function):\n"
        "        options.setdefault('queue', 'slow')\n"
        "        return shared_task(**options)(function)\n"
        "    if given and callable(given[0]):\n"
        "        return register(given[0])\n"
        "    return register\n"
    ),
    (
        "def job(function=None, *, name=None, queue=None):\n"
        "    def register(function):\n"
        "        return shared_task(function, name=name, queue=queue)\n"
        "    return register(function) if function else register\n"
    ),
    (
        "def job(function=None, **options):\n"
        "    if function is None:\n"
        "        return lambda given: job(given, **options)\n"
        "    @wraps(function)\n"
        "    def inner(*args):\n"
        "        return function(*args)\n"
        "    return shared_task(inner, **options)\n"
    ),
]
HEAD = "from functools import partial, wraps\nfrom celery import shared_task\nfrom celery.schedules import crontab\n"
JOBS = "@job(name='bill', queue='fast')\ndef bill(order): ...\n@job(name='ship')\ndef ship(order): ...\n"


def tasks(found: Findings) -> list[str]:
    return sorted(
        f"{e.kind} {e.detail.name or e.detail.schedule} {e.detail.queue or '-'} {e.unit}"
        for e in found.entry_points
        if e.kind in ("task", "schedule")
    )


@pytest.mark.parametrize("decorator", [PLAIN, WRAPPED, SILENT])
def test_each_function_below_the_decorator_is_a_task_with_its_own_options(find: Find, decorator: str) -> None:
    found = find({"jobs.py": HEAD + decorator + JOBS})
    assert tasks(found) == ["task bill fast jobs.py::bill", "task ship - jobs.py::ship"]


@pytest.mark.parametrize("decorator", BOTH_WAYS)
def test_a_decorator_that_stands_with_and_without_a_call_registers_both_ways(find: Find, decorator: str) -> None:
    found = find({"jobs.py": HEAD + decorator + "@job\ndef tidy(): ...\n" + JOBS})
    assert tasks(found) == [
        "task bill fast jobs.py::bill",
        "task jobs.tidy - jobs.py::tidy",
        "task ship - jobs.py::ship",
    ]


def test_a_default_holds_where_a_decorator_stands_without_a_call(find: Find) -> None:
    decorator = (
        "def job(function=None, queue='slow'):\n"
        "    def register(function):\n"
        "        return shared_task(function, queue=queue)\n"
        "    return register(function) if function else register\n"
    )
    found = find({"jobs.py": HEAD + decorator + "@job\ndef tidy(): ...\n"})
    assert tasks(found) == ["task jobs.tidy slow jobs.py::tidy"]


def test_a_default_of_the_decorator_holds_where_nothing_is_given(find: Find) -> None:
    found = find({"jobs.py": HEAD + NAMED + JOBS})
    assert tasks(found) == ["task bill fast jobs.py::bill", "task ship slow jobs.py::ship"]


def test_a_class_that_decorates_registers_too(find: Find) -> None:
    found = find({"jobs.py": HEAD + A_CLASS + JOBS})
    assert tasks(found) == ["task jobs.bill - jobs.py::bill", "task jobs.ship - jobs.py::ship"]


def test_options_that_partial_gave_are_the_tasks(find: Find) -> None:
    found = find({"jobs.py": HEAD + "job = partial(shared_task, queue='slow')\n@job(name='bill')\ndef bill(): ...\n"})
    assert tasks(found) == ["task bill slow jobs.py::bill"]


def test_a_task_of_an_own_decorator_is_sent_like_any(find: Find) -> None:
    text = HEAD + PLAIN + JOBS + "def go():\n    bill.delay(1)\n"
    found = find({"jobs.py": text})
    assert [(d.unit, d.targets) for d in found.dispatches] == [("jobs.py::go", ("jobs.py::bill",))]


@pytest.mark.parametrize(
    ("option", "schedule"),
    [
        ("cron='0 3 * * *'", "cron 0 3 * * *"),
        ("run=crontab(hour=3, minute=0)", "cron 0 3 * * *"),
        ("title='5 new orders of today'", ""),
        ("retry_for='1 2 3 4 5'", ""),
    ],
)
def test_an_option_of_an_own_decorator_that_says_when_makes_a_schedule(find: Find, option: str, schedule: str) -> None:
    decorator = (
        "def job(name=None, **options):\n"
        "    def register(function):\n"
        "        SCHEDULE[name] = options\n"
        "        return shared_task(function, name=name)\n"
        "    return register\n"
    )
    text = HEAD + "SCHEDULE = {}\n" + decorator + f"@job(name='bill', {option})\ndef bill(): ...\n"
    found = find({"jobs.py": text})
    assert [e.detail.schedule for e in found.entry_points if e.kind == "schedule"] == ([schedule] if schedule else [])


def test_a_decorator_that_applies_nothing_registers_nothing(find: Find) -> None:
    text = HEAD + "def job(function):\n    return function\n@job\ndef bill(): ...\n@shared_task\ndef ship(): ...\n"
    assert tasks(find({"jobs.py": text})) == ["task jobs.ship - jobs.py::ship"]


MARKED = (
    "from flask import Flask\n"
    "ROUTES = []\n"
    "def route(rule):\n"
    "    def mark(function):\n"
    "        ROUTES.append((rule, function))\n"
    "        return function\n"
    "    return mark\n"
    "@route('/bill')\ndef bill(): ...\n"
    "@route('/ship')\ndef ship(): ...\n"
    "def other(): ...\n"
    "app = Flask(__name__)\n"
    "for rule, function in ROUTES:\n"
    "    app.add_url_rule(rule, view_func=function)\n"
)


def test_what_a_decorator_only_marks_is_registered_by_the_later_scan_with_its_own_options(find: Find) -> None:
    found = find({"web.py": MARKED})
    assert [(e.detail.path, e.unit) for e in found.entry_points] == [
        ("/bill", "web.py::bill"),
        ("/ship", "web.py::ship"),
    ]


def test_what_the_list_of_marks_holds_otherwise_is_not_lost(find: Find) -> None:
    found = find({"web.py": MARKED.replace("ROUTES = []", "def home(): ...\nROUTES = [('/', home)]")})
    assert {"web.py::home", "web.py::bill", "web.py::ship"} <= {e.unit for e in found.entry_points}


TABLES = {
    "a mapping of functions to options": (
        "JOBS = {bill: {'name': 'bill', 'queue': 'fast'}, ship: {'name': 'ship', 'queue': 'slow'}}\n"
        "for function, options in JOBS.items():\n    shared_task(**options)(function)\n"
    ),
    "a mapping of names to queues and functions": (
        "JOBS = {'bill': ('fast', bill), 'ship': ('slow', ship)}\n"
        "for name, (queue, function) in JOBS.items():\n    shared_task(name=name, queue=queue)(function)\n"
    ),
    "rows": (
        "for name, queue, function in [('bill', 'fast', bill), ('ship', 'slow', ship)]:\n"
        "    shared_task(name=name, queue=queue)(function)\n"
    ),
}


@pytest.mark.parametrize("table", TABLES)
def test_functions_of_a_table_are_tasks_each_with_the_options_of_its_row(find: Find, table: str) -> None:
    functions = "def bill(order): ...\ndef ship(order): ...\n"
    found = find({"jobs.py": HEAD + functions + TABLES[table]})
    told = {(e.unit, e.detail.name, e.detail.queue) for e in found.entry_points}
    assert told == {("jobs.py::bill", "bill", "fast"), ("jobs.py::ship", "ship", "slow")}


IN_TURN = (
    "import functools, click\n"
    "main = click.Group()\n"
    "@click.group(name='shop')\n"
    "def cli(): ...\n"
    "main.add_command(cli)\n"
    "class command:\n"
    "    def __init__(self, name=None):\n        self.name = name\n"
    "    def __call__(self, function):\n"
    "        decorators = [functools.wraps(function), click.command(name=self.name)]\n"
    "        def wrapper(*args, **options):\n            return function(*args, **options)\n"
    "        for decorate in decorators:\n            wrapper = decorate(wrapper)\n"
    "        cli.add_command(wrapper)\n"
    "        return wrapper\n"
    "@command()\n"
    "def count_stock(): ...\n"
    "@command('ship')\n"
    "@click.option('--number')\n"
    "def send(number): ...\n"
)


def test_what_a_decorator_makes_commands_of_in_a_loop_over_decorators_is_a_command(find: Find) -> None:
    found = find({"shop.py": IN_TURN})
    commands = {e.unit: e.detail.command for e in found.entry_points if e.kind == "command"}
    assert commands == {"shop.py::count_stock": "shop count-stock", "shop.py::send": "shop ship"}


def test_only_commands_that_are_made_in_a_wrapper_hang_where_it_is_hung(find: Find) -> None:
    code = (
        "import click\n"
        "cli = click.Group()\n"
        "tools = click.Group('tools')\n"
        "def plain(): ...\n"
        "def count(): ...\n"
        "cli.command('count')(count)\n"
        "tools.add_command(plain)\n"
    )
    assert [e.detail.command for e in find({"shop.py": code}).entry_points] == ["count"]
