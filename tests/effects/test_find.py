from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.effects import SiteEffect

Find = Callable[[str], list[SiteEffect]]


def test_a_call_without_a_timeout_is_told_from_one_whose_timeout_is_unknown(effects_in: Find) -> None:
    first, second, third = effects_in(
        "import requests\n"
        "def call(seconds, options):\n"
        "    requests.get('https://example.com/a')\n"
        "    requests.get('https://example.com/b', timeout=seconds)\n"
        "    requests.get('https://example.com/c', **options)\n"
    )
    assert first.can_time_out
    assert not second.can_time_out
    assert second.timeout is None
    assert not third.can_time_out


def test_an_effect_knows_the_number_of_its_call_and_a_change_of_a_mapped_object_its_line(effects_in: Find) -> None:
    effects = effects_in(
        "from sqlalchemy.orm import DeclarativeBase, Session\n"
        "class Base(DeclarativeBase): ...\n"
        "class Job(Base):\n"
        "    __tablename__ = 'jobs'\n"
        "    state = None\n"
        "def close(session: Session, job: Job):\n"
        "    job.state = 'closed'\n"
        "    session.commit()\n"
    )
    assert [(one.effect.detail, one.effect.target, one.effect.line, one.number is None) for one in effects] == [
        ("UPDATE", "Job", 7, True),
        ("COMMIT", "", 8, False),
    ]


def test_what_was_guessed_by_name_is_less_certain(effects_in: Find) -> None:
    typed, guessed = effects_in(
        "import redis\n"
        "def typed():\n"
        "    redis.Redis().set('a', 1)\n"
        "def untyped(redis_client):\n"
        "    redis_client.set('a', 1)\n"
    )
    assert typed.effect.confidence == 1.0
    assert guessed.effect.confidence == pytest.approx(0.5)
    assert "redis_client" in guessed.effect.evidence


def test_a_request_through_a_wrapper_says_which_unit_it_enters(effects_in: Find) -> None:
    effects = effects_in(
        "import requests\n"
        "def fetch(url):\n"
        "    return requests.get(url, timeout=3)\n"
        "def load():\n"
        "    return fetch('https://api.github.com/user')\n"
    )
    through = [one for one in effects if one.through]
    assert [(one.unit, one.effect.service, one.effect.detail, one.through) for one in through] == [
        ("app.py::load", "GitHub", "GET", "app.py::fetch")
    ]
    assert [one.effect.target for one in effects if not one.through] == ["{url}"]


def test_a_class_of_the_project_is_never_taken_for_a_library(effects_in: Find) -> None:
    assert (
        effects_in(
            "import requests, redis\n"
            "class Session:\n"
            "    def get(self, url): return url\n"
            "    def set(self, name, value): return name\n"
            "session = Session()\n"
            "redis_client = Session()\n"
            "def call():\n"
            "    session.get('https://example.com')\n"
            "    redis_client.set('a', 1)\n"
        )
        == []
    )


def test_a_query_at_module_level_that_nothing_evaluates_is_no_effect(effects_in: Find) -> None:
    effects = effects_in(
        "from django.db import models\n"
        "class Book(models.Model): ...\n"
        "class View:\n"
        "    queryset = Book.objects.filter(title='x')\n"
        "    def get(self):\n"
        "        return self.queryset.count()\n"
    )
    assert [(one.unit, one.effect.detail) for one in effects] == [("app.py::View.get", "SELECT")]


def test_ids_are_unique_and_effects_stand_in_order(effects_in: Find) -> None:
    effects = effects_in(
        "import redis\n"
        "def b(client: redis.Redis):\n"
        "    client.set('a', 1); client.set('a', 2)\n"
        "def a(client: redis.Redis):\n"
        "    client.get('a')\n"
    )
    assert [one.effect.id for one in effects] == [
        "effect:app.py::a:5:1",
        "effect:app.py::b:3:1",
        "effect:app.py::b:3:2",
    ]


def test_a_list_that_holds_itself_ends_the_search_for_a_name(effects_in: Find) -> None:
    effects = effects_in(
        "from sqlalchemy.orm import Session\n"
        "def keep(session: Session):\n"
        "    rows = []\n"
        "    rows.append(rows)\n"
        "    session.add_all(rows)\n"
    )
    assert [(one.effect.detail, one.effect.target) for one in effects] == [("INSERT", "")]


def test_the_verb_of_adding_tells_a_new_object_from_one_that_was_read(effects_in: Find) -> None:
    effects = effects_in(
        "from sqlalchemy.orm import DeclarativeBase, Session\n"
        "class Base(DeclarativeBase): ...\n"
        "class Job(Base):\n"
        "    __tablename__ = 'jobs'\n"
        "def run(session: Session):\n"
        "    session.add(Job())\n"
        "    session.add(session.get(Job, 1))\n"
    )
    assert [(one.effect.line, one.effect.detail) for one in effects if one.effect.kind == "db_write"] == [
        (6, "INSERT"),
        (7, "SAVE"),
    ]


def test_what_is_put_into_a_list_of_an_object_is_written_only_where_the_list_is_a_relationship(
    effects_in: Find,
) -> None:
    effects = effects_in(
        "from sqlalchemy.orm import DeclarativeBase, Session, relationship\n"
        "class Base(DeclarativeBase): ...\n"
        "class Line(Base):\n"
        "    __tablename__ = 'lines'\n"
        "    labels = relationship('Label', backref='lines')\n"
        "class Label(Base):\n"
        "    __tablename__ = 'labels'\n"
        "class Order(Base):\n"
        "    __tablename__ = 'orders'\n"
        "    lines = relationship('Line')\n"
        "    def __init__(self):\n"
        "        self.labels = []\n"
        "def add(session: Session, order: Order, line: Line):\n"
        "    order.lines.append(line)\n"
        "    session.commit()\n"
        "def grow(session: Session, order: Order):\n"
        "    order.lines.append(Line())\n"
        "    session.commit()\n"
        "def back(session: Session, label: Label, line: Line):\n"
        "    label.lines.append(line)\n"
        "    session.commit()\n"
        "def mark(session: Session, order: Order, label: Label):\n"
        "    order.labels.append(label)\n"
        "def open_(session: Session, line: Line):\n"
        "    order = Order()\n"
        "    order.lines.append(line)\n"
        "    session.add(order)\n"
    )
    assert [
        (one.effect.detail, one.effect.target, one.effect.line) for one in effects if one.effect.detail != "COMMIT"
    ] == [("UPDATE", "Order", 14), ("UPDATE", "Label", 20), ("INSERT", "Line", 17), ("INSERT", "Order", 27)]


@pytest.mark.parametrize(
    "call",
    ["await sync_to_async(order.receipt.save)('a.pdf', content)", "await sync_to_async(Order().save)()"],
)
def test_a_method_that_a_wrapper_gives_back_works_only_where_it_is_called(effects_in: Find, call: str) -> None:
    effects = effects_in(
        "from asgiref.sync import sync_to_async\n"
        "from django.db import models\n"
        "class Order(models.Model):\n"
        "    receipt = models.FileField()\n"
        "async def keep(order: Order, content):\n"
        f"    {call}\n"
    )
    assert len(effects) == 1


@pytest.mark.parametrize(
    ("code", "detail"),
    [
        ("def keep(session: Session, order: Order):\n    session.add(order)\n", "SAVE"),
        ("def keep(session: Session):\n    order = session.get(Order, 1) or Order()\n    session.add(order)\n", "SAVE"),
        ("def keep(session: Session):\n    order = Order()\n    session.add(order)\n", "INSERT"),
        ("def keep(session: Session, row):\n    session.add(row)\ndef new(s): keep(s, Order())\n", "INSERT"),
        ("def keep(session: Session, row):\n    session.add(row)\n", "INSERT"),
    ],
    ids=["what a caller gives", "found or made", "made", "what a caller makes", "not known"],
)
def test_an_object_that_may_have_been_read_is_saved_and_only_a_new_one_inserted(
    effects_in: Find, code: str, detail: str
) -> None:
    effects = effects_in(
        "from sqlalchemy.orm import DeclarativeBase, Session\n"
        "class Base(DeclarativeBase): ...\n"
        "class Order(Base):\n"
        "    __tablename__ = 'orders'\n"
        f"{code}"
    )
    assert [e.effect.detail for e in effects if e.effect.kind == "db_write"] == [detail]


DATABASE = (
    "from sqlalchemy import text\n"
    "from sqlalchemy.ext.asyncio import AsyncConnection\n"
    "def row_statement(table, row):\n"
    "    return f'INSERT INTO {table} VALUES (:id)'\n"
    "class Connection:\n"
    "    def __init__(self, inner: AsyncConnection):\n"
    "        self.inner = inner\n"
    "    def rewritten(self, query):\n"
    "        return query.replace('?', ':x')\n"
    "    async def run(self, query: str, values=None):\n"
    "        rewritten = self.rewritten(query)\n"
    "        return await self.inner.execute(text(rewritten), values)\n"
    "    async def add(self, table, row):\n"
    "        await self.inner.execute(text(row_statement(table, row)), row)\n"
    "class Database:\n"
    "    async def run(self, query: str, values=None):\n"
    "        connection = Connection(None)\n"
    "        return await connection.run(query, values)\n"
    "db = Database()\n"
)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("db.run('DELETE FROM orders WHERE id = ?', {})", {("DELETE", "orders")}),
        ("db.run(f'SELECT * FROM main.orders WHERE id IN ({ids})')", {("SELECT", "orders")}),
        ("db.run(query='UPDATE orders SET x = 1')", {("UPDATE", "orders")}),
        ("Connection(None).add('main.orders', {})", {("INSERT", "orders")}),
        ("db.run(ids)", set[tuple[str, str]]()),
        ("db.run('main.orders')", set[tuple[str, str]]()),
    ],
)
def test_a_statement_through_a_wrapper_of_the_project_is_told_where_it_is_known(
    call: str, told: set[tuple[str, str]], effects_in: Find
) -> None:
    effects = effects_in(f"{DATABASE}async def work(ids):\n    await {call}\n")
    here = [one for one in effects if one.unit == "app.py::work"]
    assert {(one.effect.detail, one.effect.target) for one in here} == told
    assert all(one.through for one in here)
