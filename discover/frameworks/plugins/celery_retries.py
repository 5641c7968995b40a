"""When Celery itself tries a task again: `autoretry_for`, with the delays and the limit that it then takes.

Only a task with `autoretry_for` uses `retry_backoff`: the first delay is that many seconds (a switch means one), each
next one is twice as long, and none is longer than `retry_backoff_max`. With `retry_jitter`, which is on unless it is
switched off, these are the longest delays: each is drawn at random between none and that.

Any other task is tried again only when its code asks for that (`self.retry()`): an error alone is the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.catalog.spec import Pick
from discover.frameworks.entry_points.retry_policies import errors_of, without
from discover.frameworks.handing_over.celery_base_classes import ATTEMPTS, DECORATORS, DELAY
from discover.frameworks.rules.given import Given
from discover.model import RetryPolicy
from discover.resolve.values import ConstantValue

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Class

_LONGEST = 600.0
_ERRORS = Pick(keyword="autoretry_for", attribute="autoretry_for")
_NO_ERRORS = Pick(keyword="dont_autoretry_for", attribute="dont_autoretry_for")
_SECONDS = Pick(keyword="retry_backoff", attribute="retry_backoff")
_LIMIT = Pick(keyword="retry_backoff_max", attribute="retry_backoff_max")
_JITTER = Pick(keyword="retry_jitter", attribute="retry_jitter")
_RETRIES = Pick(keyword="max_retries", attribute="max_retries")
_OWN_RETRIES = Pick(keyword="retry_kwargs", key="max_retries", plus=1)
_OWN_DELAY = Pick(keyword="retry_kwargs", key="countdown")


def register(bench: Workbench) -> None:
    """Complete the policies of the tasks that were found."""
    options = _options(bench)
    for key, entry in bench.found.entry_points.items():
        given = options.get(entry.unit) if entry.kind == "task" and entry.framework == "celery" else None
        if given is not None and (entry.retry is not None or _is_endless(bench, given)):
            policy = _policy(bench, entry.retry or RetryPolicy(), given)
            bench.found.entry_points[key] = msgspec.structs.replace(entry, retry=policy)


def _options(bench: Workbench) -> dict[str, Given]:
    """Where each task's options stand: the call of its decorator, and the class that it is made of."""
    found: dict[str, Given] = {}
    for decoration, _ in bench.index.decorations(DECORATORS):
        scope = decoration.definition.outer or decoration.definition.module.body
        base: Class | None = None
        for keyword in decoration.call.keywords if decoration.call is not None else ():
            if keyword.name == "base":
                base = next(iter(bench.handlers.classes(bench.program.values_of(scope, keyword.value))), None)
        found.setdefault(decoration.definition.id, Given(decoration.call, scope, owner=base))
    for cls in bench.program.subclasses_of("celery.app.task.Task"):
        method = bench.program.find_method(cls, "run")
        if method is not None and method.is_project:
            found.setdefault(method.id, Given(None, cls.module.body, owner=cls))
    return found


def _policy(bench: Workbench, known: RetryPolicy, given: Given) -> RetryPolicy:
    pick = bench.picker.number
    counted = pick(_RETRIES, given)
    limit = int(counted) + 1 if counted is not None else None if _is_endless(bench, given) else ATTEMPTS
    named, told = errors_of(bench, _ERRORS, given) or ((), ())
    if not known.on and not named and not told:
        delay = DELAY if known.delay is None else known.delay
        return msgspec.structs.replace(known, attempts=limit, delay=delay, backoff=None, max_delay=None)
    known = without(bench, _NO_ERRORS, given, known)
    attempts = pick(_OWN_RETRIES, given)
    attempts = limit if attempts is None else attempts
    seconds = pick(_SECONDS, given)
    if not seconds:
        delay = pick(_OWN_DELAY, given)
        delay = delay if delay is not None else known.delay
        delay = DELAY if delay is None else delay
        return msgspec.structs.replace(known, attempts=_whole(attempts), delay=delay, backoff=None, max_delay=None)
    longest = pick(_LIMIT, given)
    return msgspec.structs.replace(
        known,
        attempts=_whole(attempts),
        delay=float(int(max(1.0, seconds))),
        backoff=2.0,
        max_delay=_LONGEST if longest is None else longest,
        jitter=pick(_JITTER, given) != 0,
    )


def _is_endless(bench: Workbench, given: Given) -> bool:
    """Whether the code says that there is no limit, or says one that is not known here."""
    values = bench.picker.values(_RETRIES, given)
    said = bench.picker.expression(_RETRIES, given.call) is not None
    return said or any(isinstance(value, ConstantValue) and value.value is None for value in values)


def _whole(attempts: float | None) -> int | None:
    return None if attempts is None else int(attempts)
