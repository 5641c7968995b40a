"""Changes that wait in a session of SQLAlchemy stay with what commits them: another step has another session."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import msgspec
import pytest

from discover import model
from exporters.canonical import records
from exporters.cutting.build import build

OUTSIDE = "def effect(x): return x\ndef effect_store(x): return x\ndef load(x): return x\n"
MODELS = """
from sqlalchemy import JSON
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column()
    lines: Mapped[list["Line"]] = relationship()


class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
HEAD = "from models import Line, Order\nfrom outside import effect, effect_store, load\n\n\ndef job(n, db):\n"
Cut = Callable[[str], list[str]]


@pytest.fixture
def cut(workflow_over: Callable[..., model.Workflow]) -> Cut:
    def run(body: str) -> list[str]:
        text = HEAD + textwrap.indent(textwrap.dedent(body), "    ")
        files = {"outside.py": OUTSIDE, "models.py": MODELS, "job.py": text}
        workflow = workflow_over(files, "job.py::job")
        nodes = tuple(
            msgspec.structs.replace(node, evidence="sqlalchemy.orm.Session.execute")
            if isinstance(node, model.Step) and node.kind == "db_write"
            else node
            for node in workflow.body
        )
        built = build(msgspec.structs.replace(workflow, body=nodes), {}, files.get)
        steps = built.definition.runs[0].steps
        assert all(isinstance(step, records.Step) for step in steps)
        return [step.code for step in steps if isinstance(step, records.Step)]

    return run


def test_what_is_executed_stays_with_its_commit(cut: Cut) -> None:
    found = cut("effect(1)\neffect_store(n)\neffect(2)\ndb.commit()\neffect(3)\n")
    assert [("effect_store" in code, "commit" in code) for code in found] == [(False,) * 2, (True, True), (False,) * 2]


def test_what_is_set_of_a_row_that_nobody_asks_for_any_more_stays_with_its_commit(cut: Cut) -> None:
    found = cut("order = db.get(Order, load(n))\norder.status = 'paid'\neffect(1)\ndb.commit()\neffect(2)\n")
    assert any("order.status = 'paid'" in code and "db.commit()" in code for code in found)
    assert not any("order.status = 'paid'" in code and "effect(2)" in code for code in found)


@pytest.mark.parametrize(
    "changes", ["order.lines.append(Line())", "lines = order.lines\nlines.append(Line())"], ids=["itself", "by a name"]
)
def test_what_is_added_to_a_relation_stays_with_its_commit(cut: Cut, changes: str) -> None:
    found = cut(f"order = db.get(Order, load(n))\n{changes}\neffect(1)\ndb.commit()\neffect(2)\n")
    assert any(".append(Line())" in code and "db.commit()" in code for code in found)


def test_what_a_block_of_its_own_changes_is_ended_with_it(cut: Cut) -> None:
    found = cut("with db.begin() as session:\n    session.add(effect_store(n))\neffect(1)\neffect(2)\n")
    assert ["effect_store" in code for code in found] == [True, False, False]
