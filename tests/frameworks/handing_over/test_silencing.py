"""A receiver that code has taken off a signal is not reached by what is sent meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]
FILES = {
    "shop/__init__.py": "",
    "shop/models.py": "from django.db import models\nclass Order(models.Model): ...\n"
    "class Invoice(models.Model): ...\n",
    "shop/receivers.py": "def tell(sender, **kwargs): ...\ndef log(sender, **kwargs): ...\n",
    "shop/apps.py": """
from django.apps import AppConfig
from django.db.models.signals import post_save
from shop.models import Invoice, Order
from shop.receivers import log, tell
def switch_on():
    post_save.connect(tell, sender=Order, dispatch_uid="tell")
def switch_off():
    post_save.disconnect(sender=Order, dispatch_uid="tell")
def all_off():
    switch_off()
class ShopConfig(AppConfig):
    def ready(self):
        switch_on()
        post_save.connect(log)
        post_save.connect(tell, sender=Invoice, dispatch_uid="tell-of-invoice")
""",
}
HEAD = """
from django.db.models.signals import post_save
from shop.apps import all_off, switch_off, switch_on
from shop.models import Invoice, Order
from shop.receivers import log, tell
"""


def heard(find: Find, work: str) -> dict[str, list[str]]:
    """The receivers that each function of the work reaches."""
    found = find({**FILES, "shop/work.py": HEAD + work})
    reached: dict[str, list[str]] = {}
    for sent in found.dispatches:
        units = [unit.partition("::")[2] for unit in sent.targets]
        reached.setdefault(sent.unit.partition("::")[2], []).extend(sorted(units))
    return reached


@pytest.mark.parametrize(
    "off",
    ["post_save.disconnect(tell, sender=Order)", "switch_off()", "all_off()"],
)
def test_a_receiver_is_off_from_its_disconnect_to_its_connect(find: Find, off: str) -> None:
    work = f"""
def before():
    Order().save()
    {off}
def between():
    {off}
    try:
        Order().save()
    finally:
        switch_on()
def behind():
    {off}
    switch_on()
    Order().save()
def other():
    {off}
    Invoice().save()
"""
    both = ["log", "tell"]
    assert heard(find, work) == {"before": both, "between": ["log"], "behind": both, "other": both}


def test_what_only_some_runs_take_off_is_heard_behind_the_branch(find: Find) -> None:
    work = """
def fill(quiet):
    if quiet:
        switch_off()
        Invoice().save()
    Order().save()
"""
    assert heard(find, work) == {"fill": ["log", "tell", "log", "tell"]}


def test_emptying_the_list_of_receivers_silences_all_of_them(find: Find) -> None:
    work = """
def fill():
    kept = post_save.receivers
    post_save.receivers = []
    Order().save()
    post_save.receivers = kept
    Invoice().save()
"""
    assert heard(find, work) == {"fill": ["log", "tell"]}


def test_functions_that_only_such_places_call_are_silent_too(find: Find) -> None:
    work = """
def fill():
    switch_off()
    make()
def make():
    Order().save()
    make_both()
def make_both():
    Order().save()
def load():
    make_both()
"""
    assert heard(find, work) == {"make": ["log"], "make_both": ["log", "tell"]}


def test_a_receiver_that_is_on_for_a_while_hears_what_is_sent_meanwhile(find: Find) -> None:
    work = """
def watch(sender, **kwargs): ...
def empty():
    post_save.connect(watch, sender=Invoice)
    try:
        Invoice().save()
        deeper()
    finally:
        post_save.disconnect(watch, sender=Invoice)
    Invoice().save()
def deeper():
    Invoice().save()
def other():
    Invoice().save()
"""
    both = ["log", "tell"]
    assert heard(find, work) == {"empty": [*both, "watch", *both], "deeper": [*both, "watch"], "other": both}


MANAGERS = """
from contextlib import contextmanager
from django.db.models.signals import post_delete

@contextmanager
def quiet():
    kept = {{}}
    try:
        for signal in [post_save, post_delete]:
            kept[signal] = signal.receivers
            signal.receivers = []
        yield
    finally:
        for signal in [post_save, post_delete]:
            signal.receivers = kept[signal]

class Quiet:
    def __enter__(self):
        post_save.disconnect(tell, sender=Order)
    def __exit__(self, *_):
        post_save.connect(tell, sender=Order)

@contextmanager
def timed():
    yield
    post_save.disconnect(tell, sender=Order)
    post_save.connect(tell, sender=Order)

def inner():
    Order().save()

def work():
    with {manager}:
        Order().save()
        inner()
"""


@pytest.mark.parametrize(
    ("manager", "left"),
    [("quiet()", set()), ("open('x'), quiet()", set()), ("Quiet()", {"log"}), ("timed()", {"log", "tell"})],
)
def test_what_a_context_manager_has_taken_off_is_off_in_its_block(find: Find, manager: str, left: set[str]) -> None:
    reached = heard(find, MANAGERS.format(manager=manager))
    assert set(reached.get("work", [])) == left
    assert set(reached.get("inner", [])) == left
    after = heard(find, MANAGERS.format(manager=manager) + "def after():\n    work()\n    Order().save()\n")
    assert set(after["after"]) == {"log", "tell"}
