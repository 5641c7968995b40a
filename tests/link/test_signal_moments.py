"""When a library's own signals come, and which of them: before the write, after it, when the block is left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from discover import load_config, scan
from discover.model import Decision, Guard, Hop, Node, Step

DJANGO = """
import requests
from celery import shared_task
from django.db import models
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver
class Order(models.Model): ...
@receiver(post_save, sender=Order)
def after(sender, **options):
    requests.post("https://a.example.com", timeout=1)
@receiver(pre_save, sender=Order)
def before(sender, **options):
    requests.post("https://a.example.com", timeout=1)
@shared_task
def work():
    Order().save()
"""
ALCHEMY = """
import requests
from celery import shared_task
from sqlalchemy import Column, Integer, create_engine, event
from sqlalchemy.orm import Session, declarative_base, sessionmaker
Base = declarative_base()
engine = create_engine("sqlite://")
Maker = sessionmaker(engine)
class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
class Other(Base):
    __tablename__ = "others"
    id = Column(Integer, primary_key=True)
def call():
    requests.post("https://a.example.com", timeout=1)
@event.listens_for(User, "after_insert")
def inserted(mapper, connection, target): call()
@event.listens_for(User, "after_update")
def updated(mapper, connection, target): call()
@event.listens_for(Other, "after_insert")
def other(mapper, connection, target): call()
@event.listens_for(Session, "before_flush")
def flushing(session, context, instances): call()
@event.listens_for(Maker, "after_commit")
def committed(session): call()
@event.listens_for(engine, "connect")
def connected(connection, record): call()
@shared_task
def work(number):
"""
INSERT = "    with Session(engine) as session:\n        session.add(User())\n        session.commit()\n"
UPDATE = (
    "    with Session(engine) as session:\n        user = session.get(User, number)\n        user.id = 2\n"
    "        session.flush()\n"
)
CASES = {
    "Django saves": (DJANGO, ["before", "SAVE", "after"]),
    "a commit after an insert": (ALCHEMY + INSERT, ["INSERT", "flushing", "inserted", "COMMIT", "committed"]),
    "a flush after a change": (ALCHEMY + UPDATE, ["SELECT", "UPDATE", "flushing", "updated"]),
    "a block that commits when it is left": (
        ALCHEMY + "    with Maker.begin() as session:\n        session.add(User())\n",
        ["INSERT", "flushing", "inserted", "committed"],
    ),
}


def _told(nodes: tuple[Node, ...]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, Step):
            yield node.detail
        elif isinstance(node, Hop):
            yield from (run.rpartition("::")[2] for run in node.runs)
        elif isinstance(node, Guard):
            yield from _told(node.body)
        elif isinstance(node, Decision):
            for branch in node.branches:
                yield from _told(branch.body)


@pytest.mark.parametrize("name", CASES)
def test_signals_are_told_in_the_order_in_which_they_are_sent(name: str, tmp_path: Path) -> None:
    code, expected = CASES[name]
    (tmp_path / "app.py").write_text(code)
    workflow = next(w for w in scan(tmp_path, load_config(tmp_path)).workflows if w.unit == "app.py::work")
    assert list(_told(workflow.body)) == expected
