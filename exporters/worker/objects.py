"""Instances of classes that cross a process field by field: made again without calling their constructors."""

from __future__ import annotations

import dataclasses
import enum
import sys
from collections.abc import Callable
from typing import Any

from exporters.worker.classes import Classes
from exporters.worker.errors import RefusedError

_Inner = Callable[[Any], Any]
_Tagged = dict[str, Any]


def encode_enum(value: enum.Enum, _inner: _Inner, classes: Classes) -> _Tagged:
    """By the member's name; flags in any combination by their number."""
    named = {"$": "enum", "class": classes.name(type(value))}
    if value.name in type(value).__members__:
        return named | {"member": value.name}
    if isinstance(value, enum.Flag):
        return named | {"value": value.value}
    raise RefusedError("an enum's member has no name")


def decode_enum(value: _Tagged, classes: Classes) -> enum.Enum:
    """The member itself."""
    cls = classes.find(value["class"])
    if not issubclass(cls, enum.Enum):
        raise RefusedError(f"{value['class']} is no enum")
    return cls[value["member"]] if "member" in value else cls(value["value"])


def encode_dataclass(value: Any, inner: _Inner, classes: Classes) -> _Tagged:
    """All fields that are set, and the attributes beside them."""
    own = vars(value) if hasattr(value, "__dict__") else {}
    names = [field.name for field in dataclasses.fields(value)]
    told = {
        "$": "dataclass",
        "class": classes.name(type(value)),
        "fields": {name: inner(getattr(value, name)) for name in names if hasattr(value, name)},
    }
    beside = {name: inner(own[name]) for name in own if name not in names}
    return told | ({"beside": beside} if beside else {})


def decode_dataclass(value: _Tagged, decode: _Inner, classes: Classes) -> Any:
    """An instance with the fields set; `__init__` and `__post_init__` are not called again."""
    cls = classes.find(value["class"])
    if not dataclasses.is_dataclass(cls):
        raise RefusedError(f"{value['class']} is no dataclass")
    made: Any = object.__new__(cls)
    names = {field.name for field in dataclasses.fields(cls)}
    for name, item in value["fields"].items():
        if name not in names:
            raise RefusedError(f"{value['class']} has no field {name}")
        object.__setattr__(made, name, decode(item))
    for name, item in value.get("beside", {}).items():
        object.__setattr__(made, name, decode(item))
    return made


def is_namedtuple(value: object) -> bool:
    """Whether this is an instance of a class that `namedtuple` or `NamedTuple` has made."""
    return isinstance(value, tuple) and isinstance(getattr(type(value), "_fields", None), tuple)


def encode_namedtuple(value: Any, inner: _Inner, classes: Classes) -> _Tagged:
    """The items, in order."""
    return {"$": "namedtuple", "class": classes.name(type(value)), "items": [inner(item) for item in value]}


def decode_namedtuple(value: _Tagged, decode: _Inner, classes: Classes) -> Any:
    """A tuple of the class."""
    cls = classes.find(value["class"])
    if not (issubclass(cls, tuple) and hasattr(cls, "_fields")):
        raise RefusedError(f"{value['class']} is no named tuple")
    return tuple.__new__(cls, [decode(item) for item in value["items"]])


def is_model(value: object) -> bool:
    """Whether this is a pydantic model; False where pydantic was never imported."""
    pydantic = sys.modules.get("pydantic")
    return pydantic is not None and isinstance(value, pydantic.BaseModel)


def encode_model(value: Any, inner: _Inner, classes: Classes) -> _Tagged:
    """Fields, extra values, private attributes, and which fields were given."""
    private = value.__pydantic_private__ or {}
    return {
        "$": "model",
        "class": classes.name(type(value)),
        "fields": {name: inner(item) for name, item in value.__dict__.items()},
        "set": sorted(value.model_fields_set),
        "extra": None if value.model_extra is None else {name: inner(item) for name, item in value.model_extra.items()},
        "private": {name: inner(item) for name, item in private.items() if not _is_undefined(item)},
    }


def _is_undefined(value: object) -> bool:
    return type(value).__name__ == "PydanticUndefinedType"


def decode_model(value: _Tagged, decode: _Inner, classes: Classes) -> Any:
    """A model with the same fields, not validated again: it was valid when it was stored."""
    cls: Any = classes.find(value["class"])
    if not any(base.__module__.partition(".")[0] == "pydantic" for base in cls.__mro__):
        raise RefusedError(f"{value['class']} is no pydantic model")
    made = cls.model_construct(_fields_set=set(value["set"]))
    private = {name: decode(item) for name, item in value["private"].items()}
    state = {
        "__dict__": {name: decode(item) for name, item in value["fields"].items()},
        "__pydantic_fields_set__": set(value["set"]),
        "__pydantic_extra__": None if value["extra"] is None else {k: decode(v) for k, v in value["extra"].items()},
        "__pydantic_private__": private or made.__pydantic_private__,
    }
    made.__setstate__(state)
    return made


def encode_error(value: BaseException, inner: _Inner, classes: Classes) -> _Tagged:
    """Class, arguments and those attributes that can be stored; its traceback and cause stay behind."""
    return {
        "$": "error",
        "class": classes.name(type(value)),
        "args": [inner(item) for item in value.args],
        "fields": {name: found for name, item in vars(value).items() if (found := _storable(item, inner)) is not None},
    }


def _storable(item: Any, inner: _Inner) -> Any:
    """An error often holds the request that failed: what can't be stored stays behind, the error crosses without."""
    try:
        return {"value": inner(item)}
    except RefusedError:
        return None


def decode_error(value: _Tagged, decode: _Inner, classes: Classes) -> BaseException:
    """The exception; its constructor is not called."""
    cls = classes.find(value["class"], error=True)
    if not issubclass(cls, BaseException):
        raise RefusedError(f"{value['class']} is no exception")
    arguments = [decode(item) for item in value["args"]]
    made = cls.__new__(cls, *arguments)
    made.args = tuple(arguments)
    made.__dict__.update({name: decode(item["value"]) for name, item in value["fields"].items()})
    return made
