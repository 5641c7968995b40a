"""Whatever leads to whatever: no card of the map stands on another, no line runs through a card or on another."""

from __future__ import annotations

import time
from itertools import combinations, pairwise
from random import Random

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from exporters.html.map.places import HEIGHT, LEAST, LESS, WIDTH, Placement, Plan, components, place

Rect = tuple[int, int, int, int]


def graph_of(*pairs: tuple[int, int]) -> Plan:
    graph: Plan = nx.DiGraph()
    graph.add_nodes_from(str(one) for pair in pairs for one in pair)
    graph.add_edges_from((str(a), str(b)) for a, b in pairs if a != b)
    return graph


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Runs of two heights, and systems that are touched and stand last."""
    random = Random(draw(st.integers(0, 2**32)))
    size, systems = draw(st.integers(2, 30)), draw(st.integers(0, 8))
    pairs = [(random.randrange(size), random.randrange(size)) for _ in range(draw(st.integers(1, 2 * size)))]
    touches = [(random.randrange(size), size + random.randrange(systems)) for _ in range(systems and size)]
    graph = graph_of(*pairs, *touches)
    for key, data in graph.nodes.items():
        last = int(key) >= size
        data |= {"last": last, "height": LEAST if last else random.choice((HEIGHT, LESS))}
    return graph


Placed = tuple[Plan, list[Placement]]


@st.composite
def placements(draw: st.DrawFn) -> Placed:
    graph = draw(plans())
    return graph, [place(graph, keys) for keys in components(graph) if len(keys) > 1]


many = settings(max_examples=150, deadline=None, derandomize=True)


def card_rects(graph: Plan, placement: Placement) -> list[Rect]:
    cards = placement.cards.items()
    return [(x, y, x + WIDTH, y + graph.nodes[key].get("height", HEIGHT)) for key, (x, y) in cards]


def segments(line: list[tuple[int, int]]) -> list[Rect]:
    return [(min(a, c), min(b, d), max(a, c), max(b, d)) for (a, b), (c, d) in pairwise(line)]


def overlap(a: Rect, b: Rect) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def touches(segment: Rect, card: Rect) -> bool:
    """A segment has no area: it may touch a card's edge but not enter."""
    return (
        segment[0] < card[2] and card[0] < segment[2] and card[1] <= segment[1] <= card[3]
        if segment[1] == segment[3]
        else segment[1] < card[3] and card[1] < segment[3] and card[0] <= segment[0] <= card[2]
    )


@many
@given(placements())
def test_no_two_cards_of_the_map_overlap(found: Placed) -> None:
    for placement in found[1]:
        assert not any(overlap(a, b) for a, b in combinations(card_rects(found[0], placement), 2))


@many
@given(placements())
def test_no_line_of_the_map_runs_through_a_card(found: Placed) -> None:
    for placement in found[1]:
        rects = card_rects(found[0], placement)
        for pair, line in placement.lines.items():
            assert not any(touches(one, rect) for one in segments(line) for rect in rects), pair


@many
@given(placements())
def test_lines_of_the_map_share_a_stretch_only_with_a_common_end(found: Placed) -> None:
    for placement in found[1]:
        for (one, line), (other, second) in combinations(placement.lines.items(), 2):
            if one[0] == other[0] or one[1] == other[1]:
                continue
            for a in segments(line):
                for b in segments(second):
                    flat = a[1] == a[3] == b[1] == b[3] and max(a[0], b[0]) < min(a[2], b[2])
                    upright = a[0] == a[2] == b[0] == b[2] and max(a[1], b[1]) < min(a[3], b[3])
                    assert not flat, (one, other)
                    assert not upright, (one, other)


@many
@given(placements())
def test_everything_of_the_map_stands_on_its_plane(found: Placed) -> None:
    for placement in found[1]:
        points = [point for line in placement.lines.values() for point in line]
        for x, y in [*points, *((a[2], a[3]) for a in card_rects(found[0], placement)), *placement.cards.values()]:
            assert 0 < x < placement.width
            assert 0 < y < placement.height


def test_a_receiver_stands_right_of_its_sender_and_a_circle_in_one_column() -> None:
    graph = graph_of((1, 2), (2, 3), (1, 3), (3, 4), (4, 3))
    placement = place(graph, components(graph)[0])
    assert placement.layers == {"1": 0, "2": 1, "3": 2, "4": 2}
    assert placement.cards["3"][0] == placement.cards["4"][0] > placement.cards["2"][0]


def test_what_is_touched_stands_in_the_last_column() -> None:
    graph = graph_of((1, 2), (2, 3), (1, 9))
    graph.nodes["9"]["last"] = True
    assert place(graph, components(graph)[0]).layers == {"1": 0, "2": 1, "3": 2, "9": 3}


def test_the_group_of_the_best_run_comes_first() -> None:
    assert components(graph_of((5, 6), (1, 2), (2, 6))) == [["5", "6", "1", "2"]]
    assert components(graph_of((5, 6), (1, 2))) == [["5", "6"], ["1", "2"]]


def test_a_map_of_fifteen_hundred_runs_is_laid_out_fast() -> None:
    random = Random(7)
    graph = graph_of(*((n, 1500 + random.randrange(60)) for n in range(1500)), *((1500 + n, 1530) for n in range(30)))
    start = time.perf_counter()
    for keys in components(graph):
        place(graph, keys)
    assert time.perf_counter() - start < 2
