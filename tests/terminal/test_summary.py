from __future__ import annotations

import msgspec
import pytest

from discover.model import Graph, Skipped, Unresolved
from discover.terminal.safe import width
from discover.terminal.summary import summary

EXPECTED = """\
shop: 3 files, 120 lines, 9 functions

Entry points  1 http, 1 schedule
Effects       1 database write
Links         1 dispatch
Calls         40: 20 into the project, 18 into libraries, 2 unknown (95% known)

2 workflows, the most hidden orchestration first
#  workflow      starts with          runs  steps  decisions  retries  services  certainty
1  Create order  POST /orders            2      2          1        1  Stripe    inferred
2  Clean up      schedule 30 2 * * *     1      0

Risks: 3 places (--format json lists each)
       2  no-timeout, first at shop/tasks.py:30: Give it a timeout.
       1  swallowed, first at shop/jobs.py:5: It fails in silence.

Skipped: 1 place
  shop/old.py:3: no Python parses this

Unresolved: 1 place that may hide a hop
  shop/tasks.py:41 in pay: handler(event): handler comes from a database
  (--unresolved lists each, with the correction that would settle it)
"""


def test_the_summary_says_what_was_found_skipped_and_left_open(order_graph: Graph):
    assert summary(order_graph, limit=20, columns=100) == EXPECTED


def test_a_limit_says_how_many_are_left_out(order_graph: Graph):
    text = summary(order_graph, limit=1, columns=100)
    assert "Clean up" not in text
    assert "… and 1 more (--limit 0 lists all)" in text
    assert "Clean up" in summary(order_graph, limit=0, columns=100)


def test_many_unresolved_places_are_counted_by_reason(order_graph: Graph):
    places = tuple(Unresolved(at="a.py::f", line=n, what="x()", reason=f"reason {n % 2}") for n in range(1, 32))
    text = summary(msgspec.structs.replace(order_graph, unresolved=places), limit=20, columns=100)
    assert "31 places" in text
    assert text.index("16  reason 1") < text.index("15  reason 0")


def test_a_backend_without_workflows_says_so(order_graph: Graph):
    assert "No workflows" in summary(msgspec.structs.replace(order_graph, workflows=()), limit=20, columns=100)


@pytest.mark.parametrize("name", ["\x1b[2J", "a\nb", "x" * 500, "名" * 200])
def test_hostile_names_steer_nothing_and_stay_on_their_line(order_graph: Graph, name: str):
    workflow = msgspec.structs.replace(order_graph.workflows[0], name=name, services=(name,))
    graph = msgspec.structs.replace(
        order_graph,
        root=name[:20],
        workflows=(workflow,),
        skipped=(Skipped(file=name, reason=name),),
        findings=tuple(msgspec.structs.replace(finding, message=name) for finding in order_graph.findings),
    )
    text = summary(graph, limit=20, columns=100)
    assert "\x1b" not in text
    assert max(map(width, text.splitlines())) <= 110
    assert len(text.splitlines()) == len(EXPECTED.splitlines()) - 1


def test_what_the_rules_left_out_is_counted(order_graph: Graph):
    stats = msgspec.structs.replace(order_graph.stats, left_out={"migrations": 1_200, "tests": 3})
    text = summary(msgspec.structs.replace(order_graph, stats=stats), limit=1, columns=100)
    assert "Left out      1,200 migrations, 3 tests" in text
    assert "Left out" not in summary(order_graph, limit=1, columns=100)
