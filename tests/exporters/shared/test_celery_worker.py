"""What the workers take from Celery: its options, and the private names that they stand in for."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from exporters.shared.worker import celery_tasks

celery = pytest.importorskip("celery")


def _nothing() -> None: ...


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"autoretry_for": (OSError,), "retry_backoff": True}, (4, 1.0, 2.0)),
        ({"autoretry_for": (OSError,), "retry_backoff": 5, "max_retries": None}, (None, 5.0, 2.0)),
        ({"autoretry_for": (OSError,), "default_retry_delay": 9}, (4, 9.0, 1.0)),
        ({"retry_backoff": 5, "default_retry_delay": 9, "max_retries": 1}, (2, 9.0, 1.0)),
    ],
)
def test_a_task_without_a_policy_in_the_definition_keeps_its_own(
    options: dict[str, Any], expected: tuple[int | None, float, float]
) -> None:
    task = celery.Celery("shop", set_as_current=False).task(_nothing, name="one", **options)
    assert celery_tasks.policy(task) == expected


def test_celery_still_lists_the_applications_of_the_process() -> None:
    """`find` needs them: no public name lists applications that are not the current one."""
    from celery._state import _get_active_apps

    app = celery.Celery("listed", set_as_current=False)
    app.task(_nothing, name="listed.one")
    app.finalize()
    assert app in set(_get_active_apps())
    assert celery_tasks.find("listed.one").name == "listed.one"


def test_every_chord_still_goes_through_the_method_that_is_stood_in_for() -> None:
    """`install` refuses chords there: when Celery sends them another way, they would really be sent."""
    from celery import canvas

    assert issubclass(canvas._chord, canvas.Signature)
    assert canvas.chord is canvas._chord
    for sends in (canvas._chord.apply_async, canvas._chord.__call__):
        names = set(inspect.unwrap(sends).__code__.co_names)
        assert names & {"run", "apply_async"}, sends
    assert "run" in canvas._chord.apply_async.__code__.co_names
