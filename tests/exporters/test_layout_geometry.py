"""Whatever the workflow, whatever is open in it: nothing stands on anything else, no line runs through a card."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import combinations, count
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from discover.model import (
    Branch,
    Call,
    Decision,
    End,
    Guard,
    Hop,
    Loop,
    Node,
    OneOf,
    Parallel,
    Run,
    Step,
    Wait,
    Workflow,
)
from exporters.shared.compose import Scene, compose
from exporters.shared.diagram import Diagram, Shapes, diagram_of, open_at_first
from exporters.shared.geometry import Rect, faults, segments
from exporters.shared.layout import CARD_HEIGHT, CARD_WIDTH

RUNS = ("r1", "r2", "r3", "gone")

LABELS = ("yes", "no", "ValidationError", "a rather long name of a case", "", "x")


class Author:
    """Writes workflows of every shape, the same for the same seed."""

    def __init__(self, seed: int, size: int, prefix: str = "n") -> None:
        self.random = Random(seed)
        self.left = size
        self.serial = count()
        self.prefix = prefix

    def body(self, depth: int = 0, most: int = 7) -> tuple[Node, ...]:
        nodes: list[Node] = []
        for _ in range(self.random.randint(0 if depth else 1, most)):
            if self.left <= 0:
                break
            self.left -= 1
            nodes.append(self.node(depth))
        return tuple(nodes)

    def node(self, depth: int) -> Node:
        pick, key, label = self.random.random(), f"{self.prefix}{next(self.serial)}", self.label()
        if depth > 5 or pick < 0.5:
            return self.leaf(key, label)
        inner = depth + 1
        shapes: tuple[Callable[[], Node], ...] = (
            lambda: Decision(id=key, condition=label, branches=self.branches(inner, 4)),
            lambda: Decision(id=key, condition=label, branches=self.branches(inner, 2)),
            lambda: OneOf(id=key, branches=self.branches(inner, 7)),
            lambda: Parallel(id=key, branches=self.branches(inner, 4), join=self.random.random() < 0.7),
            lambda: Loop(id=key, over=label, body=self.body(inner)),
            lambda: Guard(id=key, body=self.body(inner), handlers=self.branches(inner, 3), last=self.body(inner, 1)),
            lambda: Call(id=key, name=label, body=self.body(inner)),
            lambda: Call(id=key, name=label, body=self.body(inner)),
        )
        return self.random.choice(shapes)()

    def leaf(self, key: str, label: str) -> Node:
        runs = tuple(self.random.sample(RUNS, self.random.randint(0, 2)))
        leaves: tuple[Node, ...] = (
            Step(id=key, name=label),
            Step(id=key, name=label),
            Hop(id=key, name=label, runs=runs),
            Wait(id=key, seconds=3.0),
            Call(id=key, name=label),
            End(id=key, text=label),
        )
        return self.random.choice(leaves)

    def branches(self, depth: int, most: int) -> tuple[Branch, ...]:
        return tuple(Branch(label=self.label(), body=self.body(depth, 4)) for _ in range(self.random.randint(0, most)))

    def label(self) -> str:
        return self.random.choice(LABELS)

    def workflow(self) -> Workflow:
        names = RUNS[: self.random.randint(0, 3)]
        runs = tuple(Run(id=name, unit=name, kind="task", body=self.body()) for name in names)
        triggers = tuple(f"t{n}" for n in range(self.random.randint(0, 6)))
        return Workflow(id="w", name="w", triggers=triggers, body=self.body(), runs=runs)


@st.composite
def workflows(draw: st.DrawFn) -> Workflow:
    return Author(draw(st.integers(0, 2**32)), draw(st.integers(1, 60))).workflow()


@st.composite
def twins(draw: st.DrawFn) -> tuple[Workflow, Workflow]:
    """A workflow twice, with other names of its nodes."""
    seed, size = draw(st.integers(0, 2**32)), draw(st.integers(1, 60))
    return Author(seed, size).workflow(), Author(seed, size, "other").workflow()


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Diagram, Scene]:
    diagram = diagram_of(draw(workflows()), {})
    random = Random(draw(st.integers(0, 99)))
    share = random.choice((0.0, 0.5, 1.0))
    return diagram, compose(diagram, {key for key in sorted(diagram.sizes) if random.random() < share})


many = settings(max_examples=120, deadline=None, derandomize=True)


def card_rects(scene: Scene) -> dict[str, Rect]:
    return {key: (card.x, card.y, card.x + CARD_WIDTH, card.y + CARD_HEIGHT) for key, card in scene.cards.items()}


@many
@given(scenes())
def test_the_rules_of_a_readable_view_hold(made: tuple[Diagram, Scene]) -> None:
    assert faults(*made) == []


@many
@given(twins())
def test_what_is_drawn_of_a_workflow_does_not_depend_on_those_that_were_drawn_before(
    made: tuple[Workflow, Workflow],
) -> None:
    shapes = Shapes()
    for workflow in (*made, made[0]):
        alone, beside = diagram_of(workflow, {}), diagram_of(workflow, {}, shapes)
        for opened in (set(alone.sizes), set[str]()):
            assert compose(beside, opened) == compose(alone, opened)
        assert (beside.hops, beside.buses, beside.parents) == (alone.hops, alone.buses, alone.parents)


@many
@given(scenes())
def test_lines_are_straight_and_start_and_end_at_their_cards(made: tuple[Diagram, Scene]) -> None:
    _, scene = made
    rects = card_rects(scene)
    frames = {area.key: (area.x, area.y, area.x + area.width, area.y + area.height) for area in scene.frames}
    for route in [*(route for route, _ in scene.routes), *scene.hops]:
        for (a, b), (c, d) in zip(route.points, route.points[1:], strict=False):
            assert a == c or b == d, route
        for key, (x, y) in ((route.source, route.points[0]), (route.target, route.points[-1])):
            left, top, right, bottom = rects.get(key) or frames[key]
            assert left <= x <= right, (route, key)
            assert top <= y <= bottom, (route, key)


@many
@given(scenes())
def test_lines_share_a_track_only_with_a_common_end(made: tuple[Diagram, Scene]) -> None:
    _, scene = made
    for depth in range(9):
        routes = [route for route, at in scene.routes if at == depth]
        for one, other in combinations(routes, 2):
            if one.source == other.source or one.target == other.target:
                continue
            for a in segments(one):
                for b in segments(other):
                    flat = a[1] == a[3] == b[1] == b[3] and max(a[0], b[0]) < min(a[2], b[2])
                    upright = a[0] == a[2] == b[0] == b[2] and max(a[1], b[1]) < min(a[3], b[3])
                    assert not flat, (one, other)
                    assert not upright, (one, other)


@many
@given(scenes())
def test_everything_stands_inside_what_holds_it(made: tuple[Diagram, Scene]) -> None:
    _, scene = made
    for card in scene.cards.values():
        band = scene.bands[card.band]
        assert band.x < card.x <= band.x + band.width - CARD_WIDTH
        assert band.y < card.y <= band.y + band.height - CARD_HEIGHT
    for upper, lower in zip(scene.bands, scene.bands[1:], strict=False):
        assert upper.y + upper.height < lower.y
    for area in scene.drawers:
        assert area.x >= 0
        assert area.x + area.width <= scene.width
        assert area.y + area.height <= scene.height


@many
@given(workflows())
def test_every_node_is_a_card_or_a_frame_once_all_is_open(workflow: Workflow) -> None:
    diagram = diagram_of(workflow, {})
    scene = compose(diagram, set(diagram.sizes))
    drawn = set(scene.cards) | {area.key for area in scene.frames}
    for node in reachable(workflow.body):
        assert node.id in drawn, node


def reachable(body: Sequence[Node]) -> list[Node]:
    """The nodes that stand before any end of their own sequence, calls of which only the body is drawn left out."""
    found: list[Node] = []
    for node in body:
        if not isinstance(node, Call):
            found.append(node)
        if isinstance(node, (Decision, OneOf, Parallel)):
            for branch in node.branches:
                found.extend(reachable(branch.body))
            if not isinstance(node, Parallel) or node.join:
                break
        elif isinstance(node, (Loop, Call)):
            found.extend(reachable(node.body))
        elif isinstance(node, (Guard, End)):
            break
    return found


@many
@given(workflows())
def test_what_opens_by_itself_stays_easy_to_take_in(workflow: Workflow) -> None:
    diagram = diagram_of(workflow, {})
    opened = open_at_first(diagram)
    outer = sum(len(band.box.cards) for band in diagram.bands)
    assert len(compose(diagram, opened).cards) <= max(outer, 40)
    assert opened <= set(diagram.sizes)


def test_a_turn_of_a_loop_ends_at_its_border_and_what_follows_begins_there() -> None:
    ask = Decision(
        id="ask",
        condition="x.skip",
        branches=(Branch(label="yes: go on with the next item"), Branch(label="no", body=(Step(id="work"),))),
    )
    leave = Decision(id="leave", condition="x.ok", branches=(Branch(label="yes", body=(End(id="end", text="x"),)),))
    loop = Loop(id="loop", over="x in xs", body=(ask, leave))
    diagram = diagram_of(Workflow(id="w", name="w", triggers=(), body=(loop, Step(id="after"))), {})
    lines = {(route.source, route.target) for route, _ in compose(diagram, set()).routes}
    assert ("leave", "loop") in lines
    assert ("loop", "after") in lines
    assert {source for source, target in lines if target == "after"} == {"loop"}


def test_a_loop_that_each_way_leaves_is_still_followed_by_what_comes_after_it() -> None:
    ways = tuple(Branch(label=name, body=(End(id=name, outcome="stop", text=name),)) for name in ("continue", "break"))
    loop = Loop(id="loop", over="x in xs", body=(Decision(id="ask", condition="x.kind", branches=ways),))
    diagram = diagram_of(Workflow(id="w", name="w", triggers=(), body=(loop, Step(id="after"))), {})
    assert ("loop", "after") in {(route.source, route.target) for route, _ in compose(diagram, set()).routes}


def test_two_thousand_steps_are_laid_out_in_less_than_a_second() -> None:
    serial = count()
    body: tuple[Node, ...] = tuple(
        Decision(
            id=f"d{next(serial)}",
            condition="x",
            branches=(Branch(label="yes", body=tuple(Step(id=f"s{next(serial)}") for _ in range(3))),),
        )
        for _ in range(500)
    )
    start = time.process_time()
    scene = compose(diagram_of(Workflow(id="w", name="w", triggers=(), body=body), {}), set())
    assert len(scene.cards) == 2001
    assert time.process_time() - start < 1
