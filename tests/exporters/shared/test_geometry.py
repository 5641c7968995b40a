"""The rules of a readable view: broken ones are seen, and no view of the bundled backends breaks any."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from discover.config import load_config
from discover.model import Branch, Call, Decision, End, Guard, Hop, Run, Step, Workflow
from discover.pipeline import scan
from exporters.shared.compose import Scene, compose
from exporters.shared.diagram import Diagram, diagram_of, open_at_first
from exporters.shared.geometry import faults, smallest_text
from exporters.shared.paint import OPEN_SCALE, SMALLEST, TEXT_SIZES

ROOT = Path(__file__).parents[3] / "fixtures"
BACKENDS = sorted(
    folder / "app" if (folder / "app").is_dir() else folder for folder in ROOT.iterdir() if folder.is_dir()
)


def view() -> tuple[Diagram, Scene]:
    steps = tuple(Step(id=f"s{n}", name="Insert") for n in range(3))
    ask = Decision(
        id="d",
        condition="paid",
        branches=(
            Branch(label="yes", condition="paid", body=(Step(id="y"),)),
            Branch(label="no", body=(Step(id="n"),)),
        ),
    )
    call = Call(id="c", name="Notify", body=(ask, *(Step(id=f"i{n}") for n in range(3))))
    run = Run(id="r", unit="a.py::r", kind="task", name="later", body=(Step(id="z"),))
    workflow = Workflow(id="w", name="Pay", triggers=(), body=(*steps, call, Hop(id="h", runs=("r",))), runs=(run,))
    diagram = diagram_of(workflow, {})
    return diagram, compose(diagram, {"c"})


def rules(break_it: Callable[[Scene], None]) -> set[str]:
    diagram, scene = view()
    assert faults(diagram, scene) == []
    break_it(scene)
    return {fault.rule for fault in faults(diagram, scene)}


def test_a_card_on_a_card_is_seen() -> None:
    def move(scene: Scene) -> None:
        scene.cards["s1"].x = scene.cards["s0"].x + 9

    assert "card on card" in rules(move)


def test_a_line_through_a_card_is_seen() -> None:
    def draw(scene: Scene) -> None:
        card = scene.cards["s1"]
        scene.hops[0].points.append((card.x + 20, card.y - 40))
        scene.hops[0].points.append((card.x + 20, card.y + 40))

    assert "line through card" in rules(draw)


def test_a_label_on_a_label_is_seen() -> None:
    def move(scene: Scene) -> None:
        one, other = (route for route, _ in scene.routes if route.label)
        other.label_x, other.label_y = one.label_x, one.label_y

    assert "label on label" in rules(move)


def test_a_label_on_a_card_is_seen() -> None:
    def move(scene: Scene) -> None:
        one = next(route for route, _ in scene.routes if route.label)
        one.label_x, one.label_y = scene.cards["s0"].x, scene.cards["s0"].y

    assert "label on card" in rules(move)


def test_a_line_over_a_title_is_seen() -> None:
    def draw(scene: Scene) -> None:
        band = scene.bands[1]
        scene.hops[0].points += [(band.x + 30, band.y), (band.x + 30, band.y + 30)]

    assert rules(draw) == {"line through label"}


def test_an_open_card_that_covers_its_neighbours_is_seen() -> None:
    def grow(scene: Scene) -> None:
        scene.drawers[0].y -= 60

    assert "open card on card" in rules(grow)


def test_a_card_outside_its_run_is_seen() -> None:
    def move(scene: Scene) -> None:
        scene.cards["s2"].y = -500

    assert "card outside its run" in rules(move)


@pytest.mark.parametrize("root", BACKENDS, ids=lambda root: str(root.relative_to(ROOT)))
def test_every_view_of_a_bundled_backend_keeps_the_rules(root: Path) -> None:
    graph = scan(root, load_config(root, None), workers=1)
    triggers = {one.id: one for one in graph.entry_points}
    for workflow in graph.workflows:
        diagram = diagram_of(workflow, triggers)
        for opened in (open_at_first(diagram), set(diagram.sizes), set[str]()):
            assert faults(diagram, compose(diagram, opened)) == [], workflow.id


def test_a_view_opens_with_text_that_can_be_read() -> None:
    assert smallest_text(TEXT_SIZES.values(), OPEN_SCALE) >= SMALLEST


def test_what_a_failure_leads_to_is_drawn_where_nothing_that_is_tried_is_shown() -> None:
    refused = Branch(label="ValueError", body=(End(id="e", name="Refuse", outcome="raise", text="Refused"),))
    guard = Guard(id="g", kind="reraise", handlers=(refused,), last=(Step(id="l", name="Release"),))
    workflow = Workflow(id="w", name="Pay", triggers=(), body=(guard, Step(id="s", name="Insert")))
    diagram = diagram_of(workflow, {})
    scene = compose(diagram, set())
    assert {"g", "e", "l", "s"} <= scene.cards.keys()
    assert "ValueError" in {route.label for route, _ in scene.routes}
    assert faults(diagram, scene) == []


def test_what_a_failure_leads_to_is_drawn_in_the_drawer_of_a_try_in_handlers_of_others() -> None:
    nested = Guard(id="g", body=(Step(id="s"),), handlers=(Branch(label="E", body=(Step(id="h"),)),))
    for number in range(4):
        nested = Guard(id=f"g{number}", body=(Step(id=f"s{number}"),), handlers=(Branch(label="E", body=(nested,)),))
    diagram = diagram_of(Workflow(id="w", name="Pay", triggers=(), body=(nested,)), {})
    assert {"s", "h"} <= compose(diagram, {"g"}).cards.keys()
