"""The canonical definition: what a workflow does, step by step, as a team reviews, edits, commits and runs it."""

from __future__ import annotations

from exporters.canonical.records import (
    SCHEMA,
    Decision,
    Definition,
    Effect,
    Element,
    End,
    Loop,
    Parallel,
    Retry,
    Retrying,
    Run,
    Start,
    Step,
    Trigger,
    Try,
    Wait,
    While,
)

__all__ = [
    "SCHEMA",
    "Decision",
    "Definition",
    "Effect",
    "Element",
    "End",
    "Loop",
    "Parallel",
    "Retry",
    "Retrying",
    "Run",
    "Start",
    "Step",
    "Trigger",
    "Try",
    "Wait",
    "While",
]
