"""Methods of the project that a library calls: over the library's own methods, of other objects, of fields."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]

MODELS = (
    "from django.db import models\n"
    "class Order(models.Model):\n"
    "    def save(self, *args, **kwargs): super().save(*args, **kwargs)\n"
    "    def delete(self, *args, **kwargs): super().delete(*args, **kwargs)\n"
    "    def clean(self): ...\n"
    "class Note(models.Model): ...\n"
)
FORMS = (
    "from django import forms\nfrom shop.models import Order\n"
    "class CodeField(forms.CharField):\n"
    "    def to_python(self, value): return value\n"
    "class OrderForm(forms.ModelForm):\n"
    "    code = CodeField()\n"
    "    class Meta:\n        model = Order\n"
    "    def clean_code(self): ...\n"
    "    def helper(self): ...\n"
)
SERIALIZERS = (
    "from rest_framework import serializers\nfrom shop.models import Order\n"
    "class Price(serializers.Field):\n"
    "    def to_representation(self, value): ...\n"
    "    def to_internal_value(self, data): ...\n"
    "class LineSerializer(serializers.Serializer):\n"
    "    price = Price()\n"
    "class OrderSerializer(serializers.ModelSerializer):\n"
    "    lines = LineSerializer(many=True)\n"
    "    total = serializers.SerializerMethodField()\n"
    "    class Meta:\n        model = Order\n"
    "    def get_total(self, order): ...\n"
    "    def get_nothing(self, order): ...\n"
)


@pytest.fixture
def hooked(find: Find) -> Callable[..., set[str]]:
    """The names of what a unit reaches over libraries, in a shop with models, forms, serializers and one more file."""

    def run(text: str, unit: str) -> set[str]:
        shop = {"__init__": "", "models": MODELS, "forms": FORMS, "serializers": SERIALIZERS, "work": text}
        found = find({f"shop/{name}.py": source for name, source in shop.items()})
        return {h.target.partition("::")[2] for h in found.hooks if h.unit == f"shop/work.py::{unit}"}

    return run


Hooked = Callable[[str, str], set[str]]


@pytest.mark.parametrize(
    ("call", "reached"),
    [
        ("Order.objects.create(code=1)", {"Order.save"}),
        ("Order.objects.filter(code=1).get_or_create()", {"Order.save"}),
        ("Order.objects.filter(code=1).update(code=2)", set[str]()),
        ("Order.objects.filter(code=1).delete()", set[str]()),
        ("Note.objects.create(code=1)", set[str]()),
        ("OrderForm(data).is_valid()", {"OrderForm.clean_code", "CodeField.to_python", "Order.clean"}),
        ("OrderForm(data).errors", {"OrderForm.clean_code", "CodeField.to_python", "Order.clean"}),
        ("OrderForm(data).save()", {"Order.save"}),
        ("OrderForm(data).save(commit=False)", set[str]()),
        ("OrderSerializer(data).data", {"OrderSerializer.get_total", "Price.to_representation"}),
        ("OrderSerializer(data=data).is_valid()", {"Price.to_internal_value"}),
        ("OrderSerializer(data=data).save()", {"Order.save"}),
    ],
)
def test_a_library_call_leads_to_the_methods_that_it_runs(hooked: Hooked, call: str, reached: set[str]) -> None:
    head = (
        "from shop.models import Note, Order\nfrom shop.forms import OrderForm\n"
        "from shop.serializers import OrderSerializer\n"
    )
    assert hooked(f"{head}def work(data):\n    x = {call}\n", "work") == reached


FIELDS = """
from rest_framework import serializers
from shop.models import Order
class Price(serializers.Field):
    def get_attribute(self, instance): ...
    def to_representation(self, value): ...
    def to_internal_value(self, data): ...
class Shown(Price):
    def __init__(self, **kwargs):
        super().__init__(read_only=True, **kwargs)
class Line(serializers.Serializer):
    def validate(self, attrs): ...
class Base(serializers.ModelSerializer):
    line = Line({line})
    price = {price}
    class Meta:
        model = Order
        read_only_fields = {listed}
        extra_kwargs = {{"code": {keywords}}}
    def validate_code(self, code): ...
    def validate_price(self, price): ...
class Fields(Base):
    pass
def write(data):
    Fields(data=data).is_valid()
def read(order):
    x = Fields(order).data
"""
WRITTEN = {"Line.validate", "Price.to_internal_value", "Base.validate_code", "Base.validate_price"}
READ = {"Price.get_attribute", "Price.to_representation"}
PLAIN = {"line": "", "price": "Price()", "listed": "[]", "keywords": "{}"}


@pytest.mark.parametrize(
    ("changed", "unwritten", "unread"),
    [
        ({}, set[str](), set[str]()),
        ({"line": "read_only=True, many=True"}, {"Line.validate"}, set[str]()),
        ({"line": "read_only=False"}, set[str](), set[str]()),
        ({"price": "Price(read_only=True)"}, {"Price.to_internal_value", "Base.validate_price"}, set[str]()),
        ({"price": "Price(write_only=True)"}, set[str](), READ),
        ({"price": "Shown()"}, {"Price.to_internal_value", "Base.validate_price"}, set[str]()),
        ({"listed": '["code"]'}, {"Base.validate_code"}, set[str]()),
        ({"listed": '("line", "price")'}, set[str](), set[str]()),  # declared ones say it themselves
        ({"keywords": '{"read_only": True}'}, {"Base.validate_code"}, set[str]()),
        ({"keywords": '{"required": True}'}, set[str](), set[str]()),
    ],
)
def test_a_field_for_reading_is_not_validated_and_one_for_writing_not_read(
    find: Find, changed: dict[str, str], unwritten: set[str], unread: set[str]
) -> None:
    found = find(
        {"shop/__init__.py": "", "shop/models.py": MODELS, "shop/work.py": FIELDS.format(**{**PLAIN, **changed})}
    )

    def reached(unit: str) -> set[str]:
        return {h.target.partition("::")[2] for h in found.hooks if h.unit == f"shop/work.py::{unit}"}

    assert reached("write") == WRITTEN - unwritten
    assert reached("read") == READ - unread


VIEWS = "from django.views.generic import {base}\nfrom shop.forms import OrderForm\nfrom shop.models import Order\n"


def test_super_in_a_view_leads_over_the_frameworks_own_methods(hooked: Hooked) -> None:
    text = VIEWS.format(base="CreateView") + (
        "class Create(CreateView):\n    form_class = OrderForm\n"
        "    def dispatch(self, request): return super().dispatch(request)\n"
        "    def form_valid(self, form): return super().form_valid(form)\n"
        "    def get_success_url(self): ...\n"
    )
    assert "Create.form_valid" in hooked(text, "Create.dispatch")
    assert "Create.get_success_url" not in hooked(text, "Create.dispatch")
    assert hooked(text, "Create.form_valid") == {"Create.get_success_url", "Order.save"}


def test_a_delete_view_deletes_the_object_of_its_model(hooked: Hooked) -> None:
    text = VIEWS.format(base="DeleteView") + "class Remove(DeleteView):\n    model = Order\n"
    assert "Order.delete" in hooked(text, "Remove")


def test_a_method_of_the_projects_own_says_itself_whether_it_calls_the_library(hooked: Hooked) -> None:
    text = (
        "from shop.forms import OrderForm\n"
        "class Quiet(OrderForm):\n    def save(self, commit=True): return None\n"
        "def work(data):\n    Quiet(data).save()\n"
    )
    assert hooked(text, "work") == set()


def test_a_mixin_leads_to_what_each_class_that_uses_it_has(hooked: Hooked) -> None:
    text = VIEWS.format(base="FormView") + (
        "class Locked:\n    def dispatch(self, request): return super().dispatch(request)\n"
        "class Pay(Locked, FormView):\n    form_class = OrderForm\n    def form_valid(self, form): ...\n"
        "class Free(FormView):\n    form_class = OrderForm\n    def form_valid(self, form): ...\n"
    )
    reached = hooked(text, "Locked.dispatch")
    assert "Pay.form_valid" in reached
    assert "Free.form_valid" not in reached


def test_a_data_migration_runs_the_functions_that_it_names(find: Find) -> None:
    text = (
        "from django.db import migrations\n"
        'def fill(apps, schema_editor): apps.get_model("shop", "Order").objects.create(code=1)\n'
        "def empty(apps, schema_editor): ...\n"
        "def helper(): ...\n"
        "class Migration(migrations.Migration):\n    operations = [migrations.RunPython(fill, reverse_code=empty)]\n"
    )
    found = find({"shop/__init__.py": "", "shop/models.py": MODELS, "shop/migrations/0002_fill.py": text})
    run = {target.partition("::")[2] for callback in found.callbacks for target in callback.targets}
    assert run == {"fill", "empty"}
    assert not found.hooks, "the models of a migration have no methods of the project's own"


SETTINGS = (
    'TEMPLATES = [{"OPTIONS": {"context_processors": ["django.core.debug", "shop.work.menu"]}}]\n'
    'AUTHENTICATION_BACKENDS = ["shop.work.Backend"]\n'
    'LOGGING = {"handlers": {"db": {"class": "shop.work.Handler"}, "console": {"class": "logging.StreamHandler"}}}\n'
)
NAMED = (
    "import logging\nfrom django.contrib.auth import authenticate\nfrom django.shortcuts import render\n"
    "from django.template.loader import render_to_string\n"
    "logger = logging.getLogger(__name__)\n"
    "def menu(request): ...\n"
    "class Backend:\n    def authenticate(self, request): ...\n    def other(self): ...\n"
    "class Handler(logging.Handler):\n    def emit(self, record): ...\n"
    "class Unnamed(logging.Handler):\n    def emit(self, record): ...\n"
)


@pytest.mark.parametrize(
    ("call", "reached"),
    [
        ('render(request, "a.html")', {"menu"}),
        ('render_to_string("a.html", {}, request)', {"menu"}),
        ('render_to_string("a.html", {})', set[str]()),
        ("authenticate(request)", {"Backend.authenticate"}),
        ('logger.error("no")', {"Handler.emit"}),
        ('logger.info("yes")', set[str]()),
    ],
)
def test_what_settings_name_by_strings_is_called(find: Find, call: str, reached: set[str]) -> None:
    work = f"{NAMED}def work(request):\n    {call}\n"
    found = find({"shop/__init__.py": "", "shop/work.py": work, "settings.py": SETTINGS})
    assert {h.target.partition("::")[2] for h in found.hooks if h.unit == "shop/work.py::work"} == reached


def test_methods_beyond_the_bound_are_reported_where_the_library_is_called(find: Find) -> None:
    many = 130
    fields = "".join(
        f"class Field{n}(serializers.Field):\n    def to_internal_value(self, data): ...\n" for n in range(many)
    )
    held = "".join(f"    one{n} = Field{n}()\n" for n in range(many))
    text = f"from rest_framework import serializers\n{fields}class Wide(serializers.Serializer):\n{held}"
    found = find({"work.py": f"{text}def work(data):\n    Wide(data=data).is_valid()\n"})
    reached = {hook.target for hook in found.hooks if hook.unit == "work.py::work"}
    assert 0 < len(reached) < many
    assert [problem.reason for problem in found.problems if problem.unit == "work.py::work"] == [
        "it runs more methods than are followed"
    ]


VIEW_SETS = """from django.views.generic import View
from rest_framework.viewsets import ViewSet
class Orders(ViewSet):
    def list(self, request): ...
    def create(self, request): ...
    def destroy(self, request): ...
    def pay(self, request): ...
    def initial(self, request): ...
class Page(View):
    def get(self, request): ...
    def post(self, request): ...
READING = {"get": "list"}
def work(request, mapping):
    return %s(request)
"""


@pytest.mark.parametrize(
    ("view", "reached"),
    [
        ('Orders.as_view({"get": "list"})', {"Orders.list"}),
        ('Orders.as_view({"get": "list", "post": "create"})', {"Orders.list", "Orders.create"}),
        ('Orders.as_view(actions={"post": "pay"})', {"Orders.pay"}),
        ("Orders.as_view(READING)", {"Orders.list"}),
        # which actions a mapping names that is not known
        ("Orders.as_view(mapping)", {"Orders.list", "Orders.create", "Orders.destroy"}),
        ("Page.as_view()", {"Page.get", "Page.post"}),
    ],
)
def test_a_view_that_code_calls_runs_the_actions_that_its_mapping_names(
    hooked: Hooked, view: str, reached: set[str]
) -> None:
    around = {"Orders.initial"} if "Orders" in view else set[str]()
    assert hooked(VIEW_SETS % view, "work") == reached | around
