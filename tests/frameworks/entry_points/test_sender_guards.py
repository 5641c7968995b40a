"""A receiver of any sender is one of those senders that its first statement lets through."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]
MODELS = (
    "from django.db import models\n"
    "class Order(models.Model): ...\n"
    "class Gift(Order): ...\n"
    "class Invoice(models.Model): ...\n"
)
RECEIVER = (
    "from django.db.models.signals import post_save\nfrom django.dispatch import receiver\n"
    "import shop.models as models\nfrom shop.models import Order, Invoice\nON = True\n"
    "@receiver(post_save)\n"
    "def note(sender, instance, created=False, **kwargs):\n    'Says so.'\n"
)
REST = "        return\n    print(instance)\n"


def senders(find: Find, body: str) -> list[str]:
    found = find({"shop/__init__.py": "", "shop/models.py": MODELS, "shop/receivers.py": RECEIVER + body})
    return sorted((e.detail.sender or "").rpartition("::")[2] for e in found.entry_points if e.kind == "signal")


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("not issubclass(sender, models.Order)", ["Order"]),
        ("not isinstance(instance, Order)", ["Order"]),
        ("not ON or sender not in (Order, Invoice)", ["Invoice", "Order"]),
        ("sender != Order", ["Order"]),
        ("sender is not Order or not created", ["Order"]),
        ("not created", [""]),
        ("sender == Order", [""]),
        ("not created and sender is not Order", [""]),
        ("sender not in known(Order)", [""]),
        ("issubclass(sender, Order)", [""]),
    ],
)
def test_a_first_statement_that_leaves_for_all_other_senders_names_the_senders(
    find: Find, test: str, expected: list[str]
) -> None:
    assert senders(find, f"    if {test}:\n{REST}") == expected


def test_a_body_that_is_one_condition_names_the_senders_too(find: Find) -> None:
    assert senders(find, "    if sender is Order and created:\n        print(instance)\n") == ["Order"]


def test_a_condition_that_other_statements_follow_names_none(find: Find) -> None:
    assert senders(find, "    if sender is Order:\n        print(instance)\n    print(sender)\n") == [""]


def test_saving_a_class_below_the_wanted_one_reaches_the_receiver_and_another_class_does_not(find: Find) -> None:
    body = f"    if not issubclass(sender, Order):\n{REST}"
    work = (
        "from shop.models import Gift, Invoice\n"
        "def gift():\n    Gift.objects.create()\n"
        "def bill():\n    Invoice.objects.create()\n"
    )
    files = {"shop/__init__.py": "", "shop/models.py": MODELS, "shop/receivers.py": RECEIVER + body, "work.py": work}
    reached = [(d.unit, d.targets) for d in find(files).dispatches if d.edge == "signal"]
    assert ("work.py::gift", ("shop/receivers.py::note",)) in reached
    assert not any(targets for unit, targets in reached if unit == "work.py::bill")
