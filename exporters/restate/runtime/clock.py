"""Schedules: Restate has none of its own, so an object for each sends itself its next tick."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from croniter import croniter
from restate import ObjectContext, VirtualObject


def clock(name: str, main: str) -> VirtualObject:
    """The object whose `tick` starts a workflow when it is time, and then waits for the next time."""
    made = VirtualObject(name)

    async def tick(ctx: ObjectContext, given: dict[str, Any]) -> None:
        due = given.get("due")
        now = await ctx.time()
        if due is not None:
            key = f"{given['id']}-{int(due)}"
            ctx.generic_send(given["workflow"], main, json.dumps({"input": None}).encode(), key=key)
        following = next_time(given["cron"], max(now, due or now))
        again = json.dumps({**given, "due": following}).encode()
        ctx.generic_send(name, "tick", again, key=ctx.key(), send_delay=timedelta(seconds=max(0.0, following - now)))

    made.handler(name="tick")(tick)
    return made


def next_time(cron: str, after: float) -> float:
    """The next time of a cron text (five fields, or six with seconds first), in seconds since 1970, UTC."""
    with_seconds = len(cron.split()) == 6
    start = datetime.fromtimestamp(after, UTC)
    return croniter(cron, start, second_at_beginning=with_seconds).get_next(float)
