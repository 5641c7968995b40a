"""A row stays where it is until all that was set of it is saved: steps read it again, and would lose the rest."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import msgspec
import pytest

from discover import model
from exporters.canonical import records
from exporters.cutting.build import build
from tests.exporters.cutting import beside

OUTSIDE = """
def effect(x): return x
def effect_store(x): return x
def load(x): return x
"""
MODELS = """
from functools import cached_property

from django.db import models
from django_fsm import transition
from outside import effect


class Customer(models.Model):
    name = models.CharField()


class Order(models.Model):
    status = models.CharField()
    note = models.TextField()
    about = models.JSONField()
    paper = models.FileField()
    customer = models.ForeignKey(Customer, on_delete=None)
    total = models.DecimalField()

    @cached_property
    def size(self):
        return len(self.about)

    def pay(self):
        effect("pay")
        self.status = "paid"

    def pay_now(self, how):
        if how:
            self.mark("paid")
            self.save()

    def mark(self, status):
        self.status = status

    def log(self, text):
        self.note += text
        self.save(update_fields=["note"])

    @transition(field=status, source="new", target="sent")
    def send(self):
        effect("send")
"""
HEAD = """
from django.db.models import Count, F
from models import Customer, Order
from outside import effect, effect_store, load


def mark(order, status):
    order.status = status


def keep(row):
    row.note = "kept"
    row.save()


"""
Cut = Callable[[str], list[records.Step]]


@pytest.fixture
def cut(workflow_over: Callable[..., model.Workflow]) -> Cut:
    def run(body: str) -> list[records.Step]:
        body = "order = Order.objects.get(pk=n)\n" + textwrap.dedent(body)
        text = f"{HEAD}def job(n):\n{textwrap.indent(body, '    ')}\n"
        files = {"outside.py": OUTSIDE, "models.py": MODELS, "job.py": text}
        found = beside.definition_of(workflow_over, files).runs[0].steps
        assert all(isinstance(step, records.Step) for step in found)
        return [step for step in found if isinstance(step, records.Step)]

    return run


def are_together(found: list[records.Step], *words: str) -> bool:
    return any(all(word in step.code for word in words) for step in found)


@pytest.mark.parametrize(
    "changes",
    [
        "order.pay()",
        "order.mark('paid')",
        "order.pay_now(n)",
        "order.send()",
        "mark(order, 'paid')",
        "mark(status='paid', order=order)",
        "setattr(order, 'status', 'paid')",
        "order.about['x'] = 1",
        "order.about.update(x=1)",
        "order.paper.save('x', n, save=False)",
    ],
)
def test_what_a_call_sets_of_a_row_stays_with_its_saving(cut: Cut, changes: str) -> None:
    found = cut(f"{changes}\neffect(1)\norder.save()\neffect(order.status)\neffect(3)")
    assert are_together(found, changes, "effect(1)", "order.save()") is (changes != "order.pay_now(n)")
    assert not are_together(found, changes, "effect(3)")


@pytest.mark.parametrize(
    "saves", ["order.log('x')", "keep(order)", "order.paper.save('x', n)", "order.save()", "order.refresh_from_db()"]
)
def test_what_a_call_has_saved_need_not_stay(cut: Cut, saves: str) -> None:
    found = cut(f"order.note = 'y'\n{saves}\neffect(1)\neffect(order.note)\neffect(3)")
    assert not are_together(found, saves, "effect(order.note)")


def test_what_a_partial_save_leaves_out_stays(cut: Cut) -> None:
    body = "order.note = 'y'\n{}order.save(update_fields=['note'])\neffect(1)\neffect(order.status)\neffect(3)"
    assert not are_together(cut(body.format("")), "save", "effect(order.status)")
    left = cut(body.format("order.status = 'x'\n"))
    assert are_together(left, "save", "effect(1)", "effect(order.status)")
    assert not are_together(left, "save", "effect(3)")


def test_what_is_no_field_is_in_no_store(cut: Cut) -> None:
    found = cut("order.extra = effect(1)\norder.save()\neffect(2)\neffect(order.extra)\neffect(3)")
    assert are_together(found, "effect(1)", "order.save()", "effect(order.extra)")
    assert not are_together(found, "effect(order.extra)", "effect(3)")


def test_saving_a_row_does_not_save_the_one_that_it_leads_to(cut: Cut) -> None:
    body = "order.customer.name = 'x'\n{}.save()\neffect(1)\neffect(order.customer.name)\neffect(3)"
    assert are_together(cut(body.format("order")), "order.save()", "effect(1)", "effect(order.customer.name)")
    assert not are_together(cut(body.format("order.customer")), "save", "effect(order.customer.name)")


def test_one_row_under_two_names_is_read_once_where_it_is_changed(cut: Cut) -> None:
    body = "customer = order.customer\neffect(1)\n{}effect(customer.name)\neffect({})\neffect(3)"
    changed = cut(body.format("customer.name = 'x'\n", "order.customer.name"))
    assert are_together(changed, "customer = order.customer", "customer.name = 'x'", "effect(order.customer.name)")
    assert not are_together(cut(body.format("", "order.customer.name")), "effect(1)", "effect(order.customer.name)")
    assert not are_together(cut(body.format("customer.name = 'x'\n", "order.note")), "effect(1)", "effect(order.note)")


def test_rows_of_a_list_stay_until_they_are_saved(cut: Cut) -> None:
    loop = "rows = list(Order.objects.filter(note=n))\neffect(1)\nfor row in rows:\n    row.note = 'x'\n{}"
    behind = "effect(2)\neffect([row.note for row in rows])\neffect(3)"
    assert are_together(cut(loop.format("") + behind), "row.note = 'x'", "effect(2)", "[row.note for row in rows]")


def test_a_query_that_was_read_before_a_change_keeps_what_it_gave(cut: Cut) -> None:
    body = "rows = Order.objects.filter(note=load(n))\neffect({})\n{}effect([row.pk for row in rows])\neffect(3)"
    change = "effect_store(n)\n"
    assert are_together(cut(body.format("len(rows)", change)), "effect(len(rows))", "effect_store", "for row in rows")
    assert not are_together(cut(body.format("len(rows)", "")), "effect(len(rows))", "for row in rows")
    unread = cut(body.format(1, change))
    assert are_together(unread, "effect_store", "for row in rows")
    assert not are_together(unread, "effect(1)", "for row in rows")


@pytest.mark.parametrize("part", ["order.about", "order.about['x']", "order.about.setdefault('x', {})"])
def test_a_part_of_a_row_that_is_changed_by_a_name_of_its_own_stays_with_the_row(cut: Cut, part: str) -> None:
    found = cut(f"about = {part}\neffect(1)\nabout['y'] = 1\neffect(2)\norder.save()\neffect(3)")
    assert are_together(found, f"about = {part}", "about['y'] = 1", "effect(2)", "order.save()")
    assert not are_together(found, "order.save()", "effect(3)")
    read = cut(f"about = {part}\neffect(1)\neffect(about)\neffect(3)")
    assert not are_together(read, "effect(1)", "effect(about)")


SAVED = "\norder.save()\neffect(1)\neffect({})\neffect(3)"


@pytest.mark.parametrize("value", ["F('total') + 1", "n['total']", "'3.5'"])
def test_what_a_field_holds_until_it_is_read_again_stays(cut: Cut, value: str) -> None:
    found = cut(f"order.total = {value}{SAVED.format('order.total')}")
    assert are_together(found, "order.total =", "effect(1)", "effect(order.total)")
    read = cut(f"order.total = {value}\norder.save()\norder.refresh_from_db()\neffect(1)\neffect(order.total)")
    assert not are_together(read, "effect(1)", "effect(order.total)")


def test_what_a_row_is_made_of_stays_where_its_store_gives_it_back_otherwise(cut: Cut) -> None:
    body = "order = Order.objects.create({})\neffect(1)\neffect({})\neffect(3)"
    assert are_together(cut(body.format("total=n['total']", "order.total")), "create", "effect(order.total)")
    for given, asked in (
        ("total=n['total']", "order.pk"),
        ("note=n['note']", "order.note"),
        ("total=n", "order.total"),
    ):
        assert not are_together(cut(body.format(given, asked)), "create", f"effect({asked})")


def test_what_a_query_adds_to_a_row_stays_with_what_asks_for_it(cut: Cut) -> None:
    body = "row = Order.objects.annotate(n=Count('customer')).filter(n__gt=1).first()\neffect(1)\neffect({})\neffect(3)"
    assert are_together(cut(body.format("row.n")), "annotate", "effect(row.n)")
    assert not are_together(cut(body.format("row.note")), "annotate", "effect(row.note)")


@pytest.mark.parametrize(
    ("read", "asked"),
    [
        ("Order.objects.get(pk=n)", "order.customer.name"),
        ("Order.objects.get(pk=n)", "order.size"),
        ("Order.objects.prefetch_related('lines').get(pk=n)", "order.lines.all()"),
    ],
)
def test_what_a_row_keeps_of_others_stays_with_it_where_they_are_changed(
    workflow_over: Callable[..., model.Workflow], read: str, asked: str
) -> None:
    for change in ("effect_store(1)", "effect(1)"):
        body = f"    order = {read}\n    effect({asked})\n    {change}\n    effect({asked})\n    effect(3)\n"
        files = {"outside.py": OUTSIDE, "models.py": MODELS, "job.py": f"{HEAD}def job(n):\n{body}"}
        workflow = workflow_over(files, "job.py::job")
        nodes = tuple(
            msgspec.structs.replace(node, target="Customer")
            if isinstance(node, model.Step) and node.kind == "db_write"
            else node
            for node in workflow.body
        )
        built = build(msgspec.structs.replace(workflow, body=nodes), {}, files.get)
        codes = [step.code for step in built.definition.runs[0].steps if isinstance(step, records.Step)]
        assert any(read in code and "effect_store(1)" in code for code in codes) is (change == "effect_store(1)")
        assert not any(f"effect({asked})" in code and "effect(3)" in code for code in codes)


@pytest.mark.parametrize("value", ["(1, n)", "tuple(n)", "{'x': [(1, 2)]}", "{1: n}"])
def test_what_json_gives_back_otherwise_stays_with_what_asks_for_it(cut: Cut, value: str) -> None:
    found = cut(f"order.about = {value}{SAVED.format('order.about')}")
    assert are_together(found, "order.about =", "effect(1)", "effect(order.about)")
    assert not are_together(cut(f"order.about = {value}{SAVED.format('order.pk')}"), "effect(1)", "effect(order.pk)")
    plain = cut(f"order.about = {{'x': [1, n]}}{SAVED.format('order.about')}")
    assert not are_together(plain, "effect(1)", "effect(order.about)")


@pytest.mark.parametrize("asked", ["order.status.label", "order.status.name", "order.status.value"])
def test_a_field_of_texts_gives_no_member_of_an_enumeration(cut: Cut, asked: str) -> None:
    found = cut(f"order.status = Status.PAID{SAVED.format(asked)}")
    assert are_together(found, "order.status =", "effect(1)", f"effect({asked})")
    assert not are_together(found, f"effect({asked})", "effect(3)")
    made = cut(f"order = Order.objects.create(status=Status.PAID)\neffect(1)\neffect({asked})\neffect(3)")
    assert are_together(made, "create", f"effect({asked})")
    for other in ("order.status", "order.get_status_display()", "order.customer.name"):
        found = cut(f"order.status = Status.PAID{SAVED.format(other)}")
        assert not are_together(found, "effect(1)", f"effect({other})")
