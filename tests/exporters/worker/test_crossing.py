"""Values cross a process and come back the same; what can't is refused by name; nothing else is ever loaded."""

from __future__ import annotations

import collections
import contextlib
import datetime as dt
import decimal
import fractions
import http
import ipaddress
import json
import sys
import uuid
import zoneinfo
from pathlib import Path, PurePosixPath
from typing import Any

import dateutil.tz
import pytest
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from exporters.worker.classes import Classes
from exporters.worker.crossing import Crossing
from exporters.worker.errors import RefusedError

BACKEND = """
import dataclasses, datetime as dt, enum, typing
from pydantic import BaseModel, Field, HttpUrl, PostgresDsn, PrivateAttr, SecretStr

class Colour(enum.Enum):
    RED = "r"
class Right(enum.Flag):
    READ = 1
    WRITE = 2
class Level(enum.IntEnum):
    LOW = 1
@dataclasses.dataclass(frozen=True, slots=True)
class Money:
    amount: int
    currency: str = "EUR"
class Point(typing.NamedTuple):
    x: int
    y: int
class Address(BaseModel):
    city: str
class Customer(BaseModel, extra="allow"):
    name: str = Field(alias="fullName", min_length=2)
    address: Address
    note: str | None = None
    _seen: int = PrivateAttr(default=0)
class Meeting(BaseModel):
    at: dt.datetime
    hour: dt.time
    page: HttpUrl
    store: PostgresDsn
    word: SecretStr
@dataclasses.dataclass
class Sum:
    a: int
    def __post_init__(self):
        self.twice = 2 * self.a
class Broken(ValueError):
    def __init__(self, errors, *, code):
        super().__init__("broken: " + ", ".join(errors))
        self.errors, self.code, self.socket = errors, code, object()
def customer():
    made = Customer(fullName="Ada", address=Address(city="London"), tier=3)
    made._seen = 4
    return made
"""


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module of the backend, below the only root."""
    (tmp_path / "crossing_backend.py").write_text(BACKEND, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "crossing_backend", raising=False)
    import importlib

    return importlib.import_module("crossing_backend")


@pytest.fixture
def crossing(tmp_path: Path) -> Crossing:
    return Crossing(Classes([tmp_path]))


def through(crossing: Crossing, value: Any) -> Any:
    return crossing.decode(json.loads(json.dumps(crossing.encode(value, "value"), allow_nan=False)))


_KEYS = st.one_of(st.text(), st.integers(), st.booleans(), st.none(), st.tuples(st.integers()), st.dates())
_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(),
    st.decimals(allow_nan=False),
    st.uuids(),
    st.datetimes(),
    st.datetimes(timezones=st.just(dt.UTC)),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.frozensets(st.integers()),
    st.builds(range, st.integers(-9, 9), st.integers(-9, 9)),
)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner), st.tuples(inner, inner), st.dictionaries(_KEYS, inner), st.dictionaries(st.just("$"), inner)
    ),
    max_leaves=20,
)


@given(_VALUES)
def test_whatever_crosses_comes_back_the_same(value: Any) -> None:
    back = through(Crossing(Classes()), value)
    assert back == value
    assert repr(back) == repr(value) or isinstance(value, frozenset | dict | list | tuple)


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.sampled_from(["set", "row", "enum", "error"])),
        lambda inner: st.one_of(
            st.lists(inner),
            st.dictionaries(
                st.one_of(st.sampled_from(["$", "class", "value", "items", "fields", "args", "key"]), st.text()), inner
            ),
        ),
    )
)
def test_data_that_no_encoder_wrote_is_refused_or_read_and_never_crashes(data: Any) -> None:
    with contextlib.suppress(RefusedError):
        Crossing(Classes()).decode(data)


@pytest.mark.parametrize("cls", [SafeString, Markup])
def test_text_that_is_held_for_safe_stays_so(crossing: Crossing, cls: type[str]) -> None:
    back = through(crossing, [cls("<b>")])[0]
    assert type(back) is cls
    assert back == "<b>"
    with pytest.raises(RefusedError, match="no markup"):
        crossing.decode({"$": "markup", "class": "os.system", "value": "x"})


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC"])
def test_times_in_zones_of_older_libraries_come_back_in_them(crossing: Crossing, name: str) -> None:
    at = dt.datetime(2024, 10, 27, 2, 30)  # noqa: DTZ001 - its zone comes with each value
    pytz = pytest.importorskip("pytz")
    of_pytz = [pytz.timezone(name).localize(at, is_dst=is_dst) for is_dst in (True, False)]
    overdue = of_pytz[0] + dt.timedelta(days=1)  # in a zone that no longer is: pytz's users normalise it
    values = [*of_pytz, overdue, at.replace(tzinfo=pytz.FixedOffset(90)), at.replace(tzinfo=dateutil.tz.gettz(name))]
    for value in [*values, at.replace(tzinfo=dateutil.tz.tzutc()), at.replace(tzinfo=dateutil.tz.tzoffset("x", 60))]:
        back = through(crossing, value)
        assert (back, back.tzname(), back.isoformat()) == (value, value.tzname(), value.isoformat())
        assert type(back.tzinfo) is type(value.tzinfo)
        assert (back + dt.timedelta(days=90)).isoformat() == (value + dt.timedelta(days=90)).isoformat()


def test_a_zone_that_has_no_name_is_refused(crossing: Crossing) -> None:
    for zone in (dateutil.tz.tzlocal(), dateutil.tz.tzrange("A", -60, "B", 0)):
        with pytest.raises(RefusedError, match="a time zone of dateutil"):
            crossing.encode(dt.datetime(2024, 1, 1, tzinfo=zone), "at")
    with pytest.raises(RefusedError, match="unknown"):
        crossing.decode(
            {"$": "datetime", "value": "2024-01-01", "zone": {"library": "os", "make": "x", "arguments": []}}
        )


def test_classes_of_the_backend_cross_field_by_field(backend: Any, crossing: Crossing) -> None:
    for value in (
        backend.Colour.RED,
        backend.Right.READ | backend.Right.WRITE,
        backend.Level.LOW,
        backend.Money(3),
        backend.Point(1, 2),
        http.HTTPStatus.NOT_FOUND,
        collections.OrderedDict(b=1, a=2),
        collections.Counter("abba"),
        PurePosixPath("a/b"),
        dt.timedelta(days=-1, microseconds=3),
        dt.datetime(2026, 10, 25, 2, 30, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"), fold=1),
        decimal.Decimal("1.10"),
        uuid.UUID(int=7),
    ):
        back = through(crossing, value)
        assert back == value
        assert type(back) is type(value)


def test_a_model_is_the_same_model_with_what_it_was_given(backend: Any, crossing: Crossing) -> None:
    given_model = backend.customer()
    back = through(crossing, given_model)
    assert back == given_model
    assert (back.model_fields_set, back.tier, back._seen) == (given_model.model_fields_set, 3, 4)


def test_an_error_crosses_without_its_constructor_and_without_what_it_can_not_take_along(
    backend: Any, crossing: Crossing
) -> None:
    back = through(crossing, backend.Broken(["a", "b"], code=7))
    assert (type(back), str(back), back.errors, back.code) == (backend.Broken, "broken: a, b", ["a", "b"], 7)
    assert not hasattr(back, "socket")


class Foreign:
    pass


def _holding_itself() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (Foreign(), "can't be stored"),
        ({"deep": [Foreign()]}, "can't be stored"),
        (iter([]), "can't be stored"),
        (lambda: 1, "can't be stored"),
        (_holding_itself(), "it holds itself"),
        (type("Made", (tuple,), {"_fields": ()})(), "no class of the backend's own modules"),
        (open, "can't be stored"),
    ],
)
def test_what_can_not_cross_is_refused_with_the_variables_name_and_type(value: Any, why: str) -> None:
    with pytest.raises(RefusedError, match=rf"^`order` \({type(value).__module__}\.\S+\) can't go .*{why}"):
        Crossing(Classes()).encode(value, "order")


@pytest.mark.parametrize(
    "named",
    ["subprocess:Popen", "os:system", "crossing_backend.Money", "a.b:c", "../x:y", "antigravity:x", ":", "this:x"],
)
@pytest.mark.parametrize("tag", ["enum", "dataclass", "namedtuple", "model", "row", "error"])
def test_a_stored_name_can_not_load_what_is_not_the_backends(tag: str, named: str, crossing: Crossing) -> None:
    before = set(sys.modules)
    data = {"$": tag, "class": named, "fields": {}, "items": [], "key": [1], "args": [], "set": [], "member": "x"}
    with pytest.raises(RefusedError):
        crossing.decode(data | {"extra": None, "private": {}, "attached": True})
    assert not {"antigravity", "this"} & (set(sys.modules) - before)


def test_what_pydantic_makes_of_texts_stays_that(backend: Any, crossing: Crossing):
    made = backend.Meeting(
        at="2024-01-02T03:04:05+02:00",
        hour="03:04:05Z",
        page="https://a.example/b?c=1",
        store="postgres://u:p@h/d",
        word="secret",
    )
    found = through(crossing, made)
    assert found == made
    assert (str(found.at.tzinfo), type(found.page)) == (str(made.at.tzinfo), type(made.page))
    assert found.word.get_secret_value() == "secret"


@pytest.mark.parametrize(
    "value", [fractions.Fraction(1, 3), complex(1, 2), ipaddress.ip_address("1.2.3.4"), ipaddress.ip_network("::/64")]
)
def test_what_a_text_makes_again_crosses(crossing: Crossing, value: object):
    assert through(crossing, value) == value


def test_a_text_makes_nothing_else(crossing: Crossing):
    with pytest.raises(RefusedError, match="is not made of a text"):
        crossing.decode({"$": "text", "class": "subprocess:Popen", "value": "true"})


def test_attributes_beside_the_fields_of_a_dataclass_cross(backend: Any, crossing: Crossing):
    assert through(crossing, backend.Sum(3)).twice == 6
