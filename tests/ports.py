"""Free ports of loopback, below those that the system gives out itself.

A port that is asked for by binding to 0 comes from the range of outgoing connections: before a server that is told the
port listens there, a connection of some other test may have taken it.
"""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack

_RANGE = range(12_000, 32_000)
"""RabbitMQ also takes the port 20,000 above its own."""
_RANDOM = random.SystemRandom()
"""Not the one that tests seed: processes that run side by side must not get the same ports."""


def free_port() -> int:
    """A port that nobody listens on."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, different ones."""
    with ExitStack() as held:
        found: list[int] = []
        while len(found) < count:
            port = _RANDOM.choice(_RANGE)
            probe = held.enter_context(socket.socket())
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
        return found
