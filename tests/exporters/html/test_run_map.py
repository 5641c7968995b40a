from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from discover.model import Graph, Hop, Run, Step, Trigger, TriggerDetail, Workflow
from exporters.html.index.rows import ranked
from exporters.html.map.groups import MapGroup, run_map
from exporters.html.map.runs import ALIKE, HUB, RunCollector, RunGraph, runs_of
from exporters.html.view.build import ViewBuilder
from exporters.html.view.lookups import Lookups


def collected(graph: Graph) -> RunGraph:
    lookups, collector = Lookups(graph), RunCollector()
    for rank, workflow in enumerate(ranked(graph), start=1):
        builder = ViewBuilder(workflow, lookups)
        builder.build()
        collector.add(builder, rank)
    return collector.graph()


def sender(number: int, *tasks: str) -> Workflow:
    """A request that hands work to tasks."""
    hops = tuple(
        Hop(id=f"h{number}.{task}", name=task, unit=f"a.py::f{number}", line=3, runs=(task,)) for task in tasks
    )
    runs = tuple(Run(id=task, unit=task, kind="task", name=task.rpartition("::")[2], line=9) for task in tasks)
    return Workflow(
        id=f"http:{number}", name=f"Request {number}", triggers=(f"t{number}",), unit=f"a.py::f{number}",
        score=100.0 - number, body=(Step(id="s", name="Read", kind="db_read", target="users"), *hops), runs=runs,
    )  # fmt: skip


def graph_of(*workflows: Workflow) -> Graph:
    triggers = tuple(
        Trigger(
            id=one.triggers[0],
            kind="http",
            framework="flask",
            handler=one.unit,
            line=1,
            detail=TriggerDetail(path=f"/{number}"),
        )
        for number, one in enumerate(workflows)
    )
    return Graph(root="r", triggers=triggers, workflows=workflows)


def texts(groups: list[MapGroup]) -> list[list[str]]:
    return [[card["label"] for card in group.cards] for group in groups]


def test_a_request_that_stays_alone_is_not_on_the_map() -> None:
    found = collected(graph_of(sender(1), sender(2, "b.py::job")))
    assert [run.title for run in runs_of(found)] == ["Request 2", "job"]
    assert run_map(collected(graph_of(sender(1)))) == []


def test_a_job_of_several_requests_is_one_card_with_what_it_uses() -> None:
    found = collected(graph_of(sender(1, "b.py::job"), sender(2, "b.py::job")))
    assert texts(run_map(found)) == [["Request 1", "Request 2", "job"]]
    assert set(found.edges) == {("a.py::f1", "b.py::job"), ("a.py::f2", "b.py::job")}
    assert found.nodes["a.py::f1"]["run"].tags == {"users": "store"}


def test_a_card_leads_to_the_workflow_that_begins_with_it_or_into_one_that_holds_it() -> None:
    task = Workflow(id="task:job", name="Do the job", triggers=(), unit="b.py::job")
    found = collected(graph_of(sender(1, "b.py::job")))
    assert found.nodes["b.py::job"]["run"].link == "w=http%3A1&s=b.py%3A%3Ajob%3A9"
    graph = graph_of(sender(1, "b.py::job"))
    both = collected(Graph(root="r", triggers=graph.triggers, workflows=(*graph.workflows, task)))
    assert both.nodes["b.py::job"]["run"].link == "w=task%3Ajob"
    assert both.nodes["b.py::job"]["run"].title == "Do the job"


def test_a_run_that_hands_work_to_itself_says_so_and_draws_no_line() -> None:
    again = Workflow(
        id="t", name="Poll", triggers=(), unit="b.py::poll", body=(Hop(id="h", name="again", runs=("b.py::poll",)),)
    )
    found = collected(Graph(root="r", workflows=(again,)))
    assert [run.again for run in runs_of(found)] == [True]
    assert not found.edges
    assert texts(run_map(found)) == [["Poll"]]


def test_runs_between_the_same_others_share_a_card_and_stay_findable() -> None:
    found = collected(graph_of(*(sender(n, "b.py::job") for n in range(1, 10))))
    groups = run_map(found)
    assert len(groups[0].cards) == ALIKE + 1
    assert groups[0].size == 10
    shared = next(card["run"] for card in groups[0].cards if card["run"].others)
    assert "request 9" in shared.words()


def test_a_receiver_of_many_is_named_on_their_cards() -> None:
    busy = [sender(n, "b.py::log", f"b.py::job{n}") for n in range(1, HUB + 3)]
    found = collected(graph_of(*busy))
    assert found.in_degree["b.py::log"] == 0
    assert "→ log" in found.nodes["a.py::f3"]["run"].tags
    assert found.nodes["b.py::log"]["run"].about == f"from {HUB + 2} more runs, marked →"
    assert len(run_map(found)) == HUB + 3


def test_at_first_few_groups_are_open() -> None:
    groups = run_map(collected(graph_of(*(sender(n, f"b.py::job{n}") for n in range(1, 100)))))
    assert len(groups) == 99
    assert sum(len(group.cards) for group in groups if group.opened) == 60


def test_pyvis_holds_every_card_once_and_every_line(orders: Graph) -> None:
    found = collected(orders)
    groups = run_map(found)
    assert sum(len(group.cards) for group in groups) == len(found) == 7
    assert sum(len(group.lines) for group in groups) == len(found.edges) == 6
    cards = [card for group in groups for card in group.cards]
    assert len({card["id"] for card in cards}) == len(cards)
    assert all(card["fixed"] and card["physics"] is False for card in cards)


def test_without_a_hand_over_pyvis_is_not_loaded() -> None:
    program = (
        "import sys; from discover.model import Graph; from exporters.html.export import export; "
        "export(Graph(root='r'), lambda _: None, title='R'); print('pyvis' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, cwd=Path(__file__).parents[3], text=True
    )
    assert done.stdout.strip() == "False"
