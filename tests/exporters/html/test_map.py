"""The map of areas and runs: what is on it, and that nothing of it lies on anything else."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.model import Effect, Graph, Hop, Run, Step, Trigger, TriggerDetail, Workflow
from exporters.html.map.areas import AREAS, RUNS, Area, areas_of
from exporters.html.map.check import collected, map_faults, planes_of
from exporters.html.map.chips import ROWS, TOP, Label, pack
from exporters.html.map.planes import SHARED, STORES, Plane
from exporters.html.map.runs import ALIKE, HUB, RunGraph, name_hubs
from exporters.html.systems.names import System
from exporters.shared.geometry import Fault


@dataclass
class Backend:
    """Collects requests, jobs and what they touch."""

    workflows: list[Workflow] = field(default_factory=list[Workflow])
    effects: dict[str, Effect] = field(default_factory=dict[str, Effect])

    def touch(self, unit: str, target: str) -> Step:
        """A step at a table, or at a service when the name begins with a capital."""
        name = f"{unit}>{target}"
        service = target[:1].isupper()
        self.effects[name] = Effect(
            id=name,
            kind="sdk" if service else "db_read",
            at=unit,
            line=3,
            target="" if service else target,
            service=target if service else "",
        )
        return Step(id=name, unit=unit, line=3, effect=name)

    def add(self, unit: str, *targets: str, hands: tuple[str, ...] = ()) -> Workflow:
        number = len(self.workflows)
        hops = tuple(Hop(id=f"h{task}", name=task, unit=unit, line=4, runs=(task,)) for task in hands)
        runs = tuple(Run(id=one, unit=one, kind="task", name=one.rpartition("::")[2], line=9) for one in hands)
        workflow = Workflow(
            id=f"http:{number}",
            name=f"Request {number}",
            triggers=(f"t{number}",),
            unit=unit,
            score=10_000.0 - number,
            body=(*(self.touch(unit, target) for target in targets), *hops),
            runs=runs,
        )
        self.workflows.append(workflow)
        return workflow

    def graph(self) -> Graph:
        triggers = tuple(
            Trigger(
                id=one.triggers[0],
                kind="http",
                framework="flask",
                handler=one.unit,
                line=1,
                detail=TriggerDetail(path=f"/{number}"),
            )
            for number, one in enumerate(self.workflows)
            if one.triggers
        )
        return Graph(root="r", triggers=triggers, workflows=tuple(self.workflows), effects=tuple(self.effects.values()))


def backend_of(random: Random, folders: int) -> Graph:
    """Requests and jobs in some folders that hand work to each other and touch this and that."""
    backend = Backend()
    names = [f"shop/{name}" for name in ("orders", "pay", "mail/in", "mail/out")][:folders]
    jobs = [f"{random.choice(names)}/jobs.py::job_{number}" for number in range(random.randint(1, 12))]
    systems = ["Stripe", "Slack", "S3", "orders", "users", "a_table_with_a_very_long_name_that_can_not_fit", "x"]
    for number in range(random.randint(1, 70)):
        unit = f"{random.choice(names)}/views_{number % 3}.py::view_{number}"
        touched = random.sample(systems, random.randrange(len(systems)))
        backend.add(unit, *touched, hands=tuple(random.sample(jobs, random.randrange(min(4, len(jobs) + 1)))))
    for job in jobs:
        backend.add(job, random.choice(systems), hands=(random.choice(jobs),))
    return backend.graph()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32), st.integers(1, 4))
def test_nothing_on_the_map_lies_on_anything_else(seed: int, folders: int) -> None:
    for plane in planes_of(backend_of(Random(seed), folders)):
        assert map_faults(plane) == []


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32))
def test_each_run_is_drawn_once_in_its_area_and_each_hand_over_is_drawn_or_named(seed: int) -> None:
    graph = backend_of(Random(seed), 4)
    runs, _ = collected(graph)
    hops = list(runs.edges)
    leaves = [plane for plane in planes_of(graph) if not plane.area.areas]
    titles = [runs.nodes[key]["run"].title for key in runs]
    shown = [
        title
        for plane in leaves
        for tile in plane.tiles.values()
        if tile.sort == "run" and not tile.foreign
        for title in (tile.title, *(title for title, _, _ in tile.others))
    ]
    assert sorted(shown) == sorted(titles)
    for source, target in hops:
        home = next(plane for plane in leaves if source in plane.area.runs)
        assert target in reached(home, source, runs) or runs.nodes[target]["run"].title in hubs(home, source, runs)


def test_a_broken_map_is_found_broken() -> None:
    plane = planes_of(backend_of(Random(3), 2))[-1]
    (source, target), line = next(iter(plane.placement.lines.items()))
    assert map_faults(plane) == []
    other = next(key for key in plane.tiles if key not in {source, target})
    plane.placement.cards[other] = line[0]
    rules = {fault.rule for fault in map_faults(plane)}
    assert "line through card" in rules
    plane.placement.cards[other] = plane.placement.cards[source]
    assert Fault("card on card", *sorted([source, other])) in map_faults(plane)
    plane.placement.width = 10
    assert "card outside the map" in {fault.rule for fault in map_faults(plane)}


def card_of(plane: Plane, key: str, runs: RunGraph) -> str:
    """The key of the card on which a run is shown."""
    title = runs.nodes[key]["run"].title
    found = (one for one, tile in plane.tiles.items() if one == key or title in [other[0] for other in tile.others])
    return next(found, "")


def reached(plane: Plane, source: str, runs: RunGraph) -> list[str]:
    card = card_of(plane, source, runs)
    return [key for key in runs if (card, card_of(plane, key, runs)) in plane.styles]


def hubs(plane: Plane, source: str, runs: RunGraph) -> list[str]:
    return plane.tiles[card_of(plane, source, runs)].hubs


def test_a_thousand_and_five_hundred_requests_stay_usable_and_are_laid_out_fast() -> None:
    backend = Backend()
    for number in range(1500):
        folder = f"shop/{'abcdefghij'[number % 10]}{number % 7}"
        backend.add(
            f"{folder}/views.py::view_{number}",
            *[f"table_{number % 90}_{one}" for one in range(5)],
            *(["Stripe"] if number % 50 == 0 else []),
            hands=(f"{folder}/jobs.py::job_{number % 60}",) if number % 3 == 0 else (),
        )
    graph = backend.graph()
    start = time.perf_counter()
    planes = planes_of(graph)
    assert time.perf_counter() - start < 6
    assert len(planes[0].tiles) < 60
    assert max(len(plane.tiles) for plane in planes) < 150
    assert [fault for plane in planes for fault in map_faults(plane)] == []


def test_a_job_of_several_requests_is_one_card() -> None:
    backend = Backend()
    for number in (1, 2):
        backend.add(f"a.py::f{number}", "users", hands=("b.py::job",))
    (plane,) = planes_of(backend.graph())
    runs = [tile.title for tile in plane.tiles.values() if tile.sort == "run"]
    assert sorted(runs) == ["Request 0", "Request 1", "job"]
    assert plane.styles["a.py::f1", "b.py::job"] == "hop"


def test_services_and_few_stores_are_cards_around_the_runs_and_many_stores_are_named_on_them() -> None:
    backend = Backend()
    backend.add("a.py::f", "Stripe", "users")
    (plane,) = planes_of(backend.graph())
    assert {tile.title for tile in plane.tiles.values() if tile.sort == "system"} == {"Stripe", "users"}
    backend.add("a.py::g", *(f"table_{number}" for number in range(STORES)))
    (plane,) = planes_of(backend.graph())
    assert {tile.title for tile in plane.tiles.values() if tile.sort == "system"} == {"Stripe"}
    assert [chip.label.text for chip in plane.chips["a.py::f"]] == ["users"]
    assert plane.chips["a.py::g"][-1].label.style == "more"


def test_a_service_that_nearly_all_use_is_named_on_them_instead_of_drawn() -> None:
    backend = Backend()
    for number in range(SHARED + 1):
        backend.add(f"a.py::f{number}", "Slack")
    (plane,) = planes_of(backend.graph())
    assert {tile.sort for tile in plane.tiles.values()} == {"run"}
    assert plane.chips["a.py::f0"][0].label == Label("Slack", "external", 0)


def test_an_address_that_is_not_known_stands_on_its_cards_and_not_among_the_services() -> None:
    backend = Backend()
    workflow = backend.add("a.py::f", "Stripe")
    backend.effects["hook"] = Effect(id="hook", kind="http", at="a.py::f", line=3, target="{hook}/x")
    step = Step(id="hook", unit="a.py::f", line=3, effect="hook")
    backend.workflows[0] = msgspec.structs.replace(workflow, body=(*workflow.body, step))
    (plane,) = planes_of(backend.graph())
    assert {tile.title for tile in plane.tiles.values() if tile.sort == "system"} == {"Stripe"}
    assert [chip.label.text for chip in plane.chips["a.py::f"]] == ["{hook}/x"]


def test_services_of_the_same_cards_share_one() -> None:
    backend = Backend()
    backend.add("a.py::f", *(f"Service {letter}" for letter in "ABCDEFG"))
    (plane,) = planes_of(backend.graph())
    systems = [tile for tile in plane.tiles.values() if tile.sort == "system"]
    assert len(systems) == ALIKE
    assert [title for title, _, _ in systems[-1].others] == ["Service E", "Service F", "Service G"]


def test_a_card_leads_to_the_workflow_that_begins_with_it_or_into_one_that_holds_it() -> None:
    backend = Backend()
    backend.add("a.py::f", hands=("b.py::job",))
    runs, _ = collected(backend.graph())
    assert (runs.nodes["b.py::job"]["run"].rank, runs.nodes["b.py::job"]["run"].line) == (1, 9)
    backend.workflows.append(Workflow(id="task:job", name="Do the job", triggers=(), unit="b.py::job"))
    runs, _ = collected(backend.graph())
    job = runs.nodes["b.py::job"]["run"]
    assert (job.title, job.rank, job.line) == ("Do the job", 2, 0)


def test_a_run_that_hands_work_to_itself_says_so_and_draws_no_line() -> None:
    backend = Backend()
    backend.add("b.py::poll", hands=("b.py::poll",))
    (plane,) = planes_of(backend.graph())
    assert plane.styles == {}
    assert "calls itself again" in plane.tiles["b.py::poll"].about


def test_runs_between_the_same_others_share_a_card_and_stay_findable() -> None:
    backend = Backend()
    for number in range(9):
        backend.add(f"a.py::f{number}", f"table_{number}", hands=("b.py::job",))
    (plane,) = planes_of(backend.graph())
    shared = next(tile for tile in plane.tiles.values() if tile.others)
    assert [title for title, _, _ in shared.others] == [f"Request {number}" for number in range(ALIKE, 9)]
    assert System("table", "table_8") in shared.uses


def test_a_receiver_of_many_is_named_on_their_cards() -> None:
    backend = Backend()
    for number in range(1, HUB + 3):
        backend.add(f"a.py::f{number}", hands=("b.py::log", f"b.py::job{number}"))
    runs, _ = collected(backend.graph())
    name_hubs(runs)
    assert runs.in_degree["b.py::log"] == 0
    assert runs.nodes["a.py::f3"]["run"].hubs == ["log"]
    assert runs.nodes["b.py::log"]["run"].about == f"from {HUB + 2} more runs, marked →"


def test_areas_show_who_hands_work_across_them() -> None:
    backend = Backend()
    for number in range(RUNS + 1):
        backend.add(f"shop/orders/views.py::f{number}", hands=("shop/mail/tasks.py::send",) if number == 0 else ())
    for number in range(3):
        backend.add(f"shop/mail/tasks.py::g{number}")
    whole, *inner = planes_of(backend.graph())
    assert set(whole.tiles) == {"shop/orders", "shop/mail"}
    assert whole.styles == {("shop/orders", "shop/mail"): "hop"}
    orders = next(plane for plane in inner if plane.area.path == "shop/orders")
    assert orders.tiles["shop/mail/tasks.py::send"].foreign
    assert "shop/mail" in orders.tiles["shop/mail/tasks.py::send"].about


def names(area: Area) -> list[str]:
    return [one.path for one in area.within()]


def test_a_small_backend_is_one_area() -> None:
    assert names(areas_of({f"r{n}": f"a/b{n}/c.py" for n in range(RUNS)}, "shop")) == ["shop"]


def test_a_large_backend_is_cut_at_its_folders_and_small_ones_stay_together() -> None:
    files = {f"o{n}": "src/shop/orders/views.py" for n in range(30)}
    files |= {f"p{n}": "src/shop/pay/views.py" for n in range(30)} | {"m": "src/shop/mail/x.py", "r": "src/shop/x.py"}
    whole = areas_of(files, "shop")
    assert names(whole) == ["shop", "src/shop/…", "src/shop/orders", "src/shop/pay"]
    assert whole.areas[0].runs == ["r", "m"]
    assert whole.areas[0].title == "rest of src/shop"


def test_a_folder_of_many_modules_gets_a_map_of_its_own() -> None:
    files = {f"a{m}.{n}": f"web/api/module_{m}.py" for m in range(12) for n in range(6)}
    files |= {f"c{n}": "web/cli.py" for n in range(4)} | {f"t{n}": "web/tasks/t.py" for n in range(30)}
    whole = areas_of(files, "web")
    api = next(area for area in whole.areas if area.path == "web/api")
    assert len(api.areas) == 12
    assert all(area.path.startswith("web/api/module_") for area in api.areas)


@pytest.mark.parametrize("folders", [1, 5, 40, 200])
def test_however_many_folders_the_areas_of_a_map_stay_few_and_hold_every_run_once(folders: int) -> None:
    files = {f"r{n}": f"app/f{n % folders}/g{n % 3}/m{n % 5}.py" for n in range(1500)}
    whole = areas_of(files, "app")
    for area in whole.within():
        assert len(area.areas) <= AREAS
        if area.areas:
            assert sorted(run for one in area.areas for run in one.runs) == sorted(area.runs)


def test_chips_that_do_not_fit_are_counted() -> None:
    labels = [Label(f"table {number}", "store", number) for number in range(30)]
    chips, more = pack(labels)
    assert more
    assert len(chips) + int(more.label.text[1:]) == 30
    assert {chip.y for chip in chips} == {TOP, TOP + 22}
    assert ROWS == 2
    assert pack(labels[:2])[1] is None
