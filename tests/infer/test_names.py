from __future__ import annotations

import msgspec
import pytest

from discover.infer.names import effect_name, rhythm, sentence, unit_name, workflow_name
from discover.model import Effect, Trigger, TriggerDetail


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lookup_company_by_domain", "Look up company by domain"),
        ("sendHTTPRequest", "Send HTTP request"),
        ("_private_name", "Private name"),
        ("é", "É"),
        ("___", "___"),
    ],
)
def test_an_identifier_reads_as_a_sentence(name, expected):
    assert sentence(name) == expected


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("a.py::on_transaction_commit.<locals>.inner", "On transaction commit"),
        ("a.py::cached.<locals>.decorator.<locals>.wrapper", "A: cached"),
        ("a.py::Parcel.wrap", "Parcel: wrap"),
        ("a/b.py::insert_user", "Insert user"),
        ("a/signup.py::register", "Signup: register"),
        ("a/clients/company.py::find_by_domain", "Company: find by domain"),
        ("a/utils.py::run", "Run"),
        ("a/billing/__init__.py::charge", "Billing: charge"),
        ("a/b.py::QueryExecutor.run", "Query executor: run"),
        ("a/b.py::QueryExecutor.__init__", "Create query executor"),
        ("a/b.py::Query.update_latest_result", "Update latest result"),
        ("a/b.py::send_mail_task", "Send mail"),
        ("a/b.py::outer.<locals>.inner_part", "Inner part"),
        ("a/b.py::Parcel.price.setter", "Set price"),
        ("a/b.py::Parcel.setter", "Parcel: setter"),
        ("a/b.py::<module>", "Module a/b.py"),
    ],
)
def test_a_unit_has_a_name_for_readers(unit, expected):
    assert unit_name(unit) == expected


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("http", {"detail": "POST", "service": "Slack"}, "POST to Slack"),
        ("http", {"detail": "GET", "target": "https://api.example.com/v1/{}"}, "GET from api.example.com"),
        ("http", {"detail": "POST", "target": "{}"}, "POST to an outside service"),
        ("http", {"detail": "", "target": "--------"}, "Call an outside service"),
        ("db_write", {"detail": "INSERT", "target": "User"}, "Insert User"),
        ("db_write", {"detail": "COMMIT"}, "Commit to the database"),
        ("db_read", {"target": "User"}, "Read User"),
        ("email", {}, "Send e-mail"),
        ("message", {"target": "orders"}, "Send message to orders"),
        ("message", {"detail": "SUBSCRIBE", "target": "orders", "service": "Redis"}, "Listen to orders"),
        ("process", {"target": "pdflatex"}, "Run pdflatex"),
        ("sdk", {"service": "Stripe", "detail": "stripe.Charge.create"}, "Stripe: create"),
    ],
)
def test_an_effect_is_named_by_what_it_does(kind, fields, expected):
    assert effect_name(Effect(id="e", kind=kind, at="a.py::f", line=1, **fields)) == expected


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("0 2 * * *", "Nightly"),
        ("30 12 * * *", "Daily"),
        ("*/5 * * * *", "Every 5 minutes"),
        ("* * * * *", "Every minute"),
        ("7 * * * *", "Hourly"),
        ("0 3 * * 1", "Weekly"),
        ("0 3 1 * *", "Monthly"),
        ("@daily", "Daily"),
        ("60.0", "On schedule"),
    ],
)
def test_a_schedule_is_told_in_a_word(schedule, expected):
    assert rhythm(schedule) == expected


def trigger(kind, **detail):
    return Trigger(
        id=str(detail), kind=kind, framework="t", handler="a/b.py::make_order", line=1, detail=TriggerDetail(**detail)
    )


@pytest.mark.parametrize(
    ("triggers", "expected"),
    [
        ([trigger("http", path="orders/<int:pk>/", methods=("POST",))], "POST /orders/<pk>/"),
        ([trigger("http", path=r"^orders/(?P<code>[^/]+)/$")], "/orders/<code>/"),
        ([trigger("http", path=r"^orders/(?P<kind>new|old)/?$")], "/orders/<kind>"),
        (
            [trigger("http", path="/<slug>{}", methods=("GET",)), trigger("http", path="/orders", methods=("GET",))],
            "GET /orders (and 1 more)",
        ),
        ([trigger("schedule", schedule="0 2 * * *")], "Nightly: make order"),
        ([trigger("task", name="x")], "Task: Make order"),
        ([trigger("signal", signal="django.post_save", sender="shop.Order")], "On post_save of Order: Make order"),
        ([trigger("signal", signal="post_save", sender="shop/a.py::Order")], "On post_save of Order: Make order"),
        ([trigger("command", name="sendalerts")], "Command: sendalerts"),
        ([trigger("consumer", topic="orders.paid")], "On message orders.paid: Make order"),
        ([trigger("consumer")], "On message: Make order"),
    ],
)
def test_a_workflow_is_named_by_what_starts_it(triggers, expected):
    assert workflow_name(triggers) == expected


def test_a_queue_of_the_process_is_named_by_its_variable():
    taking = trigger("consumer", topic="shop.work.begin.waiting")
    local = msgspec.structs.replace(taking, framework="python")
    assert workflow_name([local]) == "On message begin.waiting: Make order"


def test_a_url_that_is_none_is_named_as_it_stands():
    effect = Effect(id="e", kind="http", at="a.py::f", line=1, target="http://[x", detail="GET")
    assert effect_name(effect) == "GET from http://[x"
