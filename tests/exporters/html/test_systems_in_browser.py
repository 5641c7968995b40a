"""Views by service, by table, by outside system, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from discover.model import Effect, Graph, Step, Trigger, TriggerDetail, Workflow

pytestmark = pytest.mark.browser

Open = Callable[..., Any]


def touching(count: int, hostile: str = "") -> Graph:
    """Backends of `count` requests that read orders and pay with Stripe."""
    name = hostile or "Stripe"
    effects = (
        Effect(id="orders", kind="db_read", at="api/orders.py::read", line=5, target="orders", detail="SELECT"),
        Effect(id="pay", kind="sdk", at="api/orders.py::pay", line=9, service=name, target="Charge", detail="create"),
        Effect(id="lost", kind="db_write", at="jobs/old.py::mend", line=2, target="orders", detail="UPDATE"),
    )
    workflows = tuple(
        Workflow(
            id=f"w{number}",
            name=f"Request {number}",
            triggers=(f"t{number}",),
            services=(name,),
            score=1000 - number,
            unit="api/orders.py::read",
            body=(
                Step(id="1", name="Read orders", unit="api/orders.py::read", line=5, effect="orders", kind="db_read"),
                Step(id="2", name="Pay", unit="api/orders.py::pay", line=9, effect="pay", kind="sdk", service=name),
            ),
        )
        for number in range(count)
    )
    triggers = tuple(
        Trigger(
            id=f"t{number}",
            kind="http",
            framework="flask",
            handler="api/orders.py::read",
            line=3,
            detail=TriggerDetail(path=f"/{number}", methods=("POST",)),
        )
        for number in range(count)
    )
    return Graph(root="shop", triggers=triggers, effects=effects, workflows=workflows)


def test_a_service_leads_to_all_that_calls_it_and_on_to_the_step(open_page: Open) -> None:
    page = open_page(touching(3))
    page.locator("#n1 .badge", has_text="Stripe").click()
    assert page.locator("#detail h2").inner_text() == "Stripe outside service"
    assert page.locator("#detail tbody tr").count() == 3
    assert "POST /0" in page.locator("#detail tbody tr").first.inner_text()
    page.click("#detail tbody tr:first-child >> text=Charge.create")
    page.locator("#panel h2").wait_for()
    assert page.locator("#panel h2").inner_text() == "Pay"


def test_a_step_leads_to_everything_that_touches_the_same(open_page: Open) -> None:
    page = open_page(touching(3), "#w=w1")
    page.click("#open-outline")
    page.click("#outline >> text=Pay")
    page.click("#panel dd a >> text=Stripe")
    assert page.locator("#detail h2").inner_text() == "Stripe outside service"
    page.go_back()
    page.click("#about")
    page.click("#panel >> text=Every service, table")
    assert page.locator("#detail h2").inner_text() == "Request 1"


def test_a_table_tells_its_readers_and_the_places_that_no_workflow_reaches(open_page: Open) -> None:
    page = open_page(touching(3))
    page.click(".views >> text=Systems")
    row = page.locator("#systems tbody tr", has_text="orders")
    assert row.locator("td.n").all_inner_texts() == ["3", "3", "1", "1", "0"]
    row.locator("a").click()
    places = page.locator("#detail .places li").all_inner_texts()
    assert len(places) == 2
    assert "jobs/old.py:2" in places[1] and "no workflow reaches it" in places[1]
    page.go_back()
    assert page.locator("#systems").is_visible()


def test_a_workflow_tells_what_it_touches(open_page: Open) -> None:
    page = open_page(touching(2))
    page.click("#n2 >> text=1 table")
    assert page.locator("#detail tbody th").all_inner_texts() == ["Stripe", "orders"]
    page.click("#detail tbody th >> text=orders")
    assert page.locator("#detail h2").inner_text() == "orders table"


def test_long_lists_begin_short_and_open_with_the_focus_kept(open_page: Open) -> None:
    page = open_page(touching(130), "#system=table%3Aorders")
    assert page.locator("#detail tbody tr").count() == 101
    page.click("text=30 more workflows")
    assert page.locator("#detail tbody tr").count() == 130
    assert page.evaluate("document.activeElement.closest('#detail') !== null")


def test_systems_are_searched_and_picked_by_kind(open_page: Open) -> None:
    page = open_page(touching(2), "#systems")
    page.fill("#search", "stri")
    assert page.locator("#count").inner_text() == "1 found"
    page.fill("#search", "")
    page.click("#systems .chip[data-filter=table]")
    assert page.locator("#systems tbody tr:visible th").all_inner_texts() == ["orders"]


@pytest.mark.parametrize("name", ["</script><script>window.hacked=1</script>", '"><img src=x onerror=window.hacked=1>'])
def test_a_system_with_a_hostile_name_stays_text(open_page: Open, name: str) -> None:
    page = open_page(touching(2, name))
    page.click("#n1 td a.badge")
    assert page.locator("#detail h2").inner_text().startswith(name)
    assert page.evaluate("window.hacked === undefined")
    assert page.locator("#detail img, #detail script").count() == 0


def test_a_system_that_nobody_knows_leads_to_the_index(open_page: Open) -> None:
    page = open_page(touching(2), "#system=table%3Agone")
    assert page.locator("#table").is_visible()


def test_without_javascript_each_system_lists_its_workflows_and_places(open_page: Open) -> None:
    page = open_page(touching(2), "#systems", java_script_enabled=False)
    page.click("#systems table >> text=orders")
    text = page.locator("#systems").inner_text()
    assert "api/orders.py::read:5 SELECT" in text
    assert page.locator("#systems p a[href='#n2']").count() == 2
