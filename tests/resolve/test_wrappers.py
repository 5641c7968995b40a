"""Which wrappers decorators put around functions."""

from __future__ import annotations

from collections.abc import Callable

from discover.resolve.program import Program

Resolved = Callable[..., Program]


def test_a_wrapper_stays_where_a_function_is_decorated_twice_by_the_same_decorator(resolved: Resolved) -> None:
    text = (
        "def needs(key):\n    def decorate(f):\n        def wrapper(*args):\n            return f(*args)\n"
        "        return wrapper\n    return decorate\n"
        '@needs("a")\n@needs("b")\ndef twice(): ...\n'
        '@needs("a")\ndef once(): ...\n'
        "def keep(f):\n    return f\n@keep\ndef plain(): ...\n@keep\n@needs('a')\ndef kept(): ...\n"
    )
    program = resolved({"app.py": text})
    wrapped = {
        name: [w.record.name for w in program.functions[f"app.py::{name}"].wrappers] for name in ("twice", "once")
    }
    assert wrapped == {"twice": ["wrapper"], "once": ["wrapper"]}
    assert not program.functions["app.py::plain"].wrappers
