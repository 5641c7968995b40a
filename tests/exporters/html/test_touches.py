from __future__ import annotations

import pytest

from discover.model import Effect, Graph, Hop, Step, Workflow
from exporters.html.systems.data import system_data, system_rows
from exporters.html.systems.names import System, systems_of
from exporters.html.systems.touches import Touch, Touches, verb_of
from exporters.html.view.lookups import Lookups


def effect(kind: str, target: str = "", service: str = "", detail: str = "") -> Effect:
    return Effect(id="e", kind=kind, at="a.py::f", line=3, target=target, service=service, detail=detail)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("touched", "expected"),
    [
        (effect("db_read", "orders"), [System("table", "orders")]),
        (effect("db_write", "Order, OrderLine"), [System("table", "Order"), System("table", "OrderLine")]),
        (effect("db_read", "select a, b from c"), [System("table", "select a, b from c")]),
        (effect("db_read", service="MongoDB"), [System("store", "MongoDB")]),
        (effect("db_write"), [System("table", "")]),
        (effect("sdk", "PaymentIntent", "Stripe"), [System("service", "Stripe")]),
        (effect("http", "https://api.example.com/v1?x={}"), [System("service", "api.example.com")]),
        (effect("http", "https://{region}.example.com/v1"), [System("address", "https://{region}.example.com/v1")]),
        (effect("http", "http://[broken"), [System("address", "http://[broken")]),
        (effect("http"), [System("address", "")]),
        (effect("cache", "users:{}"), [System("store", "Cache")]),
        (effect("cache", "users:{}", "Redis"), [System("store", "Redis")]),
        (effect("file", "a.csv"), [System("store", "Files")]),
        (effect("file", "a.csv", "S3"), [System("service", "S3")]),
        (effect("message", "order.paid"), [System("queue", "order.paid")]),
        (effect("message", "order.paid", "SQS"), [System("service", "SQS")]),
        (effect("email", "user.email"), [System("service", "E-mail")]),
        (effect("process", "ffmpeg, -i, {}"), [System("program", "ffmpeg")]),
    ],
)
def test_an_effect_is_named_by_what_it_touches(touched: Effect, expected: list[System]) -> None:
    assert systems_of(touched) == expected


def test_a_verb_says_what_is_done_there() -> None:
    assert verb_of(effect("db_read", "orders", detail="SELECT")) == "SELECT"
    assert verb_of(effect("sdk", "PaymentIntent", "Stripe", "create")) == "PaymentIntent.create"
    assert verb_of(effect("http", "/v1/charges", detail="POST")) == "POST /v1/charges"
    assert verb_of(effect("email")) == "email"


def shop() -> Graph:
    effects = (
        Effect(id="read", kind="db_read", at="a.py::f", line=3, target="orders", detail="SELECT"),
        Effect(id="write", kind="db_write", at="a.py::f", line=4, target="orders", detail="UPDATE", confidence=0.6),
        Effect(id="pay", kind="sdk", at="b.py::g", line=9, target="Charge", service="Stripe", detail="create"),
        Effect(id="lost", kind="db_read", at="c.py::h", line=1, target="orders", detail="SELECT"),
    )
    first = Workflow(
        id="one",
        name="One",
        triggers=("t1", "t2"),
        body=(
            Step(id="1", unit="a.py::f", line=3, effect="read", also=("write",)),
            Hop(id="2", unit="a.py::f", line=5, kind="publish", channel="order.paid"),
            Hop(id="3", unit="a.py::f", line=6, kind="signal", channel="post_save"),
        ),
    )
    second = Workflow(
        id="two", name="Two", triggers=("t3",), body=(Step(id="1", unit="b.py::g", line=9, effect="pay"),)
    )
    return Graph(root="shop", effects=effects, workflows=(first, second))


def touches_of(graph: Graph) -> Touches:
    touches = Touches(graph)
    for workflow in graph.workflows:
        touches.add(workflow)
    return touches


def test_everything_that_touches_a_table_is_found_and_what_no_workflow_reaches_too() -> None:
    stripe, orders, paid = touches_of(shop()).all()
    assert [one.system.key for one in (stripe, orders, paid)] == ["service:Stripe", "table:orders", "queue:order.paid"]
    assert {key: list(steps) for key, steps in orders.workflows.items()} == {
        "one": [Touch("a.py::f", 3, "SELECT", "reads"), Touch("a.py::f", 3, "UPDATE", "writes")]
    }
    assert len(orders.places) == 3
    assert orders.reached == {Touch("a.py::f", 3, "SELECT", "reads"), Touch("a.py::f", 4, "UPDATE", "writes")}
    assert (orders.count("reads"), orders.count("writes")) == (2, 1)
    assert list(stripe.workflows) == ["two"]


def test_a_workflow_knows_what_it_touches_but_signals_are_no_queue() -> None:
    graph = shop()
    touches = touches_of(graph)
    assert [one.key for one in touches.of(graph.workflows[0])] == ["table:orders", "queue:order.paid"]
    assert touches.of_runs["one", ""][System("table", "orders")] == {"reads", "writes"}


def test_the_page_gets_each_text_once_and_numbers_for_the_rest() -> None:
    graph = shop()
    found, lookups = touches_of(graph).all(), Lookups(graph)
    ranks = {"one": 1, "two": 2}
    data = system_data(found, ranks, lookups)
    kind, name, label, words, steps, places = data["systems"][1]
    assert (kind, name, label, words) == ("table", "orders", "orders", "table")
    units, texts = list(lookups.units), data["texts"]
    workflow, *flat = steps[0]
    assert workflow == 0
    assert [(units[flat[at]], flat[at + 1], texts[flat[at + 2]]) for at in (0, 4)] == [
        ("a.py::f", 3, "SELECT"),
        ("a.py::f", 3, "UPDATE"),
    ]
    assert [(units[one[0]], one[1], one[4], one[6]) for one in places] == [
        ("a.py::f", 3, 100, 1),
        ("a.py::f", 4, 60, 1),
        ("c.py::h", 1, 100, 0),
    ]
    row = system_rows(found, ranks, {"one": 2, "two": 1})[1]
    assert row.numbers == (1, 2, 2, 1, 0)
    assert row.ranks == (1,)
    assert row.link == "#system=table%3Aorders"
