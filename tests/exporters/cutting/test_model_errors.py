"""The exceptions that Django gives each model are caught by the model's name: `except Order.DoesNotExist`."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from discover import model
from exporters.canonical import records
from exporters.canonical.walk import all_elements
from tests.exporters.cutting.beside import Imported, built, hold_against

pytest.importorskip("django")

MODELS = """
from django.core.exceptions import ObjectDoesNotExist
from django.db.models.base import subclass_exception


class Model:
    def __init_subclass__(cls):
        given = {"module": cls.__module__, "attached_to": cls}
        cls.DoesNotExist = subclass_exception("DoesNotExist", (ObjectDoesNotExist,), **given)


class Order(Model): ...


class Customer(Model): ...
"""
OUTSIDE = """
from models import Customer, Order

trace = []
failing = set()
ERRORS = {"order": Order.DoesNotExist, "customer": Customer.DoesNotExist}


def effect(name, value=None):
    trace.append((name, value))
    if name in failing:
        raise ERRORS.get(name, ValueError)(name)
    return value
"""
JOB = """
from models import Order
from outside import effect


def job(n):
    effect("begin", n)
    try:
        effect("order", n)
        effect("customer", n)
    except Order.DoesNotExist:
        effect("missing", n)
        return 0
    effect("end", n)
    return n
"""


def test_a_models_own_exception_is_told_from_anothers(
    engine: ModuleType, workflow_over: Callable[..., model.Workflow], imported: Imported
) -> None:
    files = {"models.py": MODELS, "outside.py": OUTSIDE, "job.py": JOB}
    made = built(workflow_over, files)
    steps = [one for one in all_elements(made.definition.runs[0]) if isinstance(one, records.Step)]
    assert len(steps) > 3
    assert not [step.whole for step in steps if step.whole]
    spaces = imported(files)
    for failing in ((), ("order",), ("customer",), ("end",)):
        hold_against(engine, made.definition, spaces, failing, 12)
