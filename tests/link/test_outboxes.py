"""A job that takes up rows which are not marked yet follows what inserts such rows, and not what leaves more empty."""

from __future__ import annotations

import pytest

MODELS = """
from django.db import models

class Parcel(models.Model):
    name = models.CharField(max_length=9)
    due = models.DateTimeField({due})
    sent_at = models.DateTimeField(null=True)
"""
TASKS = """
import requests
from celery import shared_task
from django.utils import timezone
from shop.models import Parcel

@shared_task
def send_due():
    for parcel in Parcel.objects.filter(due__lt=timezone.now(), sent_at=None):
        requests.post("https://post.example.com", timeout=3)
        parcel.sent_at = timezone.now()
        parcel.save()

def order(name, when):
    Parcel.objects.create({given})

def plan(when):
    parcel = Parcel(name="b")
    {later}
    parcel.save()
"""
SETTINGS = 'CELERY_BEAT_SCHEDULE = {"send": {"task": "shop.tasks.send_due", "schedule": 60.0}}\n'


@pytest.mark.parametrize(
    ("due", "given", "later", "expected"),
    [
        ("null=True", "name=name, due=when", "parcel.due = when", ["order", "plan"]),
        ("null=True", "name=name", "parcel.name = when", []),
        ("null=True", "**when", "parcel.name = when", ["order"]),
        ("null=True, default=None", "name=name", "parcel.name = when", []),
        ("auto_now_add=True", "name=name", "parcel.name = when", ["order", "plan"]),
    ],
)
def test_a_row_without_what_the_job_compares_is_not_taken_up(
    scan_source, due: str, given: str, later: str, expected: list[str]
) -> None:
    files = {
        "manage.py": "import django\n",
        "shop/__init__.py": "",
        "shop/settings.py": SETTINGS,
        "shop/models.py": MODELS.format(due=due),
        "shop/tasks.py": TASKS.format(given=given, later=later),
    }
    found = [edge.source.rpartition("::")[2] for edge in scan_source(files).edges if edge.kind == "poll"]
    assert sorted(found) == expected
