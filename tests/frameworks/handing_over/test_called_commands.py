"""Management commands that code runs by their name."""

from __future__ import annotations

from collections.abc import Callable

from discover.frameworks.records import Findings

TASKS = """
from celery import shared_task
from django.core.management import call_command

@shared_task
def sync_products():
    call_command("sync_products")

@shared_task
def update_details():
    call_command("update_details")
"""
COMMAND = """
from django.core.management.base import BaseCommand
class Command(BaseCommand):
    def handle(self, *args, **options): ...
"""


def test_a_command_is_no_task_of_its_name(find: Callable[[dict[str, str]], Findings]) -> None:
    found = find(
        {
            "manage.py": "import django\n",
            "shop/tasks.py": TASKS,
            "shop/management/commands/sync_products.py": COMMAND,
        }
    )
    reached = {one.unit.rpartition("::")[2]: one.targets for one in found.dispatches}
    command = "shop/management/commands/sync_products.py::Command.handle"
    assert reached == {"sync_products": (command,), "update_details": ()}


def test_a_command_of_django_itself_needs_no_receiver(find: Callable[[dict[str, str]], Findings]) -> None:
    calls = "from django.core.management import call_command as run\ndef f():\n    run('migrate')\n    run('gone')\n"
    known = {one.name: one.is_known for one in find({"shop/setup.py": calls}).dispatches}
    assert known == {"migrate": True, "gone": False}
