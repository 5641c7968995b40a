"""What a catalog file may say: one record per kind of rule, one file per library.

The records are the format: an unknown key is an error with its line. `docs/catalogs.md` explains every key with an
example; a test keeps that page complete. Paths are dotted (`celery.Task.delay`), `*` matches one name.
"""

from discover.catalog.spec.brokers import Binding, DeadLetter, Receive, Subscription
from discover.catalog.spec.entries import Detail, EntryPoint, Mount, Retry, Router, Table, TaskRetry, Unsaid
from discover.catalog.spec.handovers import Arguments, Callback, Canvas, Dispatch, Emit, Hook, LeftOut, Lookup, Silence
from discover.catalog.spec.library import Library
from discover.catalog.spec.outside import Cover, Effect, Exit, StateChange, Wait
from discover.catalog.spec.picks import Paths, Pick, Rule, Scalar, paths_of

__all__ = [
    "Arguments",
    "Binding",
    "Callback",
    "Canvas",
    "Cover",
    "DeadLetter",
    "Detail",
    "Dispatch",
    "Effect",
    "Emit",
    "EntryPoint",
    "Exit",
    "Hook",
    "LeftOut",
    "Library",
    "Lookup",
    "Mount",
    "Paths",
    "Pick",
    "Receive",
    "Retry",
    "Router",
    "Rule",
    "Scalar",
    "Silence",
    "StateChange",
    "Subscription",
    "Table",
    "TaskRetry",
    "Unsaid",
    "Wait",
    "paths_of",
]
