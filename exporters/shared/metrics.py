"""How wide a text will be, without a font: widths of a common sans-serif face, rounded up."""

from __future__ import annotations

from typing import Final

_NARROW: Final = "ijl|'.,:;!` "
_SLIM: Final = 'ft()[]{}/\\"-rI*^'
_WIDE: Final = "mwMWOQGCDHNRUABEKPSVXY&%@_<>=+~#"
_WIDTHS: Final[dict[str, float]] = {
    **dict.fromkeys(_NARROW, 0.29),
    **dict.fromkeys(_SLIM, 0.4),
    **dict.fromkeys(_WIDE, 0.76),
    **dict.fromkeys("MW@%mw", 0.95),
}
_OTHER: Final = 0.6
_BEYOND_LATIN: Final = 1.05


def text_width(text: str, size: float) -> float:
    """Upper estimate of the width of one line, in the units of `size`."""
    return size * sum(_WIDTHS.get(char, _OTHER if char < "\u0250" else _BEYOND_LATIN) for char in text)


def clip(text: str, length: int) -> str:
    """The text on one line, cut with an ellipsis after `length` characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[: length - 1].rstrip() + "…"
