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
