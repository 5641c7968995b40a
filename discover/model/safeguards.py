"""A safeguard in a few words, the same wherever it is shown."""

from __future__ import annotations

from discover.model.workflow import Safeguard


def safeguard_text(safeguard: Safeguard) -> str:
    """`under lock 'rates'`, `behind a circuit breaker`, `once per order.id`."""
    name = safeguard.name
    if safeguard.kind == "breaker":
        return f"behind circuit breaker {name}" if name else "behind a circuit breaker"
    if safeguard.kind == "lock":
        return f"under a lock {name}" if name.startswith("on ") else f"under lock {name}" if name else "under a lock"
    if safeguard.kind == "limit":
        return f"rate limited: {name}" if name else "rate limited"
    if safeguard.kind == "once":
        return f"once per {name}" if name else "once only"
    return f"dead letters go to {name}" if name else "failures are kept as dead letters"
