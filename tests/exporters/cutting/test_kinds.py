"""What is known of values from the code that makes them."""

from __future__ import annotations

import ast

import pytest

from exporters.cutting.assignments import Scope
from exporters.cutting.infer import Inference
from exporters.cutting.kinds import DATA, PLAIN, UNKNOWN, Kind, bounded, item_of, listed
from exporters.cutting.source import Code

FILES = {
    "shop/__init__.py": "",
    "shop/models.py": """
from dataclasses import dataclass
from enum import Enum
from django.db import models
from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, relationship

class Base(DeclarativeBase): pass
class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer)
    mail = Column(String)
    lines: Mapped[list["Line"]] = relationship("Line")
    @property
    def domain(self): return self.mail.rsplit("@", 1)[1]
class Line(Base):
    __tablename__ = "lines"
    sku: Mapped[str]
class Account(models.Model):
    name = models.CharField()
    owner = models.ForeignKey("Account", on_delete=None)
    @classmethod
    def opened(cls, data):
        name = data.pop("name")
        data = cls(name=name)
        return data
    @classmethod
    def called(cls, name): return cls.objects.filter(name=name).first()
    @classmethod
    def one_of(cls, data):
        if data:
            data = cls(name="x")
        return data
class State(Enum):
    OPEN = "open"
class Named(str, Enum):
    OPEN = "open"
class Loud(str): pass
class Bag(dict): pass
@dataclass
class Price:
    cents: int
    of: Order
    @property
    def euros(self): return self.cents / 100
class Client:
    def ask(self, key): return self.http.get(key).json()["answer"]
""",
    "shop/app.py": """
import copy, fractions, itertools, json, os, requests
from sqlalchemy import func
from typing import Iterator
from django.shortcuts import get_object_or_404
from shop.models import Account, Bag, Client, Loud, Named, Order, Price, State
from shop import models

LIMIT = 3
TABLE = {"a": 1}
client = Client()

def scored(n): return n + 1, {"n": n}
def named(order): return order.mail
def endless(n): return endless(n)
def numbers():
    yield 1
def numbered() -> Iterator[int]:
    yield 1
def from_store(key):
    with session_scope() as session:
        return session.get(Order, key)
def with_session(session, key):
    return session.get(Order, key)
def promised(x) -> "dict[str, int] | None": return opaque(x)
""",
}


def kind_of(expression: str, **env: Kind) -> Kind:
    code = Code(FILES.get, ["."])
    file = code.file("shop/app.py")
    assert file is not None
    return Inference(code).kind(ast.parse(expression, mode="eval").body, Scope(file, env))


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("1", PLAIN),
        ("f'{x}'", PLAIN),
        ("x == y", PLAIN),
        ("[1, {'a': 2}]", DATA),
        ("len(x)", PLAIN),
        ("x.strip()", PLAIN),
        ("requests.get('u').json()", DATA),
        ("requests.get('u').status_code", PLAIN),
        ("json.loads('1')['a']", DATA),
        ("LIMIT", PLAIN),
        ("TABLE['a']", DATA),
        ("scored(1)[0]", PLAIN),
        ("promised(1)", DATA),
        ("[n for n in range(3)]", DATA),
        ("Account.objects.count()", PLAIN),
        ("Account.objects.get(pk=1).name", PLAIN),
        ("Account.objects.get(pk=1).owner_id", PLAIN),
        ("from_store(1).domain", PLAIN),
        ("client.ask(1)", DATA),
        ("fractions.Fraction(1, 3)", PLAIN),
        ("Named('open')", PLAIN),
    ],
)
def test_plain_data_is_told_by_the_code_that_makes_it(expression: str, wanted: Kind):
    found = kind_of(expression)
    assert found.crosses, found
    assert found.form == wanted.form


@pytest.mark.parametrize(
    "expression",
    [
        "requests.get('u')",
        "requests.Session()",
        "(n for n in x)",
        "lambda: 1",
        "open('f')",
        "numbers()",
        "endless(1)",
        "anything",
        "Account.objects.filter(name='a')",
        "{'a': requests.get('u')}",
        "client",
        "itertools.count(1)",
        "func.count(Order.id)",
        "Loud('x')",
        "Bag(a=1)",
    ],
)
def test_what_is_not_known_to_cross_does_not(expression: str):
    assert not kind_of(expression).crosses


@pytest.mark.parametrize(
    "expression",
    ["zip([1], [2])", "enumerate([1])", "reversed([1])", "iter([1])", "filter(None, [1])", "os.environ", "numbered()"],
)
def test_what_is_gone_over_once_and_what_the_process_holds_does_not_cross(expression: str):
    assert not kind_of(expression).crosses
    assert item_of(kind_of(expression)).crosses
    assert kind_of(f"list({expression})").crosses


def test_a_copy_is_what_its_original_is():
    assert kind_of("copy.deepcopy({'a': 1})").crosses
    assert not kind_of("copy.deepcopy(client)").crosses


def test_rows_are_told_apart_by_what_was_done_to_them():
    assert kind_of("Account.objects.get(pk=1)").form == "row"
    assert kind_of("get_object_or_404(Account, pk=1)").form == "row"
    assert kind_of("from_store(1)").form == "row"
    assert kind_of("from_store(1)").crosses
    assert kind_of("Account(name='x')").is_changed
    assert kind_of("with_session(s, 1)", s=UNKNOWN).is_bound
    assert kind_of("list(Account.objects.filter(name='a'))").crosses


def test_a_method_of_a_class_knows_its_class():
    assert kind_of("Account.opened(data)", data=DATA).is_changed
    assert kind_of("models.Account.called('x')").form == "row"
    assert kind_of("models.Account.called('x')").crosses
    assert not kind_of("Account.one_of(data)", data=UNKNOWN).crosses


def test_a_query_that_is_not_read_yet_gives_rows_by_its_methods():
    query = kind_of("Account.objects.filter(name='a')")
    assert kind_of("q.exclude(name='b').order_by('name')", q=query) == query
    assert kind_of("q.first()", q=query).crosses
    assert kind_of("q.get_or_create(name='a')[0]", q=query).form == "row"
    assert kind_of("get_object_or_404(q, pk=1)", q=query).form == "row"
    assert kind_of("list(q.values('name'))", q=query).crosses
    assert not kind_of("q.opened_by('me')", q=query).crosses


def test_a_dataclass_crosses_and_its_fields_are_what_they_are_annotated_with():
    price = kind_of("Price(1, x)")
    assert price.form == "object"
    assert kind_of("p.cents", p=price) == PLAIN
    assert kind_of("p.of", p=price).form == "row"
    assert kind_of("p.euros", p=price) == PLAIN
    assert kind_of("[[n]] * 2").form == "data"


def test_nested_kinds_are_bounded():
    deep = PLAIN
    for _ in range(9):
        deep = listed(deep)
    assert bounded(deep).crosses
    assert bounded(bounded(deep)) == bounded(deep)
    assert not bounded(listed(listed(listed(listed(listed(UNKNOWN)))))).crosses
