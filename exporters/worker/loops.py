"""One event loop for all pieces of a process.

What code keeps from one piece to the next (a pool, a client) works only on the loop on which it was made.
"""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Coroutine
from typing import Any

from exporters.worker.errors import RefusedError


@functools.cache
def shared() -> asyncio.AbstractEventLoop:
    """The loop, which runs in a thread of its own."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="event loop", daemon=True).start()
    return loop


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Do the work on the loop, with the caller's context variables, and wait for its end."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run_coroutine_threadsafe(work, shared()).result()
    work.close()
    raise RefusedError("code that does not await would have to wait for code that does")
