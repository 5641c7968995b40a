from __future__ import annotations

import pytest

from discover.frameworks.records import Dispatch, EntryPoint
from discover.link.channels import Directory, pattern
from discover.model import TriggerDetail, TriggerKind


def entry(unit: str, *names: str, kind: TriggerKind = "task", sender: str | None = None) -> EntryPoint:
    return EntryPoint(
        id=f"{kind}:{unit}",
        kind=kind,
        framework="t",
        unit=unit,
        line=1,
        names=names,
        detail=TriggerDetail(sender=sender),
    )


DIRECTORY = Directory(
    [
        entry("a.py::send_mail", "app.send_mail"),
        entry("a.py::send_sms", "app.send_sms"),
        entry("b.py::other", "billing.run"),
        entry("c.py::on_order", "orders.*", kind="consumer"),
        entry("c.py::on_all", "events.#", kind="consumer"),
        entry("e.py::second", "shop/signals.py#2", kind="signal"),
        entry("e.py::other", "shop/signals.py#21", kind="signal"),
        entry("d.py::saved", "post_save", kind="signal"),
        entry("d.py::order_saved", "post_save", kind="signal", sender="shop.models.Order"),
    ]
)


@pytest.mark.parametrize(
    ("edge", "name", "sender", "expected"),
    [
        ("dispatch", "app.send_mail", "", ["a.py::send_mail"]),
        ("dispatch", "app.send_{}", "", ["a.py::send_mail", "a.py::send_sms"]),
        ("dispatch", "{}", "", []),
        ("signal", "shop/signals.py#21", "", ["e.py::other"]),
        ("signal", "shop/signals.py#2", "", ["e.py::second"]),
        ("dispatch", "app.{}", "", []),
        ("dispatch", "nobody", "", []),
        ("dispatch", "post_save", "", []),
        ("publish", "orders.created", "", ["c.py::on_order"]),
        ("publish", "orders.created.eu", "", []),
        ("publish", "events.a.b", "", ["c.py::on_all"]),
        ("signal", "post_save", "models.py::Order", ["d.py::saved", "d.py::order_saved"]),
        ("signal", "post_save", "models.py::Invoice", ["d.py::saved"]),
        ("signal", "post_save", "", ["d.py::saved", "d.py::order_saved"]),
    ],
)
def test_a_name_reaches_its_receivers(edge, name, sender, expected):
    dispatch = Dispatch(unit="x.py::f", number=0, line=1, edge=edge, library="t", name=name, sender=sender)
    assert [target.unit for target in DIRECTORY.receivers(dispatch)] == expected


def test_a_name_with_unknown_parts_is_less_certain():
    dispatch = Dispatch(unit="x.py::f", number=0, line=1, edge="dispatch", library="t", name="app.send_{}")
    assert {target.confidence for target in DIRECTORY.receivers(dispatch)} == {0.6}


@pytest.mark.parametrize(
    ("name", "known", "fits"),
    [
        ("shop.{}.{}", "shop.orders.ship", True),
        ("shop.{}.ship", "shop.a.ship.ship", True),
        ("{}.orders.{}ship", "shop.orders.reship", True),
        ("{}.orders.{}ship", "shop.orders.ship", False),
        ("orders.*.paid", "orders.a.b.paid", False),
        ("orders.#", "orders.a.b", True),
        ("aaaa{}" + "xx{}" * 40 + "q", "aaaa" + "x" * 500, False),
    ],
)
def test_a_name_with_holes_fits_in_little_time_whatever_it_is(name: str, known: str, fits: bool):
    expression = pattern(name)
    assert expression is not None
    assert bool(expression.fullmatch(known)) is fits
