"""Noir's testers as they are written, and the two sides made alike."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.noir import disputed, score, tallies
from benchmarks.noir_pairs import ANY, Claim, claims_of, normal, normal_path
from benchmarks.noir_testers import TESTERS, Fixture, framework_of, read_testers

COMPLETE = """
expected_endpoints = [
  # Endpoint.new("/commented", "GET"),
  Endpoint.new("/users/{id}", "GET", [
    Param.new("id", "", "path"),
  ]),  # a note
  Endpoint.new("/items(?:/(\\\\d+))?", "POST").tap do |ep|
    ep.push_param(Param.new("file_path", "", "path"))
  end,
]

FunctionalTester.new("fixtures/python/shop/", {
  :techs     => 1,
  :endpoints => expected_endpoints.size,
}, expected_endpoints, {
  "include_callee" => YAML::Any.new(true),
}).perform_tests
"""
SOME = """
tester = FunctionalTester.new("fixtures/python/shop/", {
  :techs => 1,
}, expected_endpoints)
"""
BUILT = """
build = ->(url : String, params : Array(Param)) do
  ep = Endpoint.new(url, "CLI", params)
  ep
end
first = [
  build.call("cli://tool", [
    Param.new("verbose", "", "flag"),
  ]),
  build.call("cli://tool/serve", [] of Param),
]
FunctionalTester.new("fixtures/python/cli/", {
  :endpoints => first.size,
}, first).perform_tests
FunctionalTester.new("fixtures/python/cli_none/", {
  :endpoints => 0,
}, [] of Endpoint).perform_tests
"""
LOOKED_UP = """
fixture_path = "fixtures/python/shop_auth/"
it "says so" do
  options["base"] = YAML::Any.new([YAML::Any.new("./spec/functional_test/#{fixture_path}")])
  public_endpoint = endpoints.find! { |ep| ep.method == "GET" && ep.url == "/public/" }
end
"""


def read(folder: Path, name: str, text: str) -> list[Fixture]:
    (folder / TESTERS).mkdir(parents=True)
    (folder / TESTERS / f"{name}_spec.cr").write_text(text)
    return read_testers(folder)


def test_endpoints_are_read_from_the_list_that_the_tester_names(tmp_path: Path) -> None:
    (tester,) = read(tmp_path, "shop_callees", COMPLETE)
    assert tester.pairs == {("/users/{id}", "GET"), ("/items(?:/(\\d+))?", "POST")}
    assert (tester.framework, tester.folder.name, tester.complete) == ("shop", "shop", True)


def test_a_tester_without_a_number_lists_some_endpoints(tmp_path: Path) -> None:
    (tester,) = read(tmp_path, "shop", COMPLETE.partition("FunctionalTester")[0] + SOME)
    assert (len(tester.pairs), tester.complete) == (2, False)


def test_endpoints_that_a_builder_makes_have_its_method(tmp_path: Path) -> None:
    tool, none = read(tmp_path, "cli", BUILT)
    assert tool.pairs == {("cli://tool", "CLI"), ("cli://tool/serve", "CLI")}
    assert (tool.name, none.name, none.pairs, none.complete) == ("cli:cli", "cli:cli_none", frozenset(), True)


def test_endpoints_that_are_looked_up_are_expected(tmp_path: Path) -> None:
    (tester,) = read(tmp_path, "shop_ai", LOOKED_UP)
    assert (tester.pairs, tester.folder.name, tester.complete) == ({("/public/", "GET")}, "shop_auth", False)


def test_a_framework_may_have_a_name_of_two_words() -> None:
    assert [framework_of(n) for n in ("flask_restx_multi_base", "flask_callees", "http_server")] == [
        "flask_restx",
        "flask",
        "http_server",
    ]


@pytest.mark.parametrize(
    ("path", "normalised"),
    [
        ("orders/<int:id>", "/orders/{}"),
        ("/orders/{id:path}", "/orders/{}"),
        ("/orders/:id", "/orders/{}"),
        ("/orders/@id:integer/?term", "/orders/{}/{}"),
        ("/assets/*", "/assets/{}"),
        ("^orders/(?P<slug>[\\w-]+(/[\\w-]+)*)_(?P<pk>\\d+)/$", "/orders/{}_{}/"),
        ("/items(?:/(\\d+))?", "/items{}"),
        ("/orders/", "/orders/"),
    ],
)
def test_parameters_are_alike_in_whatever_notation(path: str, normalised: str) -> None:
    assert normal_path(path) == normalised


def test_a_programs_name_does_not_count() -> None:
    assert normal("cli://tool/serve", "CLI") == ("cli://serve", "CLI")
    assert normal("cli://tool", "CLI") == ("cli:/", "CLI")


def test_claims_are_read_from_a_document(tmp_path: Path) -> None:
    triggers = [
        {"kind": "http", "handler": "v", "detail": {"path": "/a", "methods": ["GET", "POST"]}},
        {"kind": "http", "handler": "v", "detail": {"path": "/any"}},
        {"kind": "http", "handler": "v", "detail": {"path": "/a\\.(?P<format>[a-z0-9]+)/?", "methods": ["GET"]}},
        {"kind": "websocket", "handler": "v", "detail": {"path": "/ws"}},
        {"kind": "command", "handler": "v", "detail": {"command": "serve"}},
        {"kind": "task", "handler": "v"},
    ]
    document = tmp_path / "graph.json"
    document.write_text(json.dumps({"triggers": triggers}))
    assert [claim[:2] for claim in claims_of(document)] == [
        ("/a", "GET"),
        ("/a", "POST"),
        ("/any", ANY),
        ("/ws", "GET"),
        ("cli://serve", "CLI"),
    ]


def test_an_endpoint_of_any_method_is_one_claim() -> None:
    tester = Fixture("shop", "shop", Path("shop"), frozenset({("/a", "GET"), ("/a", "POST"), ("/b", "GET")}), True)
    claims = [Claim("/a", ANY), Claim("/c", ANY), Claim("/b", "PUT")]
    tally = tallies([tester], {tester.folder: claims}, {})["all"]
    assert (tally.found, tally.expected, tally.right, tally.claimed) == (2, 3, 1, 3)


def test_what_is_disputed_counts_on_neither_side() -> None:
    tester = Fixture("shop", "shop", Path("shop"), frozenset({("/a", "GET"), ("/b", "GET")}), True)
    tally = score(tester, [Claim("/a", "GET"), Claim("/c", "GET")], {("/b", "GET"), ("/c", "GET")})
    assert (tally.found, tally.expected, tally.right, tally.claimed) == (1, 1, 1, 1)


def test_each_dispute_has_a_tester() -> None:
    assert all(pairs for pairs in disputed().values())
