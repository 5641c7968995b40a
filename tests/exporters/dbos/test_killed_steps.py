"""Kill -9 inside a step that keeps rows and objects together: it is done again, and leaves what the code leaves."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec(name) is None, reason=f"{name} is not installed")
    for name in ("celery", "dbos")
]
Run = Callable[..., "subprocess.CompletedProcess[str]"]
OUTSIDE = """
import os
def tell(word):
    with open(os.environ["TOLD"], "a") as file:
        file.write(word + "\\n")
    if os.environ.get("DIE_AT") == word:
        os.kill(os.getpid(), 9)
"""
DJANGO = {
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
    "shop/__init__.py": "",
    "shop/settings.py": """
import os
SECRET_KEY = "x"
INSTALLED_APPS = ["shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["SHOP"]}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
""",
    "shop/models.py": """
from django.db import models
class Customer(models.Model):
    name = models.TextField()
class Order(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    note = models.TextField(default="")
""",
    "shop/outside.py": OUTSIDE,
    "shop/tasks.py": """
from celery import shared_task
from shop.models import Customer, Order
from shop.outside import tell
@shared_task
def ship(pk):
    tell("begin")
    order = Order.objects.get(pk=pk)
    order.note = "seen"
    tell("packed")
    order.save()
    tell("saved " + order.note)
    tell("name " + order.customer.name)
    Customer.objects.filter(pk=order.customer_id).update(name="new")
    tell("still " + order.customer.name)
    lines = [{"n": 0}] * 2
    tell("lines")
    lines[0]["n"] = 1
    tell(f"both {lines[1]['n']}")
    tell("end")
""",
    "prepare.py": """
import manage, django
django.setup()
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
from shop.models import Customer, Order
Order.objects.create(customer=Customer.objects.create(name="old"))
""",
    "original.py": "import manage, django\ndjango.setup()\nfrom shop.tasks import ship\nship(1)\n",
}
SQLALCHEMY = {
    "shop/__init__.py": "",
    "shop/models.py": """
import os
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker
engine = create_engine("sqlite:///" + os.environ["SHOP"])
Session = sessionmaker(engine)
class Base(DeclarativeBase):
    pass
class Customer(Base):
    __tablename__ = "shop_customer"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
class Order(Base):
    __tablename__ = "shop_order"
    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str]
""",
    "shop/outside.py": OUTSIDE,
    "shop/tasks.py": """
from celery import shared_task
from sqlalchemy import update
from shop.models import Customer, Order, Session
from shop.outside import tell
@shared_task
def ship(pk):
    tell("begin")
    session = Session()
    order = session.get(Order, pk)
    order.note = "seen"
    tell("packed")
    session.execute(update(Customer).values(name="new"))
    tell("executed")
    session.commit()
    tell("saved " + order.note)
    tell("end")
""",
    "prepare.py": """
from shop.models import Base, Customer, Order, Session, engine
Base.metadata.create_all(engine)
with Session() as session:
    session.add_all([Customer(name="old"), Order(note="")])
    session.commit()
""",
    "original.py": "from shop.tasks import ship\nship(1)\n",
}
BACKENDS = {
    "django": (DJANGO, ["begin", "packed", "saved seen", "name old", "still old", "lines", "both 1", "end"]),
    "sqlalchemy": (SQLALCHEMY, ["begin", "packed", "executed", "saved seen", "end"]),
}


class Shop:
    """The backend with a store and an outside of its own."""

    def __init__(self, root: Path, name: str) -> None:
        self.root = root
        self.store = root.parent / f"{name}.sqlite"
        self.outside = root.parent / f"{name}.txt"
        self.environment = {"SHOP": str(self.store), "TOLD": str(self.outside), "CELERY_BROKER_URL": "memory://"}
        self.python("prepare.py")

    def python(self, script: str) -> None:
        subprocess.run(
            [sys.executable, script], cwd=self.root, env={**os.environ, **self.environment}, check=True, timeout=60
        )

    def left(self) -> list[Any]:
        """All rows."""
        with sqlite3.connect(self.store) as store:
            return [store.execute(f"select * from {table}").fetchall() for table in ("shop_customer", "shop_order")]

    def told(self) -> list[str]:
        return self.outside.read_text().splitlines()


@pytest.mark.parametrize(
    ("backend", "dies_at", "kept"),
    [
        ("django", "packed", 1),
        ("django", "still old", 1),
        ("django", "both 1", 5),
        ("sqlalchemy", "packed", 1),
        ("sqlalchemy", "executed", 1),
    ],
)
def test_a_step_that_was_killed_is_done_again_and_nothing_before_it(
    undercurrent: Run,
    tree: Callable[[Mapping[str, str]], Path],
    tmp_path: Path,
    backend: str,
    dies_at: str,
    kept: int,
) -> None:
    pytest.importorskip(backend)
    files, expected = BACKENDS[backend]
    root = tree(files)
    original, exported = Shop(root, "original"), Shop(root, "exported")
    original.python("original.py")
    assert original.told() == expected
    file = tmp_path / "ship.yaml"
    file.write_text(undercurrent("export", root, "--to", "yaml", "--workflow", "ship").stdout)
    common = ("run", file, "--root", root, "--database", tmp_path / "runs.sqlite", "--format", "json")
    given = ("--input", json.dumps([1]), "--run-id", "one")
    killed = undercurrent(*common, *given, **exported.environment, DIE_AT=dies_at)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    done = undercurrent(*common, "--resume", "one", **exported.environment)
    assert done.returncode == 0, done.stderr
    told, until = exported.told(), expected.index(dies_at) + 1
    assert told[:until] == expected[:until]
    assert set(told) >= set(expected)
    assert [word for word in told if word in expected[:kept]] == expected[:kept]
    assert told[-1] == "end"
    assert exported.left() == original.left()
