from __future__ import annotations

import msgspec
import pytest

from discover.errors import SelectionError
from discover.model import Graph
from discover.terminal.select import select_one


@pytest.mark.parametrize(
    "wanted",
    ["create-order", "Create order", "create ORDER", "POST /orders", "/orders", "shop/api.py::create_order", "1", "t1"],
)
def test_a_workflow_is_found_by_what_a_user_would_call_it(order_graph: Graph, wanted: str):
    assert select_one(order_graph, wanted).id == "create-order"


def test_an_exact_name_wins_over_a_part_of_another(order_graph: Graph):
    longer = msgspec.structs.replace(order_graph.workflows[0], id="other", name="Create order again", unit="x.py::y")
    graph = msgspec.structs.replace(order_graph, workflows=(*order_graph.workflows, longer))
    assert select_one(graph, "Create order").id == "create-order"


def test_several_matches_are_listed(order_graph: Graph):
    with pytest.raises(SelectionError, match="2 workflows match 'shop/'") as caught:
        select_one(order_graph, "shop/")
    assert caught.value.candidates == ("create-order", "nightly")


def test_no_match_names_the_highest_ranked(order_graph: Graph):
    with pytest.raises(SelectionError, match="no workflow matches 'refund'") as caught:
        select_one(order_graph, "refund")
    assert caught.value.candidates == ("create-order", "nightly")


def test_a_misspelt_name_leads_to_the_nearest(order_graph: Graph):
    with pytest.raises(SelectionError, match="no workflow matches 'Crate oder'; the nearest are") as caught:
        select_one(order_graph, "Crate oder")
    assert caught.value.candidates == ("create-order",)


def test_an_empty_scan_says_that_there_is_none(order_graph: Graph):
    with pytest.raises(SelectionError, match="no workflows were found"):
        select_one(msgspec.structs.replace(order_graph, workflows=()), "1")


def test_a_number_of_thousands_of_digits_is_no_rank(order_graph: Graph):
    with pytest.raises(SelectionError, match="no workflow matches"):
        select_one(order_graph, "1" * 5000)


def test_a_misspelt_word_leads_to_workflows_whose_names_have_it(order_graph: Graph):
    with pytest.raises(SelectionError, match="the nearest are") as caught:
        select_one(order_graph, "what happens to ordres")
    assert caught.value.candidates == ("create-order",)
    assert caught.value.names == ("Create order",)
