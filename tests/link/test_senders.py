"""Which receivers hear what an object of an unknown class sends when it is saved."""

from __future__ import annotations

MODELS = """
from django.db import models
class Order(models.Model): ...
class Invoice(models.Model): ...
"""
SIGNALS = """
from django.db.models.signals import post_delete
from django.dispatch import receiver
from shop.models import Invoice, Order
@receiver(post_delete, sender=Order)
def order_gone(sender, **kwargs): ...
@receiver(post_delete, sender=Invoice)
def invoice_gone(sender, **kwargs): ...
"""
FILES = {"manage.py": "import django\n", "shop/__init__.py": "", "shop/models.py": MODELS, "shop/signals.py": SIGNALS}


def heard(scan_source, views: str, unit: str) -> list[tuple[str, float]]:
    found = scan_source({**FILES, "shop/views.py": views})
    edges = [edge for edge in found.edges if edge.source == unit and edge.kind == "signal"]
    return [(edge.target.partition("::")[2], edge.confidence) for edge in edges]


def test_what_names_no_sender_tells_nobody(scan_source):
    views = "from django.db.models import Model\ndef drop(row: Model):\n    row.delete()\n"
    assert heard(scan_source, views, "shop/views.py::drop") == []


def test_a_name_elsewhere_in_the_file_is_no_sign(scan_source):
    views = """
from django.db.models import Model
from shop.models import Invoice
def other(): return Invoice
def drop(row: Model):
    row.delete()
"""
    assert heard(scan_source, views, "shop/views.py::drop") == []


def test_a_name_in_the_own_code_or_a_callers_is_a_weak_sign(scan_source):
    views = """
from django.db.models import Model
from shop.models import Invoice, Order
def drop(row: Model):
    row.delete()
def clean(name):
    for kind in (Order,):
        drop(load(kind, name))
"""
    assert heard(scan_source, views, "shop/views.py::drop") == [("order_gone", 0.4)]


def test_a_class_whose_override_leaves_a_method_out_does_not_run_it(scan_source):
    shop = {
        **FILES,
        "shop/models.py": """
from django.db import models
class Sorted(models.Model):
    def delete(self):
        super().delete()
class Order(Sorted):
    def delete(self):
        super(Sorted, self).delete()
class Invoice(Sorted):
    def delete(self):
        super().delete()
""",
    }
    found = scan_source(shop)
    told = [e.target for e in found.edges if e.source == "shop/models.py::Sorted.delete" and e.kind == "signal"]
    assert told == ["shop/signals.py::invoice_gone"]


def test_an_object_runs_what_its_order_of_classes_leads_to(scan_source):
    shop = {
        **FILES,
        "shop/models.py": """
from django.db import models
class Kept(models.Model):
    def delete(self):
        super().delete()
class Tracked:
    def delete(self):
        super().delete()
class Listed:
    def delete(self):
        print(self)
class Order(Tracked, Kept):
    def delete(self):
        super().delete()
class Invoice(Listed, Kept):
    def delete(self):
        super().delete()
""",
    }
    found = scan_source(shop)
    told = [e.target for e in found.edges if e.source == "shop/models.py::Kept.delete" and e.kind == "signal"]
    assert told == ["shop/signals.py::order_gone"]


def test_a_sender_that_the_call_is_handed_is_guessed_from_what_is_handed_on(scan_source):
    views = """
from django.db.models.signals import post_delete
from shop.models import Invoice, Order
def drop(query):
    for row in Invoice.objects.filter(query=query):
        post_delete.send(sender=query.model, instance=row)
def drop_any(query):
    for kind in choose(query, Invoice):
        post_delete.send(sender=kind)
"""
    assert heard(scan_source, views, "shop/views.py::drop") == []
    assert heard(scan_source, views, "shop/views.py::drop_any") == [("invoice_gone", 0.4)]


def test_what_a_validator_works_on_is_of_the_model_that_its_meta_names(scan_source):
    views = """
from django.db.models import Model
from shop.models import Invoice, Order
class Validator:
    def is_valid(self):
        self.object: Model = load()
        return True
class OrderValidator(Validator):
    class Meta:
        model = Order
class InvoiceValidator(Validator):
    class Meta:
        model = Invoice
def take(data):
    for validator in (OrderValidator(), InvoiceValidator()):
        validator.object = Order() if data else Invoice()
def drop(data):
    validator = OrderValidator()
    if validator.is_valid():
        validator.object.delete()
def clean(name):
    drop(Invoice(name))
"""
    assert [target for target, _ in heard(scan_source, views, "shop/views.py::drop")] == ["order_gone"]


SQLALCHEMY = """
from sqlalchemy import Column, Integer, event
from sqlalchemy.orm import DeclarativeBase, Session
class Base(DeclarativeBase): ...
class Stamped:
    @classmethod
    def __declare_last__(cls): event.listen(cls, "before_update", cls.stamp)
    @staticmethod
    def stamp(mapper, connection, target): ...
class Order(Stamped, Base):
    __tablename__ = "order"
    id = Column(Integer, primary_key=True)
    total = Column(Integer)
"""
UPGRADE = """
from sqlalchemy import Column, Integer
from sqlalchemy.orm import Session
from shop.models import Base{imported}
{own}
def upgrade(session: Session):
    for order in session.query(Order).all():
        order.total = 1
        session.add(order)
    session.commit()
"""
OWN = """
class Order(Base):
    __tablename__ = "order"
    id = Column(Integer, primary_key=True)
    total = Column(Integer)
"""


def test_a_class_that_the_file_has_of_a_table_for_itself_is_no_other_of_that_name(scan_source):
    def stamped(imported: str, own: str) -> bool:
        upgrade = UPGRADE.format(imported=imported, own=own)
        found = scan_source({"shop/__init__.py": "", "shop/models.py": SQLALCHEMY, "shop/upgrade.py": upgrade})
        return any(e.kind == "signal" and e.source == "shop/upgrade.py::upgrade" for e in found.edges)

    assert stamped(", Order", "")
    assert not stamped("", OWN)


OPEN = """
from blinker import signal
moved = signal("moved")
class Kept:
    def move(self):
        moved.send({sender})
class Box(Kept): ...
class Shelf(Kept): ...
class Other: ...
@moved.connect_via(Box)
def box_moved(sender): ...
@moved.connect_via(Other)
def other_moved(sender): ...
"""


def test_the_class_of_an_object_may_be_one_below_the_method_that_sends(scan_source):
    for sender in ("type(self)", "self.__class__"):
        found = scan_source({"store.py": OPEN.replace("{sender}", sender)})
        edges = [edge for edge in found.edges if edge.kind == "signal"]
        assert [(edge.target, edge.confidence) for edge in edges] == [("store.py::box_moved", 0.6)]


def test_a_class_that_is_named_is_no_class_below_it(scan_source):
    found = scan_source({"store.py": OPEN.replace("{sender}", "Kept")})
    assert [edge for edge in found.edges if edge.kind == "signal"] == []
