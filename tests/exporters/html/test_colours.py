"""What is painted on the canvas can be read: no tool that looks at elements sees it, so colours are checked here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STYLE = Path(__file__).parents[3] / "exporters" / "html" / "page" / "page.css"
GROUNDS = ("surface", "band", "drawer", "bg")
TEXTS = ("ink", "muted", "mark", "ok", "error", "focus")
KINDS = (
    "entry",
    "call",
    "external",
    "store",
    "decision",
    "one_of",
    "parallel",
    "loop",
    "guard",
    "wait",
    "hop",
    "end",
    "edge",
)
READABLE = 4.5
"""WCAG 2.2, 1.4.3: text against its ground."""
VISIBLE = 3.0
"""WCAG 2.2, 1.4.11: lines and outlines against their ground."""


def palette(dark: bool) -> dict[str, str]:
    text = STYLE.read_text(encoding="utf-8")
    light_block = re.search(r":root \{(.*?)\}", text, re.DOTALL)
    dark_block = re.search(r":root\[data-theme=\"dark\"\] \{(.*?)\}", text, re.DOTALL)
    assert light_block
    assert dark_block
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", (dark_block if dark else light_block)[1]))


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def tinted(ground: str, colour: str, share: float = 0.1) -> str:
    """The ground of a card: its colour laid thinly over the surface."""
    mixed = [
        round(int(ground[at : at + 2], 16) * (1 - share) + int(colour[at : at + 2], 16) * share) for at in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02x}" for part in mixed)


def full(colour: str) -> str:
    return colour if len(colour) == 7 else "#" + "".join(2 * digit for digit in colour[1:])


@pytest.mark.parametrize("dark", [False, True])
def test_text_is_readable_on_every_ground(dark: bool) -> None:
    colours = palette(dark)
    for ground in GROUNDS:
        for text in TEXTS:
            assert contrast(colours[text], colours[ground]) >= READABLE, (text, ground)


@pytest.mark.parametrize("dark", [False, True])
def test_the_text_of_a_card_is_readable_on_its_tint(dark: bool) -> None:
    colours = palette(dark)
    for kind in KINDS:
        ground = tinted(full(colours["surface"]), full(colours[kind]))
        for text in ("ink", "muted", "mark"):
            assert contrast(colours[text], ground) >= READABLE, (text, kind)


@pytest.mark.parametrize("dark", [False, True])
def test_lines_outlines_and_labels_are_seen(dark: bool) -> None:
    colours = palette(dark)
    for kind in (*KINDS, "error"):
        for ground in ("band", "drawer", "surface"):
            assert contrast(colours[kind], colours[ground]) >= VISIBLE, (kind, ground)
    for label in ("decision", "parallel", "error"):
        for ground in ("band", "drawer"):
            assert contrast(colours[label], colours[ground]) >= READABLE, (label, ground)
