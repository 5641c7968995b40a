"""A workflow shows what an object is for where all objects of its class share the methods: a generic repository."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.infer.node_trees import walked
from discover.model import Step, Workflow

Find = Callable[[Mapping[str, str | bytes], str], Workflow]

MODELS = """
from typing import Generic, TypeVar
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

Row = TypeVar("Row")

class Base(DeclarativeBase): ...

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)

class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
REPOSITORY = """
class Repository(Generic[Row]):
    def __init__(self, session: Session, model: type[Row]) -> None:
        self.session = session
        self.model = model

    def find(self, key):
        return self.session.query(self.model).get(key)

    def make(self, **data) -> Row:
        row = self.model(**data)
        self.session.add(row)
        return row
"""
HANDLERS = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session
from shop.rows import *

app = FastAPI()

def session() -> Session: ...

@app.post("/orders")
def order(session: Session = Depends(session)):
    repositories = Repositories(session)
    repositories.customers.find(1)
    repositories.orders.make(id=1)

@app.post("/customers")
def customer(session: Session = Depends(session)):
    Repositories(session).customers.make(id=1)
"""
DECLARED = """
class Repositories:
    def __init__(self, session: Session) -> None:
        self.session = session
    @property
    def orders(self) -> Repository[Order]:
        return Repository(self.session, Order)
    @property
    def customers(self) -> Repository[Customer]:
        return Repository(self.session, Customer)
"""
MADE = DECLARED.replace(" -> Repository[Order]", "").replace(" -> Repository[Customer]", "")
BELOW = """
class Orders(Repository[Order]): ...
class Customers(Repository[Customer]): ...

class Repositories:
    def __init__(self, session: Session) -> None:
        self.orders = Orders(session, Order)
        self.customers = Customers(session, Customer)
"""


def database(workflow: Workflow) -> list[tuple[str, str]]:
    """What a workflow reads and writes of which rows."""
    steps = [node for node in walked(workflow.body) if isinstance(node, Step)]
    return [(step.kind, step.target) for step in steps if step.target]


@pytest.mark.parametrize("repositories", [DECLARED, MADE, BELOW], ids=["declared", "made", "a class for each"])
def test_what_a_generic_repository_does_is_told_of_the_rows_that_it_is_for(
    workflow_of: Find, repositories: str
) -> None:
    code = {"shop/__init__.py": "", "shop/rows.py": MODELS + REPOSITORY + repositories, "shop/app.py": HANDLERS}
    assert database(workflow_of(code, "::order")) == [("db_read", "Customer"), ("db_write", "Order")]
    assert database(workflow_of(code, "::customer")) == [("db_write", "Customer")]


def test_what_is_for_one_class_runs_no_override_of_a_class_for_another(workflow_of: Find) -> None:
    below = """
class Customers(Repository[Customer]):
    def make(self, **data):
        self.session.query(Customer).delete()
"""
    code = {"shop/__init__.py": "", "shop/rows.py": MODELS + REPOSITORY + below + DECLARED, "shop/app.py": HANDLERS}
    assert database(workflow_of(code, "::order")) == [("db_read", "Customer"), ("db_write", "Order")]
    assert ("db_write", "Customer") in database(workflow_of(code, "::customer"))


def test_a_repository_for_a_class_that_nobody_knows_is_told_of_all(workflow_of: Find) -> None:
    handlers = (
        HANDLERS
        + """
@app.post("/any")
def anything(name: str, session: Session = Depends(session)):
    Repository(session, registry[name]).make(id=1)
"""
    )
    code = {"shop/__init__.py": "", "shop/rows.py": MODELS + REPOSITORY + DECLARED, "shop/app.py": handlers}
    (told,) = database(workflow_of(code, "::anything"))
    assert set(told[1].split(", ")) == {"Order", "Customer"}


def test_constructors_of_the_rows_are_those_of_the_rows_that_it_is_for(workflow_of: Find) -> None:
    making = MODELS.replace(
        "class Customer(Base):\n",
        "class Customer(Base):\n    def __init__(self, **data):\n        open('log', 'a').write('made')\n",
    )
    code = {"shop/__init__.py": "", "shop/rows.py": making + REPOSITORY + DECLARED, "shop/app.py": HANDLERS}
    kinds = [
        [one.kind for one in walked(workflow_of(code, unit).body) if isinstance(one, Step)]
        for unit in ("::order", "::customer")
    ]
    assert "file" not in kinds[0]
    assert "file" in kinds[1]


STORES = """
from typing import Any, ClassVar, get_args
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from shop.rows import *

db = SQLAlchemy()
app = Flask(__name__)

class Store(Generic[Row]):
    MODEL

    @classmethod
    def find(cls, key):
        return db.session.query(cls.model).filter_by(id=key).one_or_none()

    @classmethod
    def create(cls):
        row = cls.model()
        db.session.add(row)
        return row

class Orders(Store[Order]): ...
class Customers(Store[Customer]): ...
class Special(Orders): ...

@app.post("/orders")
def order():
    Customers.find(1)
    Special.create()

@app.post("/customers")
def customer():
    Customers.create()
"""
OF_BASES = """model: ClassVar[type[Any] | None] = None

    def __init_subclass__(cls) -> None:
        cls.model = ASKED
"""
MORE = "".join(
    f"""
class Kind{number}(Base):
    __tablename__ = "kinds{number}"
    id: Mapped[int] = mapped_column(primary_key=True)

"""
    for number in range(5)
)
OF_MORE = "".join(f"class Kinds{number}(Store[Kind{number}]): ...\n" for number in range(5))


@pytest.mark.parametrize(
    "model",
    [
        OF_BASES.replace("ASKED", "get_args(cls.__orig_bases__[0])[0]"),
        OF_BASES.replace("ASKED", "cls.__orig_bases__[0].__args__[0]"),
        "model: type[Row]",
    ],
    ids=["get_args", "the base's own arguments", "annotated"],
)
@pytest.mark.parametrize("more", [("", ""), (MORE, OF_MORE)], ids=["two models", "more than are named"])
def test_a_class_that_reads_its_model_of_its_bases_works_on_that(
    workflow_of: Find, model: str, more: tuple[str, str]
) -> None:
    stores = STORES.replace("MODEL", model).replace("class Special", more[1] + "class Special")
    code = {"shop/__init__.py": "", "shop/rows.py": MODELS + more[0], "shop/app.py": stores}
    assert database(workflow_of(code, "::order")) == [("db_read", "Customer"), ("db_write", "Order")]
    assert database(workflow_of(code, "::customer")) == [("db_write", "Customer")]
