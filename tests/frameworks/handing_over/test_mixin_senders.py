"""What a mixin saves may be of any class that uses it: only receivers of every sender are sure to hear of it."""

from __future__ import annotations

from collections.abc import Callable

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]
NAMES = ("Order", "Invoice", "Parcel", "Refund", "Coupon")
MODELS = (
    "from django.db import models\n"
    "class Logged(models.Model):\n"
    "    class Meta:\n        abstract = True\n"
    "    def save(self, *args, **kwargs):\n        super().save(*args, **kwargs)\n"
    "    def touch(self):\n        self.save()\n"
)
RECEIVERS = (
    "from django.db.models.signals import post_save\nfrom django.dispatch import receiver\n"
    "from shop.models import Order\n"
    "@receiver(post_save, sender=Order)\ndef on_order(sender, **kwargs):\n    print(sender)\n"
)
WORK = "from shop.models import Order, Coupon\ndef order():\n    Order().save()\ndef coupon():\n    Coupon().save()\n"


def shop(names: tuple[str, ...]) -> dict[str, str]:
    """A shop whose models of these names share a mixin."""
    models = MODELS + "".join(f"class {name}(Logged): ...\n" for name in names)
    return {"shop/__init__.py": "", "shop/models.py": models, "shop/receivers.py": RECEIVERS, "work.py": WORK}


def test_what_is_opened_for_one_model_reaches_its_receivers_only(find: Find) -> None:
    (saved,) = [d for d in find(shop(NAMES)).dispatches if d.name.endswith("post_save")]
    heard = dict(saved.meant)
    assert heard["shop/models.py::Order"] == ("shop/receivers.py::on_order",)
    assert heard["shop/models.py::Coupon"] == ()


def test_the_mixin_itself_names_no_sender_when_many_classes_use_it(find: Find) -> None:
    sent = {d.unit: d for d in find(shop(NAMES)).dispatches if d.name.endswith("post_save")}
    assert sent["shop/models.py::Logged.save"].sender == ""
    few = {d.unit: d for d in find(shop(NAMES[:2] + NAMES[4:])).dispatches if d.name.endswith("post_save")}
    assert few["shop/models.py::Logged.save"].sender != ""


def test_what_a_static_method_is_given_is_not_the_class_it_stands_in(find: Find) -> None:
    models = MODELS + "    @staticmethod\n    def keep(order: models.Model):\n        order.save()\n"
    files = shop(NAMES) | {"shop/models.py": models + "".join(f"class {name}(Logged): ...\n" for name in NAMES)}
    (saved,) = [d for d in find(files).dispatches if d.unit == "shop/models.py::Logged.keep"]
    assert saved.meant == ()
