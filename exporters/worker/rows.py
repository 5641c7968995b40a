"""Rows of a database cross as their keys: where they are used again, they are read again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

from exporters.worker.classes import Classes
from exporters.worker.errors import RefusedError

_Inner = Callable[[Any], Any]
_Tagged = dict[str, Any]


def is_row(value: object) -> bool:
    """Whether this is an instance of a Django model or of a class that SQLAlchemy maps."""
    return _is_django(value) or _state(value) is not None


def encode(value: Any, inner: _Inner, classes: Classes) -> _Tagged:
    """The row's class and key. A row that is not written yet, or that has unwritten changes, is refused."""
    named: _Tagged = {"$": "row", "class": classes.name(type(value))}
    if _is_django(value):
        if value.pk is None or value._state.adding:
            raise RefusedError("the row is not written yet")
        return named | {"key": [inner(value.pk)], "database": value._state.db}
    state = _state(value)
    if state.identity is None:
        raise RefusedError("the row is not written yet")
    if state.session is not None and _scoped(state.session) is None:
        raise RefusedError("it belongs to a session that ends with the step")
    if state.modified:
        raise RefusedError("it has changes that are not written")
    return named | {"key": [inner(part) for part in state.identity], "attached": state.session is not None}


def decode(value: _Tagged, decode: _Inner, classes: Classes) -> Any:
    """The row as it is in the database now."""
    cls: Any = classes.find(value["class"])
    key = tuple(decode(part) for part in value["key"])
    if "database" in value:
        return cls._base_manager.using(value["database"]).get(pk=key[0])
    found = _read_attached(cls, key) if value["attached"] else _read_detached(cls, key)
    if found is None:
        raise RefusedError(f"the row {key} of {value['class']} is gone")
    return found


def _is_django(value: object) -> bool:
    models = sys.modules.get("django.db.models")
    return models is not None and isinstance(value, models.Model)


def _state(value: object) -> Any:
    """SQLAlchemy's record of an instance; None for anything else."""
    sqlalchemy = sys.modules.get("sqlalchemy")
    if sqlalchemy is None or not hasattr(type(value), "__mapper__"):
        return None
    return sqlalchemy.inspect(value, raiseerr=False)


def _scoped(session: Any) -> Any:
    """The registry (`scoped_session`, Flask-SQLAlchemy's `db.session`) whose session this is."""
    return next((found for found in _registries() if found.registry.has() and found() is session), None)


def _registries() -> Iterator[Any]:
    return _instances("scoped_session", "registry")


def _instances(class_name: str, attribute: str) -> Iterator[Any]:
    """SQLAlchemy's session registries or factories that stand in any module, or on an object such as `db`."""
    orm = sys.modules.get("sqlalchemy.orm")
    if orm is None:
        return
    cls: Any = getattr(orm, class_name)
    seen: set[int] = set()
    for module in list(sys.modules.values()):
        for held in list(getattr(module, "__dict__", {}).values()):
            for found in (held, _own(held).get("session")):
                if issubclass(type(found), cls) and hasattr(found, attribute) and id(found) not in seen:
                    seen.add(id(found))
                    yield found


def _own(held: object) -> dict[str, Any]:
    """An object's own attributes. Not asked of the object itself: a proxy (Flask's) would ask what it stands for."""
    try:
        return object.__getattribute__(held, "__dict__")
    except (AttributeError, TypeError):
        return {}


def _read_attached(cls: type[Any], key: tuple[Any, ...]) -> Any:
    for registry in _registries():
        found = registry().get(cls, _identity(key))
        if found is not None:
            return found
    return None


def _read_detached(cls: type[Any], key: tuple[Any, ...]) -> Any:
    """Read in a session of its own, as the code that gave it away had closed its session too."""
    for make in (*_instances("sessionmaker", "kw"), *_registries()):
        factory = make if hasattr(make, "kw") else make.session_factory
        try:
            session = factory(expire_on_commit=False)
            with session:
                found = session.get(cls, _identity(key))
                if found is not None:
                    session.expunge(found)
                    return found
        except (AttributeError, TypeError, _unbound()):
            continue
    return None


def _unbound() -> type[Exception]:
    """A factory without an engine for this table can't read it."""
    return sys.modules["sqlalchemy.exc"].SQLAlchemyError


def _identity(key: tuple[Any, ...]) -> Any:
    """As a session takes it: the value itself where the key is of one column."""
    return key if len(key) != 1 else next(iter(key))
