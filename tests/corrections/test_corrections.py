from __future__ import annotations

from pathlib import Path

import pytest

from discover import load_config
from discover.config.corrections import Correction
from discover.errors import ConfigError
from discover.model import CORRECTED, Call, Graph, Hop, Node, Step

PLACE = "shop/app.py::place"
PAGE = (Path(__file__).parents[2] / "docs" / "corrections.md").read_text()


def body(graph: Graph, unit: str = PLACE) -> tuple[Node, ...]:
    return next(workflow.body for workflow in graph.workflows if workflow.unit == unit)


def names(graph: Graph) -> list[str]:
    return [node.name for node in body(graph)]


def targets(graph: Graph, kind: str = "call") -> list[str]:
    return [edge.target for edge in graph.edges if edge.source == PLACE and edge.kind == kind]


def test_an_added_call_is_followed_into_each_unit_that_the_pattern_names(corrected):
    graph = corrected("""
        corrections:
          links:
            - add: {from: "shop/app.py::place", call: 'REGISTRY[order["kind"]].run', to: "shop/plugins.py::*"}
              because: a row names the plugin
    """)
    assert {"shop/plugins.py::gift", "shop/plugins.py::plain"} <= set(targets(graph))
    assert "One of 2: gift and plain" in names(graph)
    edge = next(edge for edge in graph.edges if edge.target == "shop/plugins.py::gift")
    assert (edge.confidence, edge.evidence) == (1.0, f"{CORRECTED}undercurrent.yaml:4: a row names the plugin")


def test_an_added_hand_over_starts_a_run_and_keeps_its_conditions(corrected):
    graph = corrected("""
        corrections:
          links:
            - add: {from: "shop/app.py::place", line: 26, to: "shop/app.py::ship", kind: publish, channel: parcels}
    """)
    assert targets(graph, "publish") == ["shop/app.py::ship"]
    hop = next(node for node in body(graph) if isinstance(node, Hop) and node.kind == "publish")
    assert (hop.runs, hop.channel) == (("shop/app.py::ship",), "parcels")


def test_a_dropped_link_is_gone_from_edges_and_workflow(corrected):
    graph = corrected("""
        corrections:
          links: [{drop: {from: "shop/app.py::place", to: "*::bill"}}, {drop: {to: "shop/audit.py::record"}}]
    """)
    assert not targets(graph, "dispatch")
    assert "shop/audit.py::record" not in targets(graph)
    assert not [node for node in body(graph) if isinstance(node, Hop)]
    assert "POST to audit.example.com" not in names(graph)
    assert "dispatch from shop/app.py::place:24 to shop/app.py::bill" in graph.corrections[0].overruled[0]


def test_a_renamed_hand_over_says_so(corrected):
    graph = corrected("""
        corrections:
          links:
            - rename: {from: "shop/app.py::place", to: "*::bill"}
              name: Hand to accounting
    """)
    hop = next(node for node in body(graph) if isinstance(node, Hop))
    assert (hop.name, hop.runs) == ("Hand to accounting", ("shop/app.py::bill",))
    assert hop.evidence.startswith(CORRECTED)


def test_entry_points_are_added_dropped_and_renamed(corrected):
    graph = corrected("""
        corrections:
          entry_points:
            - add: {unit: "shop/app.py::ship", kind: webhook, path: /hooks/ship, methods: [POST]}
            - rename: {unit: "shop/app.py::place"}
              name: Customer places an order
            - drop: {unit: "shop/old.py::*"}
    """)
    added = next(trigger for trigger in graph.triggers if trigger.kind == "webhook")
    assert (added.handler, added.detail.path, added.detail.methods) == ("shop/app.py::ship", "/hooks/ship", ("POST",))
    assert not [trigger for trigger in graph.triggers if trigger.handler.startswith("shop/old.py")]
    assert "Customer places an order" in [workflow.name for workflow in graph.workflows]


def test_a_name_addresses_an_added_entry_point(corrected):
    graph = corrected("""
        corrections:
          entry_points:
            - drop: {unit: "shop/app.py::bill"}
            - add: {unit: "shop/plugins.py::gift", kind: consumer, topic: gifts}
    """)
    assert "On message gifts: Plugins: gift" in [workflow.name for workflow in graph.workflows]


def test_effects_are_added_dropped_and_renamed(corrected):
    graph = corrected("""
        corrections:
          effects:
            - add: {unit: "shop/app.py::place", call: wire.exchange, kind: sdk, service: SAP, target: orders}
            - rename: {unit: "shop/app.py::bill"}
              service: Billing
            - drop: {unit: "shop/app.py::place", call: requests.get}
    """)
    of_place = [(effect.kind, effect.service) for effect in graph.effects if effect.at == PLACE]
    assert of_place == [("sdk", "SAP")]
    assert next(effect.service for effect in graph.effects if effect.at == "shop/app.py::bill") == "Billing"
    assert [node.name for node in body(graph) if isinstance(node, Step)][-1] == "SAP: call"


def test_steps_are_added_dropped_and_renamed(corrected):
    graph = corrected("""
        corrections:
          steps:
            - add: {unit: "shop/app.py::score"}
              name: Score the order
            - drop: {unit: "shop/app.py::place", call: requests.get}
            - rename: {unit: "shop/audit.py::record"}
              name: Tell the auditors
    """)
    assert names(graph) == ["Score the order", "Tell the auditors", "Enqueue: bill"]
    assert isinstance(body(graph)[0], Call)
    assert [effect.target for effect in graph.effects if effect.at == PLACE] == ["https://debug.example.com"]


def test_a_correction_that_matches_nothing_is_told_with_its_line(corrected):
    graph = corrected("""
        corrections:
          links:
            - drop: {to: "shop/gone.py::f"}
          steps:
            - rename: {unit: "shop/audit.py::record"}
              name: Audit
    """)
    assert [(one.line, one.matched) for one in graph.corrections] == [(4, 0), (6, 1)]


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ("links: [{drop: {to: 'shop/gone.py::f'}}]", "no file `shop/gone.py` was read"),
        ("links: [{drop: {from: 'shop/app.py::plase'}}]", "`shop/app.py` has no unit `plase`"),
        ("links: [{drop: {from: '*/gone.py::f'}}]", "no unit fits `*/gone.py::f`"),
        (
            "links: [{drop: {from: 'shop/app.py::place', to: 'shop/audit.py::record', call: audit.record}}]",
            "`shop/app.py::place` has no call `audit.record`",
        ),
        (
            "links: [{drop: {from: 'shop/app.py::place', to: 'shop/audit.py::record', kind: dispatch}}]",
            "no link is found there with the kind `dispatch` and the to `shop/audit.py::record`",
        ),
        (
            "effects: [{drop: {unit: 'shop/app.py::place', call: requests.put}}]",
            "`shop/app.py::place` has no call `requests.put`",
        ),
        (
            "effects: [{drop: {unit: 'shop/app.py::place', line: 1}}]",
            "no call of `shop/app.py::place` stands on line 1",
        ),
        (
            "entry_points: [{drop: {unit: 'shop/app.py::place', path: /order}}]",
            "no entry point is found there with the path `/order`",
        ),
        ("steps: [{drop: {unit: 'shop/app.py::place', call: gone}}]", "`shop/app.py::place` has no call `gone`"),
    ],
)
def test_a_correction_that_matches_nothing_says_which_part_of_it(corrected, said, missing):
    (correction,) = corrected(f"corrections:\n  {said}\n").corrections
    assert (correction.matched, correction.missing) == (0, missing)


def test_the_example_of_the_page_applies_as_a_whole(corrected):
    graph = corrected(PAGE.split("```yaml\n", 1)[1].split("```", 1)[0])
    assert len(graph.corrections) == 12
    assert [one.text for one in graph.corrections if not one.matched] == []


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("links: [{add: {from: 'a.py::f', to: 'b.py::g'}}]", 2, "`call` (its text) or `line`"),
        ("links: [{add: {from: '*', to: 'b.py::g', line: 1}}]", 2, "must name one unit, not a pattern"),
        ("links: [{drop: {kind: call}}]", 2, "`from` must say which"),
        ("links: [{rename: {from: 'a.py::f'}}]", 2, "`name` or `channel` must stand beside `rename`"),
        ("links: [{drop: {from: 'a.py::f'}, add: {}}]", 2, "exactly one of"),
        ("links: [{drop: {from: f}}]", 2, "must be a unit"),
        ("entry_points: [{add: {unit: 'a.py::f'}}]", 2, "`kind` must say what it is"),
        ("entry_points: [{add: {unit: 'a.py::f', kind: route}}]", 2, "`kind` must be one of http, task"),
        ("effects: [{add: {unit: 'a.py::f', kind: http, line: 0}}]", 2, "`line` must be a line's number"),
        ("steps: [{add: {unit: 'a.py::f', call: g}}]", 2, "add an effect"),
        ("steps: [{drop: {unit: 'a.py::f'}, name: x}]", 2, "has no meaning"),
        ("step: []", 2, "did you mean `steps`?"),
        ("steps: {}", 2, "must be a list"),
    ],
)
def test_a_wrong_correction_is_an_error_with_its_line(tmp_path: Path, text: str, line: int, said: str):
    (tmp_path / "undercurrent.yaml").write_text(f"corrections:\n  {text}\n")
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path)
    assert caught.value.line == line
    assert said in str(caught.value)


def test_only_the_star_has_a_meaning_in_a_pattern():
    def means(pattern: str, text: str) -> bool:
        return Correction(action="drop", subject="steps", selected={"unit": pattern}).means("unit", text)

    assert means("a/*.py::*", "a/b/c.py::X.y")
    assert not means("a/[bc].py::f*", "a/b.py::f")
    assert means("a.py::f[?]*", "a.py::f[?]x")


def test_many_stars_take_no_time():
    rule = Correction(action="drop", subject="steps", selected={"unit": "*a" * 5_000 + "::*b"})
    assert not rule.means("unit", "a" * 20_000)
