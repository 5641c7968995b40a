"""Methods are cut where every piece finds their object as it was, and whole with the reason where it does not."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from discover import model
from exporters.canonical import records
from exporters.canonical.walk import all_elements
from exporters.cutting import tally
from tests.exporters.cutting import beside
from tests.exporters.cutting.beside import OUTSIDE, Imported, Outcome, Spaces, built

HEAD = """
import logging
from outside import effect

LIMIT = 3


class Teller:
    prefix = "told "

    def tell(self, value):
        first = effect(self.prefix + "first", value)
        effect(self.prefix + "second", first)
        return first


TELLER = Teller()


class Client:
    def __init__(self, base, *, tries=2):
        self.base = base.rstrip("/")
        self.tries = tries

    def send(self, value):
        return effect(f"{self.base}/{self.tries}", value)


class Counting:
    def __init__(self):
        self.count = 0

    def add(self, value):
        self.count += 1
        return effect("add", self.count)


"""
CUT = {
    "attributes of the class and of __init__": """
class Job:
    tmpl = "to %s"
    kinds = ["a", "b"]
    log = logging.getLogger(__name__)

    def __init__(self, limit=LIMIT):
        super().__init__()
        self.limit = limit

    def run(self, n):
        self.log.info("begins")
        for kind in self.kinds:
            effect(self.tmpl % kind, n)
        if n > self.limit:
            return effect("much", self.limit)
        effect("end", self.limit)
        return n
""",
    "methods of its own, opened in their place": """
class Job:
    def one(self, n, extra=1):
        a = effect("one", n + extra)
        b = effect("two", a)
        return a + b

    @staticmethod
    def rest(n):
        effect("three", n)
        return effect("four", n)

    def run(self, n):
        total = self.one(n)
        total = total + self.one(total, extra=2)
        if total > 20:
            return self.rest(total)
        effect("end", total)
        return total
""",
    "an object that a module holds": """
class Job:
    def run(self, n):
        told = TELLER.tell(n)
        effect("end", told)
        return told
""",
    "an object made of plain values": """
class Job:
    def run(self, n: int):
        client = Client("http://crm/", tries=n)
        first = client.send(1)
        second = client.send(first + n)
        return (first, second)
""",
    "what the options take": """
class Job:
    def run(self, n, *args, **options):
        effect("n", n)
        return effect(options.get("name", "none"), n)
""",
    "a class that inherits its methods": """
class Base:
    name = "base"

    def say(self, n):
        a = effect(self.name, n)
        return effect("again", a)


class Job(Base):
    name = "job"

    def run(self, n):
        told = self.say(n)
        effect("end", told)
        return told
""",
}
WHOLE = {
    "state that a method sets": (
        """
class Job:
    def run(self, n):
        self.total = effect("one", n)
        effect("two", n)
        return self.total
""",
        "sets `self.total`",
    ),
    "state that another method sets": (
        """
class Job:
    seen = 0
    def see(self):
        self.seen += 1
    def run(self, n):
        effect("one", n)
        self.see()
        effect("two", self.seen)
        return self.seen
""",
        "`see` sets `self.seen`",
    ),
    "a list that fills": (
        """
class Job:
    def __init__(self):
        self.found = []
    def run(self, n):
        self.found.append(effect("one", n))
        effect("two", n)
        return self.found
""",
        "`self.found` may be changed",
    ),
    "what is another one each time": (
        """
class Job:
    def __init__(self):
        self.one = object()
    def run(self, n):
        effect("one", n)
        effect("two", id(self.one) == id(self.one))
        return n
""",
        "`__init__` makes `self.one`",
    ),
    "an object that is handed on": (
        """
def note(job):
    job.noted = True
class Job:
    noted = False
    def run(self, n):
        note(self)
        effect("one", n)
        effect("two", self.noted)
        return n
""",
        "hands on `self`",
    ),
    "a method that the class above sets something in": (
        """
class Base:
    count = 0
    def tell(self, n):
        self.count = n
class Job(Base):
    def tell(self, n):
        super().tell(n)
    def run(self, n):
        self.tell(n)
        effect("one", n)
        effect("two", self.count)
        return n
""",
        "`tell` sets `self.count`",
    ),
    "an object whose making does something": (
        """
class Job:
    def __init__(self):
        effect("made")
    def run(self, n):
        effect("one", n)
        effect("two", n)
        return n
""",
        "`Job.__init__` does more",
    ),
}
KEPT = """
class Job:
    def run(self, n):
        counting = Counting()
        counting.add(n)
        counting.add(n)
        return effect("end", counting.count)
"""


def outcome(space: dict[str, object], failing: object, run: Callable[[], object]) -> Outcome:
    return beside.outcome(space, failing, run)


def definition(workflow_over: Callable[..., model.Workflow], text: str) -> records.Definition:
    files = {"outside.py": OUTSIDE, "job.py": HEAD + text}
    return built(workflow_over, files, "job.py::Job.run").definition


def hold(engine: ModuleType, made: records.Definition, spaces: Spaces, n: int, failing: tuple[str, ...] = ()) -> None:
    has_rest = "options" in made.runs[0].parameters
    rest = {"options": {"name": "by name"}} if has_rest else {}
    make = spaces["job"]["Job"]
    wanted = outcome(spaces["outside"], failing, lambda: make().run(n, **rest.get("options", {})))
    found = outcome(
        spaces["outside"], failing, lambda: engine.Engine(made, spaces).run(made.runs[0].id, {"n": n, **rest})
    )
    assert found == wanted


@pytest.mark.parametrize("name", CUT)
def test_a_method_is_cut_finely_and_does_the_same(
    engine: ModuleType, imported: Imported, workflow_over: Callable[..., model.Workflow], name: str
):
    made = definition(workflow_over, CUT[name])
    assert tally(made).cut >= 2
    assert not tally(made).whole
    spaces = imported({"outside.py": OUTSIDE, "job.py": HEAD + CUT[name]})
    for n in (1, 4, 9):
        for failing in ((), ("two",), ("told second",), ("end",)):
            hold(engine, made, spaces, n, failing)


@pytest.mark.parametrize("name", WHOLE)
def test_a_method_whose_object_holds_something_stays_whole(
    engine: ModuleType, imported: Imported, workflow_over: Callable[..., model.Workflow], name: str
):
    text, why = WHOLE[name]
    made = definition(workflow_over, text)
    [step] = made.runs[0].steps
    assert isinstance(step, records.Step)
    assert why in step.whole
    hold(engine, made, imported({"outside.py": OUTSIDE, "job.py": HEAD + text}), 3)


def test_an_object_that_counts_stays_with_all_that_asks_for_it(
    engine: ModuleType, imported: Imported, workflow_over: Callable[..., model.Workflow]
):
    made = definition(workflow_over, KEPT)
    hold(engine, made, imported({"outside.py": OUTSIDE, "job.py": HEAD + KEPT}), 3)
    assert any(step.whole for step in all_elements(made.runs[0]) if isinstance(step, records.Step))


@st.composite
def bodies(draw: st.DrawFn, depth: int = 0) -> list[str]:
    """Statements of a method over `self`, two objects of other classes and an object that a module holds."""
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["simple", "simple", "simple", "if", "for", "try"] if depth < 2 else ["simple"]))
        name, value = draw(st.sampled_from("ab")), draw(st.sampled_from(["a", "b", "a + b", "self.limit", "2"]))
        inner = [f"    {line}" for line in draw(bodies(depth + 1))] if kind != "simple" else []
        if kind == "if":
            lines += [f"if {value} > {draw(st.integers(0, 5))}:", *inner]
        elif kind == "for":
            lines += [f"for {name} in self.items:", *inner]
        elif kind == "try":
            lines += ["try:", *inner, "except ValueError as error:", "    effect(str(error))"]
        else:
            lines.append(
                draw(
                    st.sampled_from(
                        [
                            f"{name} = effect('one', {value})",
                            f"{name} = self.one({value})",
                            f"{name} = self.one({value}) + self.limit",
                            f"{name} = TELLER.tell({value})",
                            f"{name} = client.send({value})",
                            f"{name} = counting.add({value})",
                            f"effect(self.tmpl % {value}, counting.count)",
                            f"self.many({value})",
                            f"{name} = self.seen",
                            f"self.see({value})",
                        ]
                    )
                )
            )
    return lines


def class_of(lines: list[str], *, sees: bool) -> str:
    """The class with the statements as its method."""
    body = "\n".join(f"        {line}" for line in lines)
    see = "self.seen = value" if sees else "effect('see', value)"
    return f"""
class Job:
    tmpl = "to %s"
    items = [1, 5]
    seen = 0

    def __init__(self):
        self.limit = 2

    def see(self, value):
        {see}

    def one(self, value):
        first = effect("first", value)
        if first > self.limit:
            return effect("second", first)
        return effect("third", value + 1)

    def many(self, value):
        for one in self.items:
            effect("each", one + value)
            effect("more", one)

    def run(self, n):
        a, b = n, 1
        client = Client("http://crm/")
        counting = Counting()
{body}
        return (a, b, counting.count)
"""


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
@given(lines=bodies(), sees=st.booleans(), n=st.integers(0, 6), failing=st.sampled_from(["", "second", "each", "add"]))
def test_any_method_does_in_pieces_what_it_does(
    engine: ModuleType,
    imported: Imported,
    workflow_over: Callable[..., model.Workflow],
    lines: list[str],
    sees: bool,
    n: int,
    failing: str,
):
    text = class_of(lines, sees=sees)
    note(text)
    made = definition(workflow_over, text)
    hold(engine, made, imported({"outside.py": OUTSIDE, "job.py": HEAD + text}), n, (failing,))


def test_what_a_django_command_returns_is_printed_by_one_step(workflow_over: Callable[..., model.Workflow]) -> None:
    files = {
        "job.py": """
from django.core.management.base import BaseCommand
from outside import effect

class Base(BaseCommand):
    pass

class Command(Base):
    def handle(self, days=7, **options):
        if not days:
            return
        effect("one", days)
        effect("two", days)
        return f"Done with {days}"

class Other:
    def handle(self, days=7):
        effect("one", days)
        effect("two", days)
        return f"Done with {days}"
""",
        "outside.py": OUTSIDE,
    }
    found = {}
    for name in ("Command", "Other"):
        made = built(workflow_over, files, f"job.py::{name}.handle").definition
        steps = [one for run in made.runs for one in all_elements(run) if isinstance(one, records.Step)]
        found[name] = [(step.name, step.code) for step in steps if step.responds]
    assert found == {
        "Command": [("Print the result", "result = None"), ("Print the result", 'result = f"Done with {days}"')],
        "Other": [],
    }


_LOGGING = """
import logging
from outside import effect


def job(n):
    logger = logging.getLogger(f"jobs.{__name__}")
    {more}
    first = effect("first", n)
    logger.info("first")
    second = effect("second", first)
    logger.info("second")
    return second
"""


@pytest.mark.parametrize(("more", "steps"), [("logger.debug('begun')", 2), ("logger.setLevel(logging.DEBUG)", 1)])
def test_a_logger_is_asked_for_by_its_name_in_each_step_unless_it_is_set_up_there(
    more: str,
    steps: int,
    engine: ModuleType,
    workflow_over: Callable[..., model.Workflow],
    imported: Imported,
) -> None:
    files = {"outside.py": OUTSIDE, "job.py": _LOGGING.replace("{more}", more)}
    definition = beside.definition_of(workflow_over, files)
    effects = [one for one in all_elements(definition.runs[0]) if isinstance(one, records.Step) and one.effects]
    assert len(effects) == steps
    beside.hold_against(engine, definition, imported(files), (), 3)
