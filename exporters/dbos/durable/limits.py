"""Time limits: a piece of code is waited for that long, and a run's try goes on no longer than it may."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")


class LateError(Exception):
    """The work has not been done in time."""


def in_time(work: Callable[[], T], seconds: float | None) -> T:
    """Do the work in a thread; beyond so many seconds it is late, whatever the thread does afterwards.

    Where no time is left, nothing of it is done.
    """
    if seconds is None:
        return work()
    if seconds <= 0:
        raise LateError
    done: Future[T] = Future()
    context = copy_context()

    def do() -> None:
        try:
            done.set_result(context.run(work))
        except BaseException as error:  # noqa: BLE001 - it is raised where the work is waited for
            done.set_exception(error)

    # What is late keeps no process from ending.
    threading.Thread(target=do, daemon=True).start()
    wait([done], seconds)
    if not done.done():
        raise LateError
    return done.result()


def sooner(limit: float | None, left: float | None) -> tuple[float | None, bool]:
    """The first of a piece's own limit and the time that its run has left, and whether it is the run's."""
    if left is None or (limit is not None and limit <= left):
        return limit, False
    return left, True
