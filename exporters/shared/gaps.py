"""The gaps between the cells of a grid: what each must hold, how wide it gets, and where each thing in it lies.

A gap between columns holds, from left to right: the labels of lines that leave the cards at its left, line breaks of
the left side, right borders of frames, joining lines, left borders of frames, line breaks of the right side.
A gap between rows holds, from top to bottom: tracks of hand-overs, lower borders of frames, tracks, titles of frames,
labels. Between the hand-overs and the rest it can be torn open to show what is inside a card.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, TypeVar

TRACK: Final = 9
PAD: Final = 9
HEAD: Final = 24
LABEL: Final = 17


class Zone(IntEnum):
    """A strip of a gap."""

    LABEL = 0
    RIGHT = 1
    ENDS = 2
    JOIN = 3
    STARTS = 4
    LEFT = 5
    TRACKS = 6
    OUT = 7


COLUMN_ZONES: Final = (Zone.LABEL, Zone.RIGHT, Zone.ENDS, Zone.JOIN, Zone.STARTS, Zone.LEFT)
ROW_ZONES: Final = (Zone.OUT, Zone.ENDS, Zone.TRACKS, Zone.STARTS, Zone.LABEL)
_COLUMN_LEAD: Final = 8
_COLUMN_TAIL: Final = 12
_ROW_LEAD: Final = 10
_ROW_TAIL: Final = 6
_COLUMN_LEAST: Final = 36
_ROW_LEAST: Final = 20

Bundle = TypeVar("Bundle", int, tuple[str, int])

Span = tuple[int, int]
"""From and to, in half cells: `2 * i` is gap `i`, `2 * i + 1` is cell `i`."""


class Gaps:
    """All gaps of one grid. Say what is needed, `settle`, then ask for places."""

    def __init__(self, columns: int, rows: int) -> None:
        self._size = {True: columns, False: rows}
        self._spans: dict[tuple[bool, int, Zone], dict[int, Span]] = {}
        self._tracks: dict[tuple[bool, int, Zone], dict[int, int]] = {}
        self._extent: dict[tuple[bool, int, Zone], int] = {}
        self._zones: dict[tuple[bool, int, Zone], Span] = {}
        self.x: list[int] = []
        """Left edge of each column."""
        self.y: list[int] = []
        """Upper edge of each row."""
        self.heights: list[int] = []
        self.width = 0
        self.height = 0

    def column_need(self, zone: Zone, gap: int, bundle: int, span: Span) -> None:
        """Ask for a track in a gap between columns; lines of one bundle share theirs."""
        self._need((True, gap, zone), bundle, span)

    def row_need(self, zone: Zone, gap: int, bundle: int, span: Span) -> None:
        """Ask for a track in a gap between rows."""
        self._need((False, gap, zone), bundle, span)

    def _need(self, key: tuple[bool, int, Zone], bundle: int, span: Span) -> None:
        spans = self._spans.setdefault(key, {})
        low, high = min(span), max(span)
        if bundle in spans:
            low, high = min(low, spans[bundle][0]), max(high, spans[bundle][1])
        spans[bundle] = (low, high)

    def side_label(self, gap: int, width: int) -> None:
        """Ask for room for a label right of a card."""
        self._widen((True, gap, Zone.LABEL), width + 4)

    def hang_label(self, gap: int) -> None:
        """Ask for room for a label above a card."""
        self._widen((False, gap, Zone.LABEL), LABEL)

    def frame(self, left: int, top: int, right: int, bottom: int, levels: tuple[int, int, int, int]) -> None:
        """Ask for room for a frame's four sides; `levels` counts the frames that share each side."""
        self._widen((True, left, Zone.STARTS), levels[0] * PAD)
        self._widen((False, top, Zone.STARTS), levels[1] * HEAD)
        self._widen((True, right + 1, Zone.ENDS), levels[2] * PAD)
        self._widen((False, bottom + 1, Zone.ENDS), levels[3] * PAD)

    def _widen(self, key: tuple[bool, int, Zone], size: int) -> None:
        if size > self._extent.get(key, 0):
            self._extent[key] = size

    def settle(self, column_width: int, row_heights: list[int]) -> None:
        """Fix all places."""
        for key, spans in self._spans.items():
            self._tracks[key] = share_tracks(spans)
            self._extent[key] = TRACK * (1 + max(self._tracks[key].values()))
        self.heights = row_heights
        self.x, self.width = self._settle(True, [column_width] * self._size[True])
        self.y, self.height = self._settle(False, row_heights)

    def _settle(self, columns: bool, sizes: list[int]) -> tuple[list[int], int]:
        zones = COLUMN_ZONES if columns else ROW_ZONES
        lead, tail = (_COLUMN_LEAD, _COLUMN_TAIL) if columns else (_ROW_LEAD, _ROW_TAIL)
        least = _COLUMN_LEAST if columns else _ROW_LEAST
        starts: list[int] = []
        at = 0
        for gap in range(len(sizes) + 1):
            end = at + lead
            for zone in zones:
                size = self._extent.get((columns, gap, zone), 0)
                if size or zone is Zone.OUT:
                    self._zones[columns, gap, zone] = (end, end + size)
                    end += size
            end += tail
            inner = 0 < gap < len(sizes)
            at = max(end, at + least) if inner else end
            if gap < len(sizes):
                starts.append(at)
                at += sizes[gap]
        return starts, at

    def zone_start(self, zones: tuple[Zone, ...], zone: Zone, gap: int) -> int:
        """Where a zone begins; `zones` says whether of a column or a row gap."""
        return self._zones[zones is COLUMN_ZONES, gap, zone][0]

    def zone_end(self, zones: tuple[Zone, ...], zone: Zone, gap: int) -> int:
        """Where a zone ends."""
        return self._zones[zones is COLUMN_ZONES, gap, zone][1]

    def column_track(self, zone: Zone, gap: int, bundle: int) -> int:
        """The x of a track."""
        return self._track((True, gap, zone), bundle)

    def row_track(self, zone: Zone, gap: int, bundle: int) -> int:
        """The y of a track."""
        return self._track((False, gap, zone), bundle)

    def _track(self, key: tuple[bool, int, Zone], bundle: int) -> int:
        return self._zones[key][0] + TRACK * self._tracks[key][bundle] + TRACK // 2


def share_tracks(spans: dict[Bundle, Span]) -> dict[Bundle, int]:
    """Give each bundle the first track that is free over its whole span."""
    tracks: dict[Bundle, int] = {}
    ends: list[int] = []
    for bundle, (low, high) in sorted(spans.items(), key=lambda item: (item[1], item[0])):
        track = next((i for i, end in enumerate(ends) if end < low), len(ends))
        if track == len(ends):
            ends.append(high)
        else:
            ends[track] = high
        tracks[bundle] = track
    return tracks
