from __future__ import annotations

import io
from typing import Literal

import msgspec
import pytest
from rich.console import Console

from discover.model import Branch, Call, Decision, Graph, Hop, Loop, Run, Step, Workflow
from discover.terminal.tree import WorkflowTree

EXPECTED = """\
Create order
POST /orders
services: Stripe
larger than the limit: some calls are left closed
├── run 1: create_order  shop/api.py:9
│   ├── if not order.items  :10
│   │   └── fail with BadOrder  :11
│   ├── unless paid  :11
│   │   └── go on with the next  :11
│   ├── Save order  :12
│   │   └── Insert order (database write; orders)  :12
│   ├── Save order (shown above)  :13
│   ├── queue → run 2: Pay (via payments; after 2 min)  :14
│   └── signal → nobody known (via order_created; before this goes on)  :15
└── run 2: Pay (task; queue payments)  shop/tasks.py:28
    ├── try  :29
    │   ├── Charge card (SDK; Stripe; tried up to 3 times, after 60 s, times 2, on Timeout; at most 10 s)  \
:30 [inferred]
    │   ├── on CardError
    │   │   └── end  :33
    │   ├── on IndexError: go on
    │   └── in any case
    │       └── wait 2 h  shop/other.py:35
    ├── for each line in order.lines  :36
    ├── side by side, not waited for  :38
    │   ├── mail
    │   └── ship
    └── one of, by data  :40
        └── DHL.send [inferred]
"""


def painted(workflow: Workflow, graph: Graph, *, places: bool = True, terminal: bool = False) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=10_000, force_terminal=terminal, highlight=False, emoji=False)
    console.print(WorkflowTree(workflow, graph.triggers[:1], places=places).build(), soft_wrap=True)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def test_the_tree_shows_each_kind_of_node(order_workflow: Workflow, order_graph: Graph):
    assert painted(order_workflow, order_graph) == EXPECTED


def test_what_is_shown_above_under_another_name_is_told_with_it(order_workflow: Workflow, order_graph: Graph):
    first = Call(id="1", name="Create customer", callee="a.py::post", body=(Step(id="2", name="POST"),))
    again = Call(id="3", name="Create thread", callee="a.py::post", seen=True)
    lines = painted(msgspec.structs.replace(order_workflow, body=(first, again), runs=()), order_graph, places=False)
    assert "Create thread (shown above: Create customer)" in lines


def test_paths_behind_a_setting_are_named(order_workflow: Workflow, order_graph: Graph):
    first, *rest = order_graph.triggers
    detail = msgspec.structs.replace(first.detail, also=("/<org>/orders",))
    graph = msgspec.structs.replace(order_graph, triggers=(msgspec.structs.replace(first, detail=detail), *rest))
    lines = painted(order_workflow, graph).splitlines()
    assert lines[1:3] == ["POST /orders", "also /<org>/orders, when a setting that is off by default is on"]


def test_risks_stand_at_the_head_and_do_not_flood_it(order_workflow: Workflow, order_graph: Graph):
    findings = tuple(f"no-timeout shop/api.py::create_order:{line}" for line in range(1, 10))
    lines = painted(msgspec.structs.replace(order_workflow, findings=findings), order_graph).splitlines()
    assert lines[3] == "risk: no-timeout shop/api.py::create_order:1"
    assert lines[8] == "risks: 4 more"


def test_places_can_be_left_out(order_workflow: Workflow, order_graph: Graph):
    text = painted(order_workflow, order_graph, places=False)
    assert "shop/api.py" not in text
    assert ":12" not in text


@pytest.mark.parametrize("name", ["[red]markup[/red]", "[/]", ":smile:", "\x1b[2J", "a\nb"])
def test_names_are_taken_literally(order_workflow: Workflow, order_graph: Graph, name: str):
    step = Step(id="1", name=name, kind="http", unit="a.py::f", line=1)
    text = painted(msgspec.structs.replace(order_workflow, name=name, body=(step,)), order_graph)
    shown = name.replace("\x1b", "\\x1b").replace("\n", "\\x0a")
    assert text.splitlines()[0] == shown
    assert f"{shown} (HTTP)" in text
    assert "\x1b" not in text


MANY = (
    Branch(label="a > 1", condition="a > 1", body=(Step(id="2", name="Insert a"),)),
    Branch(label="b: leave the loop", condition="b"),
    Branch(label="otherwise", body=(Step(id="3", name="Insert b"),)),
)
BOTH = (
    Branch(label="yes", condition="a > 1", body=(Step(id="2", name="Insert a"),)),
    Branch(label="no", body=(Step(id="3", name="Insert b"),)),
)
SKIPPING = (Branch(label="yes: go on with the next item", condition="a > 1"), BOTH[1])
CASES = (
    Branch(label="Red()", condition="Red()", body=(Step(id="2", name="Insert a"),)),
    Branch(label="_", condition="_", body=(Step(id="3", name="Insert b"),)),
)


@pytest.mark.parametrize(
    ("name", "condition", "branches", "expected"),
    [
        ("a > 1", "a > 1", MANY, ["if a > 1", "Insert a", "otherwise, if b: leave the loop", "otherwise", "Insert b"]),
        ("a > 1", "a > 1", BOTH, ["if a > 1", "Insert a", "otherwise", "Insert b"]),
        ("a > 1", "a > 1", BOTH[:1], ["if a > 1", "Insert a"]),
        ("a > 1", "a > 1", SKIPPING, ["unless a > 1", "Insert b"]),
        ("Which colour", "colour", CASES, ["depending on colour", "Red()", "Insert a", "_", "Insert b"]),
    ],
)
def test_each_way_of_a_decision_says_once_what_it_asks(
    name: str,
    condition: str,
    branches: tuple[Branch, ...],
    expected: list[str],
    order_workflow: Workflow,
    order_graph: Graph,
):
    asked = Decision(id="1", name=name, condition=condition, branches=branches)
    text = painted(msgspec.structs.replace(order_workflow, body=(asked,), runs=()), order_graph, places=False)
    lines = [line.strip(" │├└─") for line in text.splitlines()]
    assert lines[lines.index("run 1: create_order") + 1 :] == expected


@pytest.mark.parametrize(
    ("kind", "over", "expected"),
    [
        ("for", "x in xs", "for each x in xs"),
        ("while", "waiting", "while waiting"),
        ("while", "True", "repeat for ever"),
        ("while", "True, until r.ok", "repeat, until r.ok"),
        ("while", "1, until r.ok", "repeat, until r.ok"),
    ],
)
def test_a_loop_says_how_it_goes_on(
    kind: Literal["for", "while"], over: str, expected: str, order_workflow: Workflow, order_graph: Graph
):
    loop = Loop(id="1", kind=kind, over=over)
    text = painted(msgspec.structs.replace(order_workflow, body=(loop,), runs=()), order_graph, places=False)
    assert text.splitlines()[-1].strip(" └─") == expected


@pytest.mark.parametrize(
    ("kind", "target", "runs", "lines"),
    [
        ("message", "orders", ("listen",), ["publish → run 2: listen (via orders on Kafka)"]),
        ("cache", "orders", ("listen",), ["publish → run 2: listen (via orders on Kafka)"]),
        ("cache", "seen", ("listen",), ["Send (cache; Kafka; seen)", "publish → run 2: listen (via orders)"]),
        ("message", "orders", (), ["Send (message; Kafka; orders)", "publish → orders (via orders)"]),
    ],
)
def test_a_message_whose_receivers_are_known_is_one_line(
    order_graph: Graph, kind: str, target: str, runs: tuple[str, ...], lines: list[str]
):
    step = Step(id="s", name="Send", unit="a.py::f", line=3, kind=kind, service="Kafka", target=target)
    hop = Hop(id="h", name="orders", unit="a.py::f", line=3, kind="publish", channel="orders", runs=runs)
    received = Run(id="listen", unit="a.py::listen", kind="consumer", name="listen")
    workflow = Workflow(id="w", name="W", triggers=(), unit="a.py::f", body=(step, hop), runs=(received,))
    told = painted(workflow, order_graph, places=False)
    assert [line.lstrip("│├└─ ") for line in told.splitlines() if "Send" in line or "publish" in line] == lines


def test_a_hand_over_says_what_has_to_end_before_its_receiver_begins(order_graph: Graph):
    runs = tuple(Run(id=name, unit=f"a.py::{name}", kind="task", name=name) for name in "abcde")
    hops = tuple(
        Hop(id=to, runs=(to,), after=tuple(after), unit="a.py::f", line=3)
        for to, after in (("a", ""), ("b", "a"), ("c", "ab"), ("d", "abce"))
    )
    workflow = Workflow(id="w", name="W", triggers=(), unit="a.py::f", body=hops, runs=runs)
    told = painted(workflow, order_graph, places=False)
    assert [line.lstrip("│├└─ ") for line in told.splitlines() if "queue" in line] == [
        "queue → run 2: a",
        "queue → run 3: b (once run 2 has ended well)",
        "queue → run 4: c (once run 2 and run 3 have ended well)",
        "queue → run 5: d (once those 4 have ended well)",
    ]
