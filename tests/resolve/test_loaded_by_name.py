"""A project's function that loads by name gives each call what the call itself names."""

from __future__ import annotations

from tests.resolve.conftest import Resolved, edges

LOADING = """
    import functools
    import importlib

    PAID = False

    @functools.lru_cache
    def fetch(module: str, name: str):
        whole = f"paid.{module}" if PAID else module
        try:
            return getattr(importlib.import_module(whole), name)
        except ModuleNotFoundError:
            return getattr(importlib.import_module(module), name)

    def fetch_or(module: str, name: str, instead=None):
        def nothing(*given):
            return instead
        if not PAID:
            return nothing
        return fetch(module, name)
    """
PLACES = """
    def count(order): ...
    def check(order): ...
    def other(order): ...
    """
USES = """
    from loading import fetch, fetch_or

    def counting():
        counted = fetch("shop.orders", "count")
        return counted(1)

    def checking():
        return fetch_or("shop.orders", "check")(1)

    def anything(name):
        return fetch("shop.orders", name)(1)

    def ask():
        anything("other")
        anything("check")
    """
FILES = {
    "loading.py": LOADING,
    "shop/__init__.py": "",
    "shop/orders.py": PLACES,
    "paid/__init__.py": "",
    "paid/shop/__init__.py": "",
    "paid/shop/orders.py": PLACES,
    "uses.py": USES,
}


def test_a_call_that_writes_the_names_gets_each_variant_of_them_and_nothing_else(resolved: Resolved) -> None:
    program = resolved(FILES)
    called = edges(program, "uses.py::counting")
    assert called == {"loading.py::fetch", "shop/orders.py::count", "paid/shop/orders.py::count"}


def test_names_that_a_function_hands_on_are_each_call_s_own_beside_what_else_it_gives(resolved: Resolved) -> None:
    program = resolved(FILES)
    called = edges(program, "uses.py::checking") - {"loading.py::fetch_or", "loading.py::fetch_or.<locals>.nothing"}
    assert called == {"shop/orders.py::check", "paid/shop/orders.py::check"}


def test_a_call_of_which_a_name_is_not_known_gets_what_any_call_names(resolved: Resolved) -> None:
    program = resolved(FILES)
    called = edges(program, "uses.py::anything")
    assert {"shop/orders.py::other", "shop/orders.py::check"} <= called


def test_functions_that_give_back_what_each_other_gives_come_to_an_end(resolved: Resolved) -> None:
    code = """
        def even(number):
            if not number:
                return "even"
            return odd(number - 1)
        def odd(number):
            if not number:
                return "odd"
            return even(number - 1)
        def f():
            even(4)
    """.replace("\n        ", "\n")
    assert edges(resolved({"m.py": code}), "m.py::f") == {"m.py::even"}


def test_a_function_that_gives_back_its_own_result_in_many_places_is_looked_into_once(resolved: Resolved) -> None:
    lines = ["def visit(node, kind):"]
    lines += [f"    if kind == {kind}:\n        return visit(node, kind)" for kind in range(12)]
    code = "\n".join([*lines, "    return node", "def f():", "    visit([1], 2)", ""])
    assert edges(resolved({"m.py": code}), "m.py::f") == {"m.py::visit"}


def test_a_function_that_may_call_itself_instead_of_the_loader_comes_to_an_end(resolved: Resolved) -> None:
    code = """
        import importlib
        def load(name):
            loader = load if name else importlib.import_module
            return loader(name)
        def f():
            shop = load("shop")
            shop.pay()
        def g():
            load("other")
    """
    program = resolved({"m.py": code, "shop.py": "def pay(): ...", "other.py": ""})
    assert edges(program, "m.py::f") == {"m.py::load", "shop.py::pay"}


def test_loading_through_functions_that_each_ask_the_next_in_many_places_is_given_up(resolved: Resolved) -> None:
    lines = ["import importlib"]
    for level in range(6):
        asks = f"return load{level + 1}(name)" if level < 5 else "return importlib.import_module(name)"
        lines += [f"def load{level}(name):", *(f"    if PAID == {way}:\n        {asks}" for way in range(12))]
    code = "\n".join([*lines, "def f():", "    load0('shop').pay()", ""])
    program = resolved({"m.py": code, "shop.py": "def pay(): ..."})
    assert edges(program, "m.py::f") == {"m.py::load0", "shop.py::pay"}
