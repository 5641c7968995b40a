"""What a module, a class or a default holds stays with what asks for it, whoever changes it; else it is a loss."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from discover import model
from exporters.canonical import records
from exporters.canonical.walk import all_elements
from exporters.cutting.build import Built, build
from tests.exporters.cutting import beside

HELPERS = """
import functools
import itertools
from dataclasses import dataclass, field

STORE, SEEN, HITS, CACHE, TOKENS = {}, set(), {}, {}, {}
ORDERS = {}
MARKS = {}
COUNT = 0
_client = None
_shelf = None
_ids = itertools.count()


class Register:
    shared = []
    total = 0

    def __init__(self):
        self.items = []

    def add(self, one):
        self.items.append(one)

    def all(self):
        return list(self.items)

    def share(self, one):
        self.shared.append(one)

    @classmethod
    def bump(cls):
        cls.total += 1


@dataclass
class Settings:
    names: list = field(default_factory=list)


class Shelf:
    def __init__(self):
        self.rows = {}

    def refresh(self, key):
        self.rows = made(key)

    def found(self):
        return self.rows.get(1)


SHELF = Shelf()
REGISTER = Register()
SETTINGS = Settings()


def remember(key, value):
    MARKS[key] = value

def recall(key):
    return MARKS.get(key)

def deeper(key):
    remember(key, 3)

def bump():
    global COUNT
    COUNT += 1

def count():
    return COUNT

def hit(key):
    if key not in ORDERS:
        ORDERS[key] = 0
    ORDERS[key] = ORDERS.get(key, 0) + 1

CACHED = {}

def cached(key):
    if key not in CACHED:
        CACHED[key] = made(key)
    return CACHED[key]

def made(key):
    return [key, 1]

def client():
    global _client
    if _client is None:
        _client = made(2)
    return _client

def shelf():
    global _shelf
    if _shelf is None:
        _shelf = Register()
    return _shelf

def collect(one, found=[]):
    found.append(one)
    return found

def marks():
    return MARKS

def put(where, key):
    where[key] = 1

def tally():
    tally.calls = getattr(tally, "calls", 0) + 1

@functools.lru_cache
def kept():
    return {}

def counted(function):
    @functools.wraps(function)
    def inner(*given):
        put(MARKS, function.__name__)
        return function(*given)
    return inner

@counted
def measured(one):
    return one

KNOWN = set()

def is_new(key):
    if key in KNOWN:
        return False
    KNOWN.add(key)
    return True

def next_id():
    return next(_ids)

def numbers(key):
    for number in range(2):
        KNOWN.add((key, number))
        yield number
"""
HEAD = "import helpers\nfrom outside import effect\n\nOWN = {}\n\n\n"
Cut = Callable[[str], Built]


def files_of(text: str) -> dict[str, str]:
    return {"outside.py": beside.OUTSIDE, "helpers.py": HELPERS, "job.py": f"{HEAD}def job(n):\n{_body(text)}"}


def _body(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.strip().split("\n"))


@pytest.fixture
def cut(workflow_over: Callable[..., model.Workflow]) -> Cut:
    return lambda text: beside.built(workflow_over, files_of(text))


def steps(built: Built) -> list[records.Step]:
    return [one for one in all_elements(built.definition.runs[0]) if isinstance(one, records.Step)]


LEFT = {
    "a function sets an item": ("helpers.remember('a', n)", "helpers.recall('a')", "MARKS"),
    "three calls deep": ("helpers.deeper('a')", "helpers.MARKS.get('a')", "MARKS"),
    "by another name": ("helpers.put(helpers.MARKS, 'a')", "helpers.recall('a')", "MARKS"),
    "what a function gives": ("helpers.marks()['a'] = n", "helpers.recall('a')", "MARKS"),
    "under a local name": ("kept = helpers.MARKS\nkept['a'] = n", "helpers.recall('a')", "MARKS"),
    "a global name": ("helpers.bump()", "helpers.count()", "COUNT"),
    "an object's attribute": ("helpers.REGISTER.add(n)", "helpers.REGISTER.all()", "REGISTER.items"),
    "an object that is made late": ("helpers.shelf().add(n)", "helpers.shelf().all()", "_shelf.items"),
    "a class's list by its object": ("helpers.REGISTER.share(n)", "helpers.Register.shared", "Register.shared"),
    "a class's attribute": ("helpers.Register.bump()", "helpers.Register.total", "Register.total"),
    "a data class's field": ("helpers.SETTINGS.names.append(n)", "helpers.SETTINGS.names", "SETTINGS.names"),
    "a function's attribute": ("helpers.tally()", "helpers.tally.calls", "tally.calls"),
    "a default": ("helpers.collect(n)", "helpers.collect(2)", "the default of `found`"),
    "what is answered once": ("helpers.kept()['a'] = n", "helpers.kept()", "what `kept()` keeps"),
    "around a decorated function": ("helpers.measured(n)", "dict(helpers.MARKS)", "MARKS"),
    "who was here before": ("helpers.is_new(n)", "helpers.is_new(n)", "KNOWN"),
    "numbers that go on": ("helpers.next_id()", "helpers.next_id()", "_ids"),
    "a generator": ("list(helpers.numbers(n))", "sorted(helpers.KNOWN)", "KNOWN"),
    "a method that is handed on": ("list(map(helpers.KNOWN.add, [n]))", "n in helpers.KNOWN", "KNOWN"),
    "its own module": ("OWN['a'] = n", "OWN['a']", "OWN"),
    "an inner function": ("def note(x):\n    helpers.KNOWN.add(x)\nnote(n)", "n in helpers.KNOWN", "KNOWN"),
    "a part under a local name": ("row = helpers.MARKS.setdefault(n, {})\nrow['a'] = 1", "helpers.MARKS", "MARKS"),
}


@pytest.mark.parametrize("way", list(LEFT))
def test_what_is_left_in_the_process_stays_with_what_asks_for_it(
    engine: ModuleType, cut: Cut, begun: Callable[[dict[str, str]], beside.Spaces], way: str
) -> None:
    leaves, asks, what = LEFT[way]
    text = f"effect('before')\n{leaves}\neffect('left', n)\neffect('asked', {asks})\neffect('behind')\n"
    built, files = cut(text), files_of(text)
    wanted = beside.outcome((spaces := begun(files))["outside"], (), lambda: spaces["job"]["job"](1))
    scattered = engine.Scattered(built.definition, lambda: begun(files))
    assert beside.outcome(spaces["outside"], (), lambda: scattered.run("job", {"n": 1})) == wanted
    together = [step for step in steps(built) if "'left'" in step.code]
    assert ["'asked'" in step.code for step in together] == [True]
    assert what in together[0].whole
    assert ["'before'" in step.code or "'behind'" in step.code for step in together] == [False]


@pytest.mark.parametrize(
    "quiet",
    [
        "helpers.hit(n)",
        "a = helpers.cached(n)\neffect('cached', a)\nb = helpers.cached(n)",
        "a = helpers.client()\neffect('client', a)\nb = helpers.client()",
        "a = helpers.recall(n)",
        "for one in [1, 2]:\n    helpers.hit(one)",
    ],
    ids=["a count that nobody reads", "a cache", "a client that is made late", "only read", "counts in a loop"],
)
def test_what_is_no_state_of_the_run_keeps_nothing_together(cut: Cut, quiet: str) -> None:
    built = cut(f"{quiet}\neffect('one')\neffect('two')\neffect('three')\n")
    assert not [step.whole for step in steps(built) if step.whole]
    assert not [loss for loss in built.losses if loss.code == "process-state"]


def test_a_row_that_a_session_reads_is_changed_in_the_database_and_not_in_the_session(
    workflow_over: Callable[..., model.Workflow],
) -> None:
    files = files_of("row = self.session.get(helpers.Register, n)\nrow.state = 'paid'\neffect('one')\neffect('two')")
    files["job.py"] = files["job.py"].replace("def job(n):", "@task(bind=True)\ndef job(self, n):")
    assert not any("made anew" in step.whole for step in steps(beside.built(workflow_over, files)))


def test_what_a_run_sets_anew_before_it_asks_is_nobody_else_s(workflow_over: Callable[..., model.Workflow]) -> None:
    text = "helpers.SHELF.refresh(n)\neffect('one', helpers.SHELF.found())\neffect('two')"
    assert not _losses(workflow_over, text)


def test_a_loop_whose_next_turn_asks_is_one_step(cut: Cut) -> None:
    turn = "    if helpers.is_new(i):\n        effect('b')\n    effect('c')\n"
    found = steps(cut(f"effect('a')\nfor i in range(3):\n{turn}effect('d')"))
    assert [step.code.count("effect") for step in found] == [1, 2, 1]


def test_a_handler_of_errors_finds_what_was_left_before(cut: Cut) -> None:
    tried = "try:\n    helpers.bump()\n    effect('a')\n    effect('b')\n"
    caught = "except ValueError:\n    effect('c', helpers.count())\n"
    assert [step.code.count("effect") for step in steps(cut(f"{tried}{caught}effect('d')"))] == [3, 1]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "if helpers.is_new(n):\n    effect('one')\neffect('two')",
            "`KNOWN` lives in one process and is changed by `is_new` at helpers.py:",
        ),
        ("helpers.remember('a', n)\neffect('one')\neffect('two')", "`told` finds that only in the same process"),
    ],
)
def test_what_outlives_the_run_is_a_loss(workflow_over: Callable[..., model.Workflow], text: str, why: str) -> None:
    assert [loss.why for loss in _losses(workflow_over, text) if why in loss.why]


def test_what_another_run_leaves_is_a_loss_where_it_is_asked_for(workflow_over: Callable[..., model.Workflow]) -> None:
    text = "effect('one', helpers.recall('b'))\neffect('two')"
    [why] = [loss.why for loss in _losses(workflow_over, text)]
    assert why.startswith("it asks for `MARKS`, which `tell` changes (`remember` at helpers.py:")


@pytest.mark.parametrize("kind", ["command", "serverless"])
def test_a_process_that_ends_with_its_run_leaves_nothing(
    workflow_over: Callable[..., model.Workflow], kind: str
) -> None:
    text = "if helpers.is_new(n):\n    effect('one')\neffect('two')"
    assert not _losses(workflow_over, text, kind)


def _losses(workflow_over: Callable[..., model.Workflow], text: str, kind: Any = "task") -> list[Any]:
    files = files_of(text)
    files["job.py"] += "\ndef told(n):\n    return helpers.recall(n)\n\ndef tell(n):\n    helpers.remember('b', n)\n"
    made = {
        name: model.Trigger(id=f"{kind}:job.py::{name}", kind=kind, framework="rq", handler=f"job.py::{name}", line=1)
        for name in ("job", "told", "tell")
    }
    built = build(workflow_over(files, "job.py::job", kind), {one.id: one for one in made.values()}, files.get)
    return [loss for loss in built.losses if loss.code == "process-state"]


def test_what_a_process_does_as_it_begins_is_no_other_run(workflow_over: Callable[..., model.Workflow]) -> None:
    files = files_of("effect('one', helpers.recall('b'))\neffect('two')")
    files["job.py"] += "\ndef begin(n):\n    helpers.remember('b', n)\n"
    begin = model.Trigger(
        id="signal:celery.worker_process_init:job.py::begin",
        kind="signal",
        framework="celery",
        handler="job.py::begin",
        line=1,
        detail=model.TriggerDetail(signal="celery.worker_process_init"),
    )
    job = model.Trigger(id="task:job.py::job", kind="task", framework="celery", handler="job.py::job", line=1)
    built_ = build(workflow_over(files, "job.py::job"), {one.id: one for one in (begin, job)}, files.get)
    assert not [loss for loss in built_.losses if loss.code == "process-state"]


@pytest.mark.parametrize(
    "head",
    [
        "import dataclasses as dc\n\n\n@dc.dataclass\nclass Basket:\n    lines: list = dc.field(default_factory=list)",
        "from pydantic import BaseModel\n\n\nclass Basket(BaseModel):\n    lines: list = []",
    ],
    ids=["a dataclass", "a model of pydantic"],
)
def test_what_is_made_anew_for_each_object_is_its_own(workflow_over: Callable[..., Any], head: str) -> None:
    adds = "\n\n    def add(self, line):\n        self.lines.append(line)\n        return len(self.lines)\n\n\n"
    body = "def job(n):\n    basket = Basket()\n    basket.add(n)\n    effect('one')\n    effect('two', basket.lines)\n"
    files = {"outside.py": beside.OUTSIDE, "job.py": f"from outside import effect\n{head}{adds}{body}"}
    assert not [loss for loss in beside.built(workflow_over, files).losses if loss.code == "process-state"]
