"""What an object, a module, a class or a table holds of the process stays with what asks for it, by any name."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from discover import model
from exporters.canonical import records
from exporters.canonical.walk import all_elements
from tests.exporters.cutting import beside

HELPERS = """
import sys
from dataclasses import dataclass

MARKS, COUNT, LIMIT, STATES = {}, 0, 10, ["new", "paid"]


class Job:
    def __init__(self, store):
        self.store = store

    def do(self, n):
        self.store["a"] = n

    def asked(self):
        return self.store.get("a")

    def swap(self):
        self.store = {}


class Sub(Job):
    def __init__(self, n, store):
        super().__init__(store)
        self.n = n

    def again(self, n):
        self.store.update(a=n)


class Always:
    def __init__(self, **options):
        self.store = options.get("store", MARKS)

    def do(self, n):
        self.store["a"] = n


@dataclass
class Data:
    name: str
    store: dict

    def do(self, n):
        self.store["a"] = n


class Only:
    _made = None

    def __new__(cls):
        if cls._made is None:
            cls._made = object.__new__(cls)
            cls._made.rows = []
        return cls._made

    def add(self, n):
        self.rows.append(n)


class Shelf:
    def __init__(self):
        self.rows = {}

    def __call__(self, n):
        self.rows["a"] = n

    def __enter__(self):
        self.rows["a"] = 1
        return self

    def __exit__(self, *error):
        return False


class Options:
    flag = 0


JOB = Job(MARKS)
SHELF = Shelf()
FILLING = Job(SHELF)
OPTIONS = Options()


def made():
    return Job(MARKS)

def remember(key, value):
    MARKS[key] = value

def count():
    return COUNT

def limit():
    return LIMIT

def let(options, n):
    options.flag = n

def set_here(name, value):
    setattr(sys.modules[__name__], name, value)

def set_global(value):
    globals()["COUNT"] = value

HANDLERS = {"remember": remember}


class Row:
    state = "new"

def mark(row):
    row.state = Options.flag
    row.state = STATES
"""
HEAD = "import importlib\nimport sys\n\nimport helpers\nfrom outside import effect\n\n\n"
MARK, COUNT, FLAG = "helpers.MARKS.get('a')", "helpers.count()", "helpers.OPTIONS.flag"
SHARED = "helpers.Options.flag"
LEFT = {
    "an attribute holds what was passed": ("helpers.Job(helpers.MARKS).do(n)", MARK),
    "under a local name": ("job = helpers.Job(store=helpers.MARKS)\njob.do(n)", MARK),
    "by a class above": ("helpers.Sub(2, helpers.MARKS).again(n)", MARK),
    "whatever was passed": ("helpers.Always().do(n)", MARK),
    "a data class": ("helpers.Data('x', helpers.MARKS).do(n)", MARK),
    "what a function makes": ("helpers.made().do(n)", MARK),
    "an object of a module": ("helpers.JOB.do(n)", MARK),
    "asked by an object of a module": ("helpers.remember('a', n)", "helpers.JOB.asked()"),
    "what an object of a module holds": ("helpers.JOB.store.update(a=n)", MARK),
    "an object that an object of a module holds": ("helpers.FILLING.store(n)", "dict(helpers.SHELF.rows)"),
    "given later": ("job = helpers.Job({})\njob.store = helpers.MARKS\njob.do(n)", MARK),
    "an object that holds itself in many ways": (
        "\n".join(["job = helpers.Job(helpers.MARKS)", *(f"job.own{way} = job" for way in range(60)), "job.do(n)"]),
        MARK,
    ),
    "a dict of others": ("every = {'marks': helpers.MARKS}\nevery['marks']['a'] = n", MARK),
    "the only object": ("helpers.Only().add(n)", "helpers.Only().rows"),
    "an object that is called": ("helpers.SHELF(n)", "dict(helpers.SHELF.rows)"),
    "an object that is entered": ("with helpers.SHELF:\n    pass", "dict(helpers.SHELF.rows)"),
    "a module's name": ("helpers.LIMIT = n", "helpers.limit()"),
    "set by name": ("setattr(helpers, 'COUNT', n)", COUNT),
    "set by a name that is computed": ("name = 'COU' + 'NT'\nsetattr(helpers, name, n)", COUNT),
    "in its own module": ("helpers.set_here('COUNT', n)", COUNT),
    "among the globals": ("helpers.set_global(n)", COUNT),
    "among the variables": ("vars(helpers)['COUNT'] = n", COUNT),
    "in the dict": ("helpers.__dict__.update(COUNT=n)", COUNT),
    "a module under a local name": ("config = helpers\nconfig.COUNT = n", COUNT),
    "a module that is imported by name": ("config = importlib.import_module('helpers')\nconfig.COUNT = n", COUNT),
    "a module of all modules": ("sys.modules['helpers'].COUNT = n", COUNT),
    "an object's attribute by name": ("object.__setattr__(helpers.OPTIONS, 'flag', n)", FLAG),
    "a class that is handed on": ("helpers.let(helpers.Options, n)", SHARED),
    "a class under a local name": ("options = helpers.Options\noptions.flag = n", SHARED),
    "a method of the type": ("dict.update(helpers.MARKS, a=n)", MARK),
    "a table of functions": ("helpers.HANDLERS['remember']('a', n)", MARK),
    "a function by name": ("getattr(helpers, 'remember')('a', n)", MARK),
    "a function that is replaced": ("helpers.count = lambda: 9", COUNT),
}


def files_of(*lines: str) -> dict[str, str]:
    body = "".join(f"    {line}\n" for part in lines for line in part.split("\n"))
    return {"outside.py": beside.OUTSIDE, "helpers.py": HELPERS, "job.py": f"{HEAD}def job(n):\n{body}"}


def steps(definition: records.Definition) -> list[records.Step]:
    return [one for one in all_elements(definition.runs[0]) if isinstance(one, records.Step)]


@pytest.mark.parametrize("way", list(LEFT))
def test_what_is_left_stays_with_what_asks_for_it(
    engine: ModuleType,
    workflow_over: Callable[..., model.Workflow],
    begun: Callable[[dict[str, str]], beside.Spaces],
    way: str,
) -> None:
    leaves, asks = LEFT[way]
    files = files_of("effect('before')", leaves, "effect('left', n)", f"effect('asked', {asks})", "effect('behind')")
    definition = beside.definition_of(workflow_over, files)
    wanted = beside.outcome((spaces := begun(files))["outside"], (), lambda: spaces["job"]["job"](1))
    scattered = engine.Scattered(definition, lambda: begun(files))
    assert beside.outcome(spaces["outside"], (), lambda: scattered.run("job", {"n": 1})) == wanted
    assert [step.code.count("effect(") for step in steps(definition)] == [1, 2, 1]


@pytest.mark.parametrize(
    "quiet",
    [
        "job = helpers.Job(helpers.MARKS)\njob.swap()",
        "row = helpers.Row()\nhelpers.mark(row)",
        "job = helpers.Job({})\njob.do(n)",
        "handle = helpers.HANDLERS",
    ],
    ids=["another value for the attribute", "a row's state", "what is only its own", "a table that nobody calls"],
)
def test_an_attribute_that_gets_another_value_leaves_what_it_held(
    workflow_over: Callable[..., model.Workflow], quiet: str
) -> None:
    asked = "effect('two', (helpers.MARKS, helpers.STATES, helpers.Options.flag))"
    built = beside.built(workflow_over, files_of("effect('one')", quiet, asked, "effect('three')"))
    assert not [step.whole for step in steps(built.definition) if "lives in one process" in step.whole]


def test_a_library_s_option_that_another_run_asks_for_is_a_loss(workflow_over: Callable[..., Any]) -> None:
    files = files_of("settings.DEBUG = n", "effect('one')", "effect('two')")
    files["job.py"] = f"from django.conf import settings\n{files['job.py']}"
    files["job.py"] += "\ndef told(n):\n    return settings.DEBUG\n"
    made = [
        model.Trigger(id=f"task:job.py::{name}", kind="task", framework="rq", handler=f"job.py::{name}", line=1)
        for name in ("job", "told")
    ]
    built = beside.built_with(workflow_over, files, made)
    [why] = [loss.why for loss in built.losses if loss.code == "process-state"]
    assert why.startswith("`django.conf.settings.DEBUG` lives in one process and is changed by `job` at job.py:")


MADE = """
LOG = []


def counter():
    n = 0

    def step():
        nonlocal n
        n += 1
        return n

    return step


def pusher(target):
    def push(x):
        target.append(x)

    return push


class Kept:
    total = 0

    def bump(self):
        type(self).total += 1


class Below(Kept):
    pass


class Rows:
    def __init__(self):
        self.rows = []

    def __call__(self, x):
        self.rows.append(x)


step = counter()
put = pusher(LOG)
every = Rows()
TABLE = {"every": every, "put": put}
"""


@pytest.mark.parametrize(
    ("leaves", "asks"),
    [
        ("helpers.step()", "helpers.step()"),
        ("helpers.put(n)", "list(helpers.LOG)"),
        ("helpers.TABLE['every'](n)", "list(helpers.every.rows)"),
        ("helpers.TABLE['put'](n)", "list(helpers.LOG)"),
        ("helpers.Kept().bump()", "helpers.Below().total"),
    ],
)
def test_what_functions_and_classes_keep_stays_with_what_asks_for_it(
    engine: ModuleType,
    workflow_over: Callable[..., model.Workflow],
    begun: Callable[[dict[str, str]], beside.Spaces],
    leaves: str,
    asks: str,
) -> None:
    files = files_of("effect('before')", leaves, "effect('left', n)", f"effect('asked', {asks})", "effect('behind')")
    files["helpers.py"] = MADE
    definition = beside.definition_of(workflow_over, files)
    wanted = beside.outcome((spaces := begun(files))["outside"], (), lambda: spaces["job"]["job"](1))
    scattered = engine.Scattered(definition, lambda: begun(files))
    assert beside.outcome(spaces["outside"], (), lambda: scattered.run("job", {"n": 1})) == wanted
    assert [step.code.count("effect(") for step in steps(definition)] == [1, 2, 1]
