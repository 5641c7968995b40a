from __future__ import annotations

import pytest

DJANGO_ORDERS = {
    "manage.py": "import django",
    "shop/__init__.py": "",
    "shop/tasks.py": """
        from celery import shared_task
        @shared_task
        def ship(order):
            open("/var/spool/orders", "w").write(order)
    """,
}

CASES = {
    "outside-call-without-timeout": (
        {
            "api.py": """
                import requests
                from flask import Flask
                app = Flask(__name__)
                @app.route("/a", methods=["POST"])
                def slow():
                    requests.post("https://example.com/a")
                @app.route("/b", methods=["POST"])
                def quick():
                    requests.post("https://example.com/b", timeout=3)
            """
        },
        [("api.py::slow", 7)],
    ),
    "enqueued-in-transaction": (
        DJANGO_ORDERS
        | {
            "shop/services.py": """
                from django.db import transaction
                from shop.tasks import ship
                def early(order):
                    with transaction.atomic():
                        order.save()
                        ship.delay(order)
                def late(order):
                    with transaction.atomic():
                        order.save()
                    ship.delay(order)
                def committed(order):
                    with transaction.atomic():
                        order.save()
                        transaction.on_commit(lambda: ship.delay(order))
                @transaction.atomic
                def decorated(order):
                    ship.delay(order)
            """
        },
        [("shop/services.py::decorated", 18), ("shop/services.py::early", 7)],
    ),
    "failure-swallowed": (
        {
            "api.py": """
                import requests
                from flask import Flask
                app = Flask(__name__)
                @app.route("/a", methods=["POST"])
                def blind():
                    try:
                        requests.post("https://example.com/charge", timeout=3)
                    except Exception:
                        pass
                    requests.post("https://example.com/ship", timeout=3)
                @app.route("/b", methods=["POST"])
                def expected():
                    try:
                        requests.post("https://example.com/charge", timeout=3)
                    except requests.Timeout:
                        pass
                    requests.post("https://example.com/ship", timeout=3)
                @app.route("/d", methods=["POST"])
                def asked():
                    try:
                        requests.post("https://example.com/charge", timeout=3)
                    except Exception:
                        pass
                    else:
                        requests.post("https://example.com/ship", timeout=3)
                @app.route("/c", methods=["POST"])
                def last():
                    try:
                        requests.post("https://example.com/ping", timeout=3)
                    except Exception:
                        pass
            """
        },
        [("api.py::blind", 7)],
    ),
    "retry-repeats-effect": (
        {
            "api.py": """
                import requests
                from flask import Flask
                app = Flask(__name__)
                @app.route("/a", methods=["POST"])
                def both():
                    for attempt in range(3):
                        try:
                            requests.post("https://example.com/charge", timeout=3)
                            requests.post("https://example.com/ship", timeout=3)
                            break
                        except requests.Timeout:
                            continue
                @app.route("/c", methods=["POST"])
                def nested(big):
                    for attempt in range(3):
                        try:
                            if big:
                                requests.post("https://example.com/charge", timeout=3)
                            else:
                                requests.post("https://example.com/small", timeout=3)
                                return
                            requests.post("https://example.com/ship", timeout=3)
                            break
                        except requests.Timeout:
                            continue
                @app.route("/d", methods=["POST"])
                def handled():
                    for attempt in range(3):
                        try:
                            requests.post("https://example.com/charge", timeout=3)
                            try:
                                requests.post("https://example.com/ship", timeout=3)
                            except requests.Timeout:
                                pass
                            break
                        except requests.Timeout:
                            continue
                @app.route("/b", methods=["POST"])
                def reading():
                    for attempt in range(3):
                        try:
                            requests.get("https://example.com/stock", timeout=3)
                            requests.post("https://example.com/ship", timeout=3)
                            break
                        except requests.Timeout:
                            continue
            """
        },
        [("api.py::both", 9), ("api.py::nested", 19)],
    ),
    "nobody-receives": (
        {
            "shop/__init__.py": "",
            "shop/app.py": """
                from celery import Celery
                app = Celery("shop")
                @app.task(name="shop.ship")
                def ship(): ...
                def known():
                    app.send_task("shop.ship")
                def mistaken():
                    app.send_task("shop.shipp")
                def foreign():
                    app.send_task("warehouse.pick")
            """,
        },
        [("shop/app.py::mistaken", 9)],
    ),
    "never-enqueued": (
        {
            "shop/__init__.py": "",
            "shop/app.py": """
                from celery import Celery
                app = Celery("shop")
                @app.task
                def one(): ...
                @app.task
                def two(): ...
                @app.task
                def three(): ...
                def start():
                    one.delay()
                    two.delay()
            """,
        },
        [("shop/app.py::three", 8)],
    ),
}


@pytest.mark.parametrize("rule", CASES)
def test_a_risk_is_found_where_it_is_and_nowhere_else(scan_source, rule):
    files, expected = CASES[rule]
    findings = scan_source(files).findings
    assert [(finding.at, finding.line) for finding in findings if finding.rule == rule] == expected


TASKS = """
    from celery import Celery
    app = Celery("shop")
    @app.task
    def one(): ...
    @app.task
    def two(): ...
    def start(name):
        {sent}
"""


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("one.delay()", ["shop/app.py::two"]),
        ("one.delay(); app.send_task('shop.app.two')", []),
        ("one.delay(); app.send_task(name)", []),
        ("one.delay(); two()", []),
        ("pass", []),
    ],
)
def test_a_task_is_called_unused_only_where_nothing_can_mean_it(scan_source, sent, told):
    findings = scan_source({"shop/__init__.py": "", "shop/app.py": TASKS.format(sent=sent)}).findings
    assert [finding.at for finding in findings if finding.rule == "never-enqueued"] == told


def test_a_finding_belongs_to_the_workflow_that_shows_it(scan_source):
    graph = scan_source(CASES["outside-call-without-timeout"][0])
    finding = graph.findings[0]
    workflow = next(workflow for workflow in graph.workflows if workflow.unit == "api.py::slow")
    assert finding.workflow == workflow.id
    assert workflow.findings == ("outside-call-without-timeout api.py::slow:7",)
