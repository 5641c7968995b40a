"""Sizes of what is painted, the same for whoever paints it: the page, a saved picture, the check of the geometry."""

from __future__ import annotations

from typing import Final

TEXT_SIZES: Final = {
    "title": 13.0,
    "sub": 11.5,
    "label": 11.5,
    "frame": 11.5,
    "drawer": 12.0,
    "band": 13.5,
    "facts": 12.0,
}
"""Pixels at a scale of one."""
OPEN_SCALE: Final = 0.96
"""A view opens no smaller than this, however large it is."""
SMALLEST: Final = 11.0
"""Pixels below which nobody likes to read."""
PRINTED: Final = 6.55
"""Points that the smallest text of a printed view has at least."""
