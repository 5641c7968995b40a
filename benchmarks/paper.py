"""What a view is like on paper: printed by a real browser, read back from the PDF and from what was laid out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.sync_api import Page

Matrix = Sequence[float]

SHEETS: Final = """() => {
  const sheets = [...document.querySelectorAll("#print .sheet")];
  const found = { sheets: sheets.length, cards: {}, cut: [] };
  for (const sheet of sheets) {
    const pieces = [...sheet.querySelectorAll("svg > svg")];
    for (const piece of pieces.length ? pieces : sheet.querySelectorAll(":scope > svg")) {
      const [left, top, width, height] = piece.getAttribute("viewBox").split(" ").map(Number);
      const [right, bottom] = [left + width, top + height];
      const outside = (b) => b.x >= right || b.y >= bottom || b.x + b.width <= left || b.y + b.height <= top;
      const inside = (b) => b.x >= left && b.y >= top && b.x + b.width <= right && b.y + b.height <= bottom;
      for (const card of piece.querySelectorAll(".card")) {
        found.cards[card.dataset.card] = (found.cards[card.dataset.card] || 0) + 1;
        if (!inside(card.getBBox())) found.cut.push(card.textContent);
      }
      for (const text of piece.querySelectorAll("text")) {
        const box = text.getBBox();
        if (!outside(box) && !inside(box)) found.cut.push(text.textContent);
      }
    }
  }
  return found;
}"""
"""How often each card stands on the sheets, and the cards and texts that an edge runs through."""


@dataclass(slots=True)
class Printed:
    """One view on paper."""

    sheets: int = 0
    """Those of the diagram; its story stands behind them."""
    pages: int = 0
    cards: int = 0
    smallest: float = 0.0
    """Points of the smallest text on the diagram's sheets."""
    broken: list[str] = field(default_factory=list[str])
    """Cards and texts that an edge runs through, cards that stand nowhere or twice, sheets that are not one page."""


def printed(page: Page, paper: str) -> Printed:
    """Prints the view that a page shows on a kind of paper (`A4`, `Letter`), and looks at what came out."""
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    laid = page.evaluate(SHEETS)
    texts = read_pdf(page.pdf(format=paper, prefer_css_page_size=True))
    page.emulate_media(media="null")
    shown = int(page.get_attribute("#canvas", "data-cards") or 0)
    result = Printed(laid["sheets"], len(texts), len(laid["cards"]), broken=[f"cut: {one}" for one in laid["cut"]])
    result.broken += [f"twice: card {card}" for card, times in laid["cards"].items() if times > 1]
    if len(laid["cards"]) != shown:
        result.broken.append(f"{shown} cards are open, {len(laid['cards'])} are printed")
    for number, (words, _) in enumerate(texts, start=1):
        if (number <= result.sheets) != (f"Sheet {number} of {result.sheets}" in words):
            result.broken.append(f"page {number} is not sheet {number}, or not only that")
    result.smallest = min(size for _, size in texts[: result.sheets])
    return result


def read_pdf(data: bytes) -> list[tuple[str, float]]:
    """For each page its text, and the points of its smallest letters."""
    from pypdf import PdfReader

    pages: list[tuple[str, float]] = []
    for page in PdfReader(BytesIO(data)).pages:
        sizes: list[float] = []

        def seen(
            text: str, matrix: Matrix, text_matrix: Matrix, _font: object, size: float, sizes: list[float] = sizes
        ) -> None:
            if text.strip():
                across = text_matrix[2] * matrix[0] + text_matrix[3] * matrix[2]
                down = text_matrix[2] * matrix[1] + text_matrix[3] * matrix[3]
                sizes.append(size * float(across**2 + down**2) ** 0.5)

        words = page.extract_text(visitor_text=seen)
        pages.append((" ".join(words.split()), min(sizes, default=0.0)))
    return pages
