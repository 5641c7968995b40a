"""A job that looks for rows that belong to one model waits for nobody who writes rows that belong to another one."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping

import pytest

from discover.model import Graph

CODE = """
    from celery import Celery, shared_task
    from django.contrib.contenttypes.models import ContentType
    from django.db import models

    app = Celery()
    app.conf.beat_schedule = {"sweep": {"task": "shop.models.sweep", "schedule": 60}}

    class Order(models.Model):
        code = models.TextField()

    class Offer(models.Model):
        code = models.TextField()

    class Flag(models.Model):
        reason = models.TextField()
        content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
        object_id = models.IntegerField()

    def flag(thing, reason):
        Flag.objects.create(content_type=ContentType.objects.get_for_model(thing), object_id=thing.pk, reason=reason)

    @app.task
    def sweep():
        kind = ContentType.objects.get_for_model(Order)
        for one in Flag.objects.filter(reason="spam", {asked}):
            one.delete_later()

    @app.task
    def report(pk, row):
        {written}
"""
ORDERS = "content_type=kind"
CASES = {
    "a row of the same kind": (ORDERS, 'flag(Order.objects.get(pk=pk), "spam")', [0.7]),
    "a row of another kind": (ORDERS, 'flag(Offer.objects.get(pk=pk), "spam")', []),
    "a row of a kind that is not known": (ORDERS, 'flag(row, "spam")', [0.4]),
    "a row of the same kind, said there": (
        ORDERS,
        'Flag.objects.create(reason="spam", content_type=ContentType.objects.get_for_model(Order))',
        [0.7],
    ),
    "a row of another kind, said there": (
        ORDERS,
        'Flag.objects.create(reason="spam", content_type=ContentType.objects.get_for_model(Offer))',
        [],
    ),
    "rows of a kind by its name": ('content_type__model="offer"', 'flag(Order.objects.get(pk=pk), "spam")', []),
    "rows of any kind": ("object_id__gt=3", 'flag(Offer.objects.get(pk=pk), "spam")', [0.7]),
}


@pytest.mark.parametrize(("asked", "written", "expected"), CASES.values(), ids=CASES.keys())
def test_a_job_waits_for_rows_that_belong_to_the_model_it_asks_for(
    asked: str, written: str, expected: list[float], scan_source: Callable[[Mapping[str, str | bytes]], Graph]
) -> None:
    code = textwrap.dedent(CODE).replace("{asked}", asked).replace("{written}", written)
    graph = scan_source({"manage.py": "import django\n", "shop/__init__.py": "", "shop/models.py": code})
    polls = [edge.confidence for edge in graph.edges if edge.kind == "poll"]
    assert polls == expected
