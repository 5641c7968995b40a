"""Values on their way out of a process and into another: JSON, with a tag `$` where JSON has no word.

| `$` | value |
| --- | --- |
| `datetime` `date` `time` | ISO text (`zone`: the time zone's name, or what makes it; `fold` where it counts) |
| `timedelta` | days, seconds, microseconds |
| `decimal` `uuid` `int` `float` `path` | text; integers and floats only where JSON's numbers would not hold them |
| `bytes` | base64 |
| `text` | class and text of what a text makes again (`exporters/worker/texts.py`) |
| `markup` | text that a template library holds for safe, and its class |
| `set` `frozenset` `tuple` `range` | items |
| `dict` | pairs, where a key is no text, or is `$`, or the class is one of `collections` |
| `enum` | class and member |
| `dataclass` `namedtuple` `model` | class and fields (`model`: of pydantic) |
| `error` | class, arguments and attributes of an exception |
| `row` | class and key of an ORM's instance: it is read again (`exporters/worker/rows.py`); which object it is |

Anything else is refused. Nothing is ever pickled, no constructor of the backend is called, and a class is found only
when `Classes` allows its name.
"""

from __future__ import annotations

import base64
import binascii
import collections
import dataclasses
import datetime as dt
import decimal
import enum
import importlib
import json
import math
import uuid
import zoneinfo
from collections.abc import Callable, Mapping
from pathlib import PurePath, PurePosixPath
from typing import Any

from exporters.worker import objects, rows, texts, zones
from exporters.worker.classes import Classes
from exporters.worker.errors import RefusedError
from exporters.worker.one_object import Objects

TAG = "$"
_SAFE_INT = 2**53
_MARKUP = frozenset({"django.utils.safestring.SafeString", "markupsafe.Markup"})
_FACTORIES: dict[str, Callable[[], Any]] = {"dict": dict, "float": float, "int": int, "list": list, "set": set}
_DICTS: dict[str, type[Any]] = {"OrderedDict": collections.OrderedDict, "Counter": collections.Counter}
_Tagged = dict[str, Any]


class Crossing:
    """Encodes and decodes the values of one backend."""

    def __init__(self, classes: Classes, step: str = "") -> None:
        self.classes = classes
        self.objects = Objects(step) if step else None
        """What is one object in a step."""

    def of_step(self, step: str) -> Crossing:
        """The same for what one step is given and gives."""
        return Crossing(self.classes, step)

    def encode(self, value: Any, name: str) -> Any:
        """The value as JSON data; `name` is the variable that a refusal tells."""
        try:
            return self._encode(value, frozenset())
        except (RefusedError, RecursionError) as error:
            why = error if isinstance(error, RefusedError) else "it is nested too deeply"
            cls = type(value)
            raise RefusedError(f"`{name}` ({_dotted(cls)}) can't go from one step to another: {why}") from error

    def decode(self, value: Any) -> Any:
        """The value that `encode` took. Data that no encoder has written is refused."""
        if isinstance(value, list):
            return [self.decode(item) for item in value]
        if not isinstance(value, dict):
            return value
        if TAG not in value:
            return {key: self.decode(item) for key, item in value.items()}
        decoder = _DECODERS.get(value[TAG]) if isinstance(value[TAG], str) else None
        if decoder is None:
            raise RefusedError(f"a stored value has the unknown tag {value[TAG]!r}")
        try:
            return decoder(self, value)
        except (
            ArithmeticError,
            AttributeError,
            ImportError,
            KeyError,
            LookupError,
            TypeError,
            ValueError,
            OSError,
        ) as error:
            raise RefusedError(f"a stored {value[TAG]} can't be read: {type(error).__name__}: {error}") from error

    def _encode(self, value: Any, above: frozenset[int]) -> Any:
        cls = type(value)
        if value is None or cls in {bool, str}:
            return value
        if cls is int:
            return value if abs(value) < _SAFE_INT else {TAG: "int", "value": hex(value)}
        if cls is float:
            return value if math.isfinite(value) else {TAG: "float", "value": str(value)}
        if id(value) in above:
            raise RefusedError("it holds itself")
        above |= {id(value)}

        def inner(item: Any) -> Any:
            return self._encode(item, above)

        if cls is list:
            return [inner(item) for item in value]
        if cls is dict and all(type(key) is str and key != TAG for key in value):
            return {key: inner(item) for key, item in value.items()}
        encoder = _ENCODERS.get(cls) or next((found for fits, found in _SHAPES if fits(value)), None)
        if encoder is None:
            raise RefusedError(f"a {_dotted(cls)} can't be stored")
        told = encoder(value, inner, self.classes)
        return self.objects.named(value, told) if encoder is rows.encode and self.objects is not None else told


def _read_row(crossing: Crossing, value: _Tagged) -> Any:
    def read() -> Any:
        return rows.decode(value, crossing.decode, crossing.classes)

    return crossing.objects.read(value, read) if crossing.objects is not None else read()


def _pairs(value: Mapping[Any, Any], inner: Callable[[Any], Any]) -> list[list[Any]]:
    return [[inner(key), inner(item)] for key, item in value.items()]


def _dict(value: Any, inner: Callable[[Any], Any], _classes: Classes) -> _Tagged:
    tagged: _Tagged = {TAG: "dict", "items": _pairs(value, inner)}
    if type(value) is collections.defaultdict:
        factory = value.default_factory
        if factory is not None and _FACTORIES.get(factory.__name__) is not factory:
            raise RefusedError("a defaultdict's factory can't be stored")
        return tagged | {"class": "defaultdict", "factory": factory.__name__ if factory else None}
    return tagged if type(value) is dict else tagged | {"class": type(value).__name__}


def _decode_dict(crossing: Crossing, value: _Tagged) -> Any:
    items = {crossing.decode(key): crossing.decode(item) for key, item in value["items"]}
    name = value.get("class")
    if name == "defaultdict":
        return collections.defaultdict(_FACTORIES[value["factory"]] if value["factory"] else None, items)
    return items if name is None else _DICTS[name](items)


def _zoned(tag: str) -> Callable[[Any, Any, Any], _Tagged]:
    def encode(value: dt.datetime | dt.time, _inner: object, _classes: object) -> _Tagged:
        tagged: _Tagged = {TAG: tag, "value": value.isoformat()}
        if isinstance(value.tzinfo, zoneinfo.ZoneInfo) and value.tzinfo.key:
            tagged |= {"value": value.replace(tzinfo=None).isoformat(), "zone": value.tzinfo.key}
        elif value.tzinfo is not None and not isinstance(value.tzinfo, dt.timezone):
            tagged |= {"value": value.replace(tzinfo=None).isoformat(), "zone": zones.encode(value.tzinfo)}
        return tagged | ({"fold": 1} if value.fold else {})

    return encode


def _decode_zoned(read: Callable[[str], Any]) -> Callable[[Crossing, _Tagged], Any]:
    def decode(_crossing: Crossing, value: _Tagged) -> Any:
        found = read(value["value"])
        if "zone" in value:
            zone = value["zone"]
            found = found.replace(tzinfo=zones.decode(zone) if isinstance(zone, dict) else zoneinfo.ZoneInfo(zone))
        return found.replace(fold=1) if value.get("fold") else found

    return decode


def _timedelta(value: dt.timedelta, _inner: object, _classes: object) -> _Tagged:
    return {TAG: "timedelta", "days": value.days, "seconds": value.seconds, "microseconds": value.microseconds}


def _text(tag: str) -> Callable[[Any, Any, Any], _Tagged]:
    return lambda value, _inner, _classes: {TAG: tag, "value": str(value)}


def _bytes(value: bytes | bytearray, _inner: object, _classes: object) -> _Tagged:
    tagged: _Tagged = {TAG: "bytes", "value": base64.b64encode(value).decode("ascii")}
    return tagged | ({"mutable": True} if isinstance(value, bytearray) else {})


def _decode_bytes(_crossing: Crossing, value: _Tagged) -> bytes | bytearray:
    try:
        found = base64.b64decode(value["value"], validate=True)
    except binascii.Error as error:
        raise RefusedError("stored bytes are no base64") from error
    return bytearray(found) if value.get("mutable") else found


def _dotted(cls: type[Any]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _is_markup(value: object) -> bool:
    return _dotted(type(value)) in _MARKUP


def _markup(value: str, _inner: object, _classes: object) -> _Tagged:
    return {TAG: "markup", "class": _dotted(type(value)), "value": str.__str__(value)}


def _decode_markup(_crossing: Crossing, value: _Tagged) -> Any:
    if value["class"] not in _MARKUP:
        raise RefusedError(f"{value['class']} is no markup")
    module, _, name = value["class"].rpartition(".")
    return getattr(importlib.import_module(module), name)(value["value"])


def _items(tag: str) -> Callable[[Any, Any, Any], _Tagged]:
    def encode(value: Any, inner: Callable[[Any], Any], _classes: object) -> _Tagged:
        found = [inner(item) for item in value]
        if tag in {"set", "frozenset"}:
            found.sort(key=lambda item: json.dumps(item, sort_keys=True))
        return {TAG: tag, "items": found}

    return encode


def _range(value: range, _inner: object, _classes: object) -> _Tagged:
    return {TAG: "range", "items": [value.start, value.stop, value.step]}


def _made_of(make: Callable[[list[Any]], Any]) -> Callable[[Crossing, _Tagged], Any]:
    return lambda crossing, value: make([crossing.decode(item) for item in value["items"]])


def _read(make: Callable[[str], Any]) -> Callable[[Crossing, _Tagged], Any]:
    return lambda _crossing, value: make(value["value"])


def _is_path(value: object) -> bool:
    return isinstance(value, PurePath) and type(value).__module__.partition(".")[0] == "pathlib"


def _path(value: PurePath, _inner: object, _classes: object) -> _Tagged:
    return {TAG: "path", "value": value.as_posix(), "pure": type(value) is PurePosixPath}


def _decode_path(_crossing: Crossing, value: _Tagged) -> PurePath:
    from pathlib import Path

    return PurePosixPath(value["value"]) if value["pure"] else Path(value["value"])


_ENCODERS: dict[type[Any], Callable[[Any, Callable[[Any], Any], Classes], _Tagged]] = {
    dt.datetime: _zoned("datetime"),
    dt.date: lambda value, _inner, _classes: {TAG: "date", "value": value.isoformat()},
    dt.time: _zoned("time"),
    dt.timedelta: _timedelta,
    decimal.Decimal: _text("decimal"),
    uuid.UUID: _text("uuid"),
    bytes: _bytes,
    bytearray: _bytes,
    set: _items("set"),
    frozenset: _items("frozenset"),
    tuple: _items("tuple"),
    range: _range,
    dict: _dict,
    collections.OrderedDict: _dict,
    collections.Counter: _dict,
    collections.defaultdict: _dict,
}
_SHAPES: tuple[tuple[Callable[[Any], bool], Callable[[Any, Callable[[Any], Any], Classes], _Tagged]], ...] = (
    (lambda value: isinstance(value, enum.Enum), objects.encode_enum),
    (_is_path, _path),
    (_is_markup, _markup),
    (texts.is_told, texts.encode),
    (rows.is_row, rows.encode),
    (objects.is_model, objects.encode_model),
    (lambda value: dataclasses.is_dataclass(value) and not isinstance(value, type), objects.encode_dataclass),
    (objects.is_namedtuple, objects.encode_namedtuple),
    (lambda value: isinstance(value, BaseException), objects.encode_error),
)
_DECODERS: dict[str, Callable[[Crossing, _Tagged], Any]] = {
    "int": _read(lambda text: int(text, 16)),
    "float": _read(float),
    "dict": _decode_dict,
    "datetime": _decode_zoned(dt.datetime.fromisoformat),
    "date": _read(dt.date.fromisoformat),
    "time": _decode_zoned(dt.time.fromisoformat),
    "timedelta": lambda _crossing, value: dt.timedelta(value["days"], value["seconds"], value["microseconds"]),
    "decimal": _read(decimal.Decimal),
    "uuid": _read(uuid.UUID),
    "bytes": _decode_bytes,
    "set": _made_of(set),
    "frozenset": _made_of(frozenset),
    "tuple": _made_of(tuple),
    "range": _made_of(lambda items: range(*items)),
    "path": _decode_path,
    "markup": _decode_markup,
    "text": lambda crossing, value: texts.decode(value["class"], crossing.decode(value["value"])),
    "enum": lambda crossing, value: objects.decode_enum(value, crossing.classes),
    "row": _read_row,
    "model": lambda crossing, value: objects.decode_model(value, crossing.decode, crossing.classes),
    "dataclass": lambda crossing, value: objects.decode_dataclass(value, crossing.decode, crossing.classes),
    "namedtuple": lambda crossing, value: objects.decode_namedtuple(value, crossing.decode, crossing.classes),
    "error": lambda crossing, value: objects.decode_error(value, crossing.decode, crossing.classes),
}
