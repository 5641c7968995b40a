"""A graph made by hand, with one of each thing that the terminal can show."""

from __future__ import annotations

import pytest

from discover.model import (
    Branch,
    Call,
    Counts,
    Decision,
    Edge,
    Effect,
    End,
    Finding,
    Graph,
    Guard,
    Hop,
    Loop,
    OneOf,
    Parallel,
    RetryPolicy,
    Run,
    Skipped,
    Stats,
    Step,
    Trigger,
    TriggerDetail,
    Unresolved,
    Wait,
    Workflow,
)

API = "shop/api.py::create_order"
PAY = "shop/tasks.py::pay"


@pytest.fixture
def order_workflow() -> Workflow:
    insert = Step(id="1", name="Insert order", kind="db_write", target="orders", unit=API, line=12)
    charge = Step(
        id="2",
        name="Charge card",
        kind="sdk",
        service="Stripe",
        unit=PAY,
        line=30,
        timeout=10,
        retry=RetryPolicy(attempts=3, delay=60, backoff=2, on=("Timeout",)),
        confidence=0.6,
    )
    refuse = End(id="3", outcome="raise", text="BadOrder", unit=API, line=11)
    body = (
        Decision(
            id="4",
            condition="not order.items",
            unit=API,
            line=10,
            branches=(Branch(label="yes", body=(refuse,)), Branch(label="no")),
        ),
        Decision(
            id="15",
            condition="paid",
            unit=API,
            line=11,
            branches=(
                Branch(label="yes"),
                Branch(label="no", body=(End(id="16", outcome="stop", text="continue", unit=API, line=11),)),
            ),
        ),
        Call(id="5", name="Save order", callee="shop/store.py::save", unit=API, line=12, body=(insert,)),
        Call(id="6", name="Save order", callee="shop/store.py::save", unit=API, line=13, seen=True),
        Hop(id="7", channel="payments", runs=("pay",), unit=API, line=14, delay=120, arguments=("order.id",)),
        Hop(id="8", kind="signal", channel="order_created", unit=API, line=15, inline=True),
    )
    pay = (
        Guard(
            id="9",
            unit=PAY,
            line=29,
            body=(charge,),
            handlers=(
                Branch(label="CardError", body=(End(id="10", outcome="stop", unit=PAY, line=33),)),
                Branch(label="IndexError"),
            ),
            last=(Wait(id="11", seconds=7200, unit="shop/other.py::wait", line=35),),
        ),
        Loop(id="12", over="line in order.lines", unit=PAY, line=36, body=()),
        Parallel(id="13", unit=PAY, line=38, branches=(Branch(label="mail"), Branch(label="ship")), join=False),
        OneOf(id="14", unit=PAY, line=40, branches=(Branch(label="DHL.send", confidence=0.5),)),
    )
    return Workflow(
        id="create-order",
        name="Create order",
        triggers=("t1",),
        services=("Stripe",),
        unit=API,
        body=body,
        runs=(Run(id="pay", unit=PAY, kind="task", name="Pay", line=28, queue="payments", body=pay),),
        counts=Counts(runs=2, hops=2, steps=2, decisions=1, retries=1, waits=1, parallels=1),
        confidence=0.6,
        truncated=True,
    )


@pytest.fixture
def order_graph(order_workflow: Workflow) -> Graph:
    nightly = Workflow(
        id="nightly", name="Clean up", triggers=("t2",), unit="shop/jobs.py::clean", counts=Counts(runs=1)
    )
    post = TriggerDetail(path="/orders", methods=("POST",))
    return Graph(
        root="shop",
        stats=Stats(files=3, lines=120, units=9, calls=40, calls_resolved=20, calls_external=18, calls_unresolved=2),
        skipped=(Skipped(file="shop/old.py", line=3, reason="no Python parses this"),),
        triggers=(
            Trigger(id="t1", kind="http", framework="flask", handler=API, line=9, detail=post),
            Trigger(
                id="t2",
                kind="schedule",
                framework="celery",
                handler="shop/jobs.py::clean",
                line=5,
                detail=TriggerDetail(schedule="30 2 * * *"),
            ),
        ),
        effects=(Effect(id="e1", kind="db_write", at="shop/store.py::save", line=4, target="orders"),),
        edges=(
            Edge(source=API, target=PAY, kind="dispatch", line=14),
            Edge(source=API, target="shop/store.py::save", kind="call", line=12),
        ),
        unresolved=(Unresolved(at=PAY, line=41, what="handler(event)", reason="handler comes from a database"),),
        workflows=(order_workflow, nightly),
        findings=tuple(
            Finding(rule=rule, severity="warning", message=message, at=unit, line=line)
            for rule, message, unit, line in (
                ("swallowed", "It fails in silence.", "shop/jobs.py::clean", 5),
                ("no-timeout", "Give it a timeout.", PAY, 30),
                ("no-timeout", "Give it one, too.", PAY, 31),
            )
        ),
    )
