"""The order in which a class inherits: its method resolution order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from discover.resolve.symbols import Class

_MAX_MRO = 400
"""No code that people write inherits through more classes."""


def linearise(cls: Class) -> tuple[Class, ...]:
    """The class's method resolution order by C3; where C3 has no answer, depth first, first occurrence kept."""
    bases = [base for base, _ in cls.bases or ()]
    if len(bases) < 2:
        return (cls, *(bases[0].mro if bases else ()))[:_MAX_MRO]
    sequences = [list(base.mro) for base in bases] + [list(bases)]
    order = [cls]
    while True:
        sequences = [s for s in sequences if s]
        if not sequences:
            return tuple(order)
        for sequence in sequences:
            head = sequence[0]
            if not any(head in other[1:] for other in sequences):
                break
        else:
            flat = [c for sequence in sequences for c in sequence]
            return tuple(dict.fromkeys([*order, *flat]))[:_MAX_MRO]
        order.append(head)
        for sequence in sequences:
            if sequence[0] is head:
                del sequence[0]
