"""A service that is asked for before the code was read that registers it is what is registered, and no more."""

from __future__ import annotations

import pytest

from tests.resolve.conftest import Resolved, edges

CONTAINER = """
    class Config:
        def register_service(self, service: Provider[T], iface: Key[T]) -> None: ...
        def maybe_dotted(self, dotted): ...
    class Request:
        def find_service(self, iface: Key[T]) -> Provided[T]: ...
"""
VIEWS = """
    from container import Request
    class Mailer:
        def deliver(self): ...
    class Smtp(Mailer):
        def deliver(self): ...
    class Printed(Mailer):
        def deliver(self): ...
    def f(request: Request):
        request.find_service(Mailer).deliver()
"""


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("Smtp()", {"a.py::Smtp.deliver"}),
        ("make", {"z.py::make", "a.py::Printed.deliver"}),
        ("config.maybe_dotted('…')", {"a.py::Mailer.deliver", "a.py::Smtp.deliver", "a.py::Printed.deliver"}),
    ],
)
def test_what_is_registered_later_is_what_is_asked_for(service: str, expected: set[str], resolved: Resolved) -> None:
    setting_up = f"""
        from a import Mailer, Printed, Smtp
        from container import Config
        def make():
            return Printed()
        def includeme(config: Config):
            config.register_service({service}, Mailer)
    """.replace("\n        ", "\n")
    program = resolved({"a.py": VIEWS, "z.py": setting_up}, {"container": CONTAINER})
    assert edges(program, "a.py::f") == expected


ACTORS = """
    class Actor:
        @classmethod
        def options(cls: Provider[T], *, name: Key[T] = None, space: Label[T] = None, **options) -> type[Self]: ...
    def get_actor(name: Key[T], space: Label[T] = None) -> Provided[T]: ...
"""


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("get_actor('counter').add()", {"m.py::Counter.add"}),
        ("get_actor('other').add()", {"m.py::Other.add"}),
        ("get_actor('counter', space='tests').add()", {"m.py::Other.add"}),
        ("get_actor('nobody').size()", set()),
        ("Other.options(name='more').add()", {"m.py::Other.add"}),
    ],
)
def test_a_class_provides_its_object_under_the_name_that_it_is_told(
    asked: str, expected: set[str], resolved: Resolved
) -> None:
    code = f"""
        from actors import Actor, get_actor
        class Counter(Actor):
            def add(self): ...
        class Other(Actor):
            def add(self): ...
            @classmethod
            def size(cls): ...
        class Third(Actor):
            def size(self): ...
        def start():
            Counter.options(name="counter", space="")
            Other.options(name="other", lifetime="detached")
            Other.options(name="counter", space="tests")
        def f():
            {asked}
    """
    program = resolved({"m.py": code}, {"actors": ACTORS})
    assert {one for one in edges(program, "m.py::f") if not one.endswith(".size")} == expected
