"""What changed between two scans, whatever happened to the lines."""

from __future__ import annotations

from typing import Any

import msgspec

from discover.model import Branch, Call, Decision, End, Graph, Hop, Node, RetryPolicy, Run, Step, Workflow
from exporters.shared.compare import Change, compare

U = "a.py::f"


def step(name: str, line: int = 1, **more: Any) -> Step:
    return Step(id=f"{U}:{line}.{name}", name=name, unit=U, line=line, kind="db_write", **more)


def ask(condition: str, line: int = 5, *inside: Node) -> Decision:
    branches = (Branch(label="yes", condition=condition, body=inside), Branch(label="no"))
    return Decision(id=f"{U}:{line}", name=condition, unit=U, line=line, condition=condition, branches=branches)


def graph(*body: Node, runs: tuple[Run, ...] = (), name: str = "w") -> Graph:
    workflow = Workflow(id=name, name=name.upper(), triggers=(), unit=U, body=body, runs=runs)
    return Graph(root="x", workflows=(workflow,))


def changes(old: Graph, new: Graph) -> list[Change]:
    found = compare(old, new).of("w")
    return list(found.changes) if found else []


def told(old: Graph, new: Graph) -> list[tuple[str, str, str]]:
    return [(one.kind, one.title, one.text) for one in changes(old, new)]


def test_other_lines_alone_are_no_change() -> None:
    assert compare(graph(step("A", 1), step("B", 2)), graph(step("A", 11), step("B", 12))).workflows == ()


def test_a_step_that_came_and_one_that_went() -> None:
    old, new = graph(step("A"), step("B", 2)), graph(step("A"), step("C", 2))
    assert told(old, new) == [("added", "C", ""), ("gone", "B", "")]
    assert changes(old, new)[0].key == f"{U}:2.C"


def test_a_step_that_moved_says_where_it_was() -> None:
    old = graph(step("A", 1), step("B", 2), step("C", 3))
    new = graph(step("B", 1), step("C", 2), step("A", 3))
    assert told(old, new) == [("moved", "A", "was at a.py:1 in f")]


def test_another_condition_is_told_in_words_at_its_decision() -> None:
    old, new = graph(ask("total > 10", 5, step("A"))), graph(ask("total > 20", 9, step("A")))
    assert told(old, new) == [
        ("condition", "total is more than 20?", "asks whether total is more than 20, was total is more than 10")
    ]


def test_a_decision_that_went_is_not_taken_for_its_neighbour() -> None:
    old = graph(ask("first", 5, step("A")), ask("second", 8, step("B")), step("Z"))
    assert told(old, graph(ask("second", 5, step("B")), step("Z"))) == [("gone", "first is set?", "")]


def test_another_retry_is_a_change_of_its_step() -> None:
    old, new = graph(step("A", retry=RetryPolicy(attempts=3))), graph(step("A", retry=RetryPolicy(attempts=5)))
    assert told(old, new) == [("changed", "A", "tried up to 5 tries, was up to 3 tries")]


def test_what_a_gone_call_held_is_not_listed_again() -> None:
    call = Call(id="c", name="Notify", callee="b.py::notify", unit=U, line=4, body=(step("A", 8), step("B", 9)))
    assert told(graph(step("Z"), call), graph(step("Z"))) == [("gone", "Notify", "")]


def test_runs_and_workflows_come_and_go() -> None:
    run = Run(id="t.py::mail", unit="t.py::mail", kind="task", name="mail", body=(step("M", 40),))
    hop = Hop(id="h", name="Enqueue: mail", unit=U, line=3, runs=("t.py::mail",))
    old, new = graph(step("A")), graph(step("A"), hop, runs=(run,))
    assert told(old, new) == [
        ("added", "Enqueue: mail", ""),
        ("added", "M", ""),
        ("added", "mail", "a run that was not there"),
    ]
    found = compare(old, graph(End(id="e"), name="v"))
    assert [(one.id, one.kind) for one in found.workflows] == [("v", "added"), ("w", "gone")]
    assert found.count("gone") == 1
    assert [one.kind for one in compare(old, graph(End(id="e"), name="v"), whole=False).workflows] == ["added"]


def test_a_graph_compared_with_itself_has_not_changed() -> None:
    one = graph(ask("a", 3, step("A")), step("B"))
    assert compare(one, msgspec.json.decode(msgspec.json.encode(one), type=Graph)).workflows == ()


def test_what_has_no_room_in_one_of_two_scans_has_neither_come_nor_gone() -> None:
    later = Hop(id="g:9", name="later", unit="a.py::g", line=9, runs=("a.py::job",))
    job = Run(id="a.py::job", unit="a.py::job", kind="task", name="job", body=(step("Mail", 20),))
    inner = Call(id="g:3", name="h", callee="a.py::h", unit="a.py::g", line=3, body=(step("Deep", 7),))
    call = Call(id="f:2", name="g", callee="a.py::g", unit=U, line=2)
    whole = graph(step("A"), msgspec.structs.replace(call, body=(step("Inside", 4), inner, later)), runs=(job,))
    (workflow,) = graph(step("A"), call, step("B", 3)).workflows
    short = Graph(root="x", workflows=(msgspec.structs.replace(workflow, truncated=True),))
    assert told(whole, short) == [("added", "B", "")]
    assert told(short, whole) == [("gone", "B", "")]
    fits = graph(step("A"), call, step("B", 3))
    assert ("gone", "Inside", "") in told(whole, fits)
    assert ("gone", "job", "a run that is not there any more") in told(whole, fits)
