from __future__ import annotations

import io

import msgspec
import pytest
from rich.console import Console

from discover.model import Graph, Step, Workflow
from discover.terminal.tree import WorkflowTree

EXPECTED = """\
Create order
POST /orders
services: Stripe
larger than the limit: some calls are left closed
├── run 1: create_order  shop/api.py:9
│   ├── if not order.items  shop/api.py:10
│   │   ├── yes
│   │   │   └── fail with BadOrder  shop/api.py:11
│   │   └── no
│   ├── Save order  shop/api.py:12
│   │   └── Insert order (database write; orders)  shop/api.py:12
│   ├── Save order (shown above)  shop/api.py:13
│   ├── queue → run 2: Pay (via payments; after 2 min)  shop/api.py:14
│   └── signal → nobody known (via order_created; before this goes on)  shop/api.py:15
└── run 2: Pay (task; queue payments)  shop/tasks.py:28
    ├── try  shop/tasks.py:29
    │   ├── Charge card (SDK; Stripe; retried up to 3 times, after 60 s, times 2, on Timeout; at most 10 s)  \
shop/tasks.py:30 [inferred]
    │   ├── on CardError
    │   │   └── end  shop/tasks.py:33
    │   └── in any case
    │       └── wait 2 h  shop/tasks.py:35
    ├── for each line in order.lines  shop/tasks.py:36
    ├── side by side, not waited for  shop/tasks.py:38
    │   ├── mail
    │   └── ship
    └── one of, by data  shop/tasks.py:40
        └── DHL.send [inferred]
"""


def painted(workflow: Workflow, graph: Graph, *, places: bool = True, terminal: bool = False) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=10_000, force_terminal=terminal, highlight=False, emoji=False)
    console.print(WorkflowTree(workflow, graph.triggers[:1], places=places).build(), soft_wrap=True)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def test_the_tree_shows_each_kind_of_node(order_workflow: Workflow, order_graph: Graph):
    assert painted(order_workflow, order_graph) == EXPECTED


def test_places_can_be_left_out(order_workflow: Workflow, order_graph: Graph):
    assert "shop/api.py" not in painted(order_workflow, order_graph, places=False)


@pytest.mark.parametrize("name", ["[red]markup[/red]", "[/]", ":smile:", "\x1b[2J", "a\nb"])
def test_names_are_taken_literally(order_workflow: Workflow, order_graph: Graph, name: str):
    step = Step(id="1", name=name, kind="http", unit="a.py::f", line=1)
    text = painted(msgspec.structs.replace(order_workflow, name=name, body=(step,)), order_graph)
    shown = name.replace("\x1b", "\\x1b").replace("\n", "\\x0a")
    assert text.splitlines()[0] == shown
    assert f"{shown} (HTTP)" in text
    assert "\x1b" not in text
