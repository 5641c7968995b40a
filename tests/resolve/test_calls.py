"""Which functions a call runs: code in, targets out."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from discover.facts import records as ir
from discover.facts.extract import extract
from discover.facts.source_text import text_of
from discover.resolve.program import resolve
from discover.resolve.values import ConstantValue
from tests.resolve.conftest import Resolved, edges, externals

MODELS = """
    class Base:
        def save(self): ...
        def touch(self):
            self.save()

    class User(Base):
        def save(self): ...
        @property
        def company(self):
            return Company()

    class Company:
        def rename(self): ...
"""

TABLE = yaml.safe_load((Path(__file__).parent / "calls.yaml").read_text())
FILES: dict[str, str] = TABLE["files"]
CASES: dict[str, dict[str, Any]] = {case["it reaches"]: case for case in TABLE["cases"]}


@pytest.mark.parametrize("name", CASES)
def test_a_call_reaches(name: str, resolved: Resolved) -> None:
    case = CASES[name]
    program = resolved({**FILES, "m.py": case["code"]})
    assert edges(program, "m.py::f") == set(case["targets"])


def test_what_a_callback_parameter_holds_is_called_where_it_is_called(resolved: Resolved) -> None:
    program = resolved({"m.py": "def cb(): ...\ndef run(fn):\n    fn()\ndef main():\n    run(cb)"})
    assert edges(program, "m.py::run") == {"m.py::cb"}
    assert edges(program, "m.py::main") == {"m.py::run"}


def test_arguments_reach_the_wrapped_function_through_star_arguments(resolved: Resolved) -> None:
    code = CASES["arguments passed on by *args"]["code"]
    assert "models.py::User.save" in edges(resolved({**FILES, "m.py": code}), "m.py::g")


def test_self_calls_of_a_base_class_reach_the_overrides_with_less_confidence(resolved: Resolved) -> None:
    program = resolved({"models.py": MODELS})
    [site] = program.sites(program.functions["models.py::Base.touch"])
    confidence = {target.function.id: target.confidence for target in site.targets}
    assert set(confidence) == {"models.py::Base.save", "models.py::User.save"}
    assert confidence["models.py::User.save"] < confidence["models.py::Base.save"]


def test_an_object_whose_construction_was_seen_reaches_no_override(resolved: Resolved) -> None:
    program = resolved({"models.py": MODELS, "m.py": "from models import Base\ndef f():\n    Base().save()"})
    assert edges(program, "m.py::f") == {"models.py::Base.save"}


def test_super_follows_c3_order_through_mixins(resolved: Resolved) -> None:
    program = resolved(
        {
            "m.py": """
            class Base:
                def save(self): ...
            class Audit(Base):
                def save(self):
                    super().save()
            class Cache(Base):
                def save(self):
                    super().save()
            class Order(Audit, Cache):
                def save(self):
                    super().save()
            """
        }
    )
    assert edges(program, "m.py::Order.save") == {"m.py::Audit.save"}
    assert edges(program, "m.py::Audit.save") == {"m.py::Base.save", "m.py::Cache.save"}
    assert [c.record.name for c in program.classes["m.py::Order"].mro] == ["Order", "Audit", "Cache", "Base"]


def test_a_decorated_function_is_called_and_its_wrapper_knows_it(resolved: Resolved) -> None:
    program = resolved(
        {
            "m.py": """
            import functools
            def audited(fn):
                @functools.wraps(fn)
                def wrapper(*args):
                    log()
                    return fn(*args)
                return wrapper
            def log(): ...
            @audited
            def pay(): ...
            def f():
                pay()
            """
        }
    )
    assert edges(program, "m.py::f") == {"m.py::pay"}
    assert [w.id for w in program.functions["m.py::pay"].wrappers] == ["m.py::audited.<locals>.wrapper"]
    assert edges(program, "m.py::audited.<locals>.wrapper") == {"m.py::log", "m.py::pay"}


def test_external_calls_keep_their_dotted_path(resolved: Resolved) -> None:
    program = resolved(
        {
            "m.py": """
            import requests
            from boto3 import client as make
            def f():
                requests.post("https://example.org")
                make("s3").put_object()
            """
        }
    )
    assert externals(program, "m.py::f") == {"requests.post", "boto3.client", "boto3.client().put_object"}


STUB = """
    class Task(Generic[F]):
        run: F
        __call__: F
        def delay(self, *args, **kwargs) -> Result: ...
    class Result: ...
    @overload
    def task(function: F) -> Task[F]: ...
    @overload
    def task(**options) -> Callable[[F], Task[F]]: ...
"""


@pytest.mark.parametrize("decorator", ["@task", "@task(retries=3)", "@named"])
def test_a_task_object_keeps_the_function_it_was_made_from(decorator: str, resolved: Resolved) -> None:
    program = resolved(
        {
            "m.py": f"""
            from queue_lib import task
            def named(fn):
                return task(name="x")(fn)
            @named
            def other(): ...
            {decorator}
            def send(): ...
            def f():
                send.delay()
                send()
            """.replace("\n            ", "\n")
        },
        {"queue_lib": STUB},
    )
    delayed, called = program.sites(program.functions["m.py::f"])
    assert [e.path for e in delayed.externals] == ["queue_lib.Task.delay"]
    receiver = delayed.externals[0].receiver
    assert receiver is not None
    assert [f.id for f in program.functions_of(dict(receiver.bindings)["F"])] == ["m.py::send"]  # type: ignore[attr-defined]
    assert [t.function.id for t in called.targets] == ["m.py::send"]


def test_what_is_made_of_a_class_of_the_project_is_that_whatever_the_annotation_calls_it(resolved: Resolved) -> None:
    program = resolved(
        {
            "m.py": """
            from queue_lib import Result
            class Chrome:
                def picture(self): ...
            class Firefox:
                def picture(self): ...
            def driver(name) -> Result:
                return Chrome() if name else Firefox()
            def f():
                driver("a").picture()
            """
        },
        {"queue_lib": STUB},
    )
    assert edges(program, "m.py::f") == {"m.py::driver", "m.py::Chrome.picture", "m.py::Firefox.picture"}


ORM = """
    class Manager(Generic[M]):
        def __get__(self, instance, owner: type[M]) -> Self: ...
        def filter(self, **kwargs) -> QuerySet[M]: ...
    class QuerySet(Manager[M]):
        def __iter__(self) -> Iterator[M]: ...
        def first(self) -> Optional[M]: ...
    class Model:
        objects: Manager[Self]
        def save(self) -> None: ...
    class ForeignKey(Generic[T]):
        def __init__(self, to: type[T], related_name=None): ...
        def __get__(self, instance, owner) -> T: ...
        def __contribute__(self, related_name="{owner}_set") -> QuerySet[Owner]: ...
    class View(Generic[M]):
        queryset: QuerySet[M]
        def get_object(self) -> M: ...
        def done(self, instance: M) -> None: ...
"""

SHOP = """
    from orm import ForeignKey, Manager, Model, View
    class CustomerManager(Manager):
        def active(self):
            return self.filter(active=True)
    class Customer(Model):
        objects = CustomerManager()
        def greet(self): ...
    class Order(Model):
        customer = ForeignKey("Customer", related_name="orders")
        replaces = ForeignKey("self", related_name="replaced_by")
        def ship(self): ...
    class OrderView(View):
        queryset = Order.objects.filter(open=True)
        def done(self, instance):
            instance.ship()
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("Customer.objects.active().first().greet()", {"shop.py::CustomerManager.active", "shop.py::Customer.greet"}),
        ("Order.objects.filter().first().customer.greet()", {"shop.py::Customer.greet"}),
        ("[o.ship() for o in Customer().orders]", {"shop.py::Order.ship"}),
        ("OrderView().get_object().ship()", {"shop.py::Order.ship"}),
        ("Order().replaces.ship()", {"shop.py::Order.ship"}),
    ],
)
def test_generic_stubs_carry_model_classes(code: str, expected: set[str], resolved: Resolved) -> None:
    program = resolved({"shop.py": SHOP, "m.py": f"from shop import *\ndef f():\n    {code}"}, {"orm": ORM})
    assert edges(program, "m.py::f") == expected


def test_an_override_that_several_classes_inherit_gives_each_its_own_model(resolved: Resolved) -> None:
    views = """
        class Own(View):
            def get_object(self, strict=True):
                return super().get_object()
        class Orders(Own):
            queryset = Order.objects.filter(open=True)
        class Customers(Own):
            queryset = Customer.objects.filter(active=True)
        def f():
            Orders().get_object(False).ship()
        def g():
            Customers().get_object(False).greet()
    """.replace("\n        ", "\n")
    program = resolved({"shop.py": SHOP, "m.py": f"from shop import *\n{views}"}, {"orm": ORM})
    assert edges(program, "m.py::f") == {"m.py::Own.get_object", "shop.py::Order.ship"}
    assert edges(program, "m.py::g") == {"m.py::Own.get_object", "shop.py::Customer.greet"}


def test_an_override_takes_parameter_types_from_the_overridden_stub_method(resolved: Resolved) -> None:
    program = resolved({"shop.py": SHOP}, {"orm": ORM})
    assert edges(program, "shop.py::OrderView.done") == {"shop.py::Order.ship"}


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("settings.URL", "https://api.example.org/v1"),
        ("settings.URL + '/users'", "https://api.example.org/v1/users"),
        ("f'{settings.URL}/users/{user_id}'", "https://api.example.org/v1/users/{}"),
        ("'%s/users/%d' % (settings.URL, 3)", "{}/users/{}"),
        ("'{}/x'.format(settings.URL)", "https://api.example.org/v1/x"),
        ("Topic.PAID.value", "orders.paid"),
        ("Topic.PAID", "orders.paid"),
        ("'/'.join(['a', 'b'])", "a/b"),
        ("os.environ.get('TOPIC', 'orders')", "orders"),
        ("'/v1/'.strip('/') + '/users'", "v1/users"),
        ("'send_mail'.replace('_', '-')", "send-mail"),
        ("'/users/:id'.replace(':id', str(user_id))", "/users/{}"),
        ("'/v1/users'.removeprefix('/v1')", "/users"),
    ],
)
def test_constants_are_evaluated_across_modules(expression: str, text: str, resolved: Resolved) -> None:
    program = resolved(
        {
            "settings.py": "HOST = 'https://api.example.org'\nURL = HOST + '/v1'\n",
            "topics.py": "import enum\nclass Topic(enum.Enum):\n    PAID = 'orders.paid'\n",
            "m.py": f"import os\nimport settings\nfrom topics import Topic\ndef f(user_id):\n    send({expression})\n",
        }
    )
    sites = program.sites(program.functions["m.py::f"])
    [site] = [s for s in sites if isinstance(s.call.function, ir.Name) and s.call.function.id == "send"]
    assert program.text_of(site.arguments[0]) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("A", "https://a.example"),
        ("B", "https://b.example"),
        ("C", "https://none.example"),
        ("D", "https://none.example/x"),
        ("E", None),
    ],
)
def test_each_caller_gets_the_constant_back_that_it_gave(name: str, text: str | None, resolved: Resolved) -> None:
    settings = """
        import os
        def url(name, default="https://none.example"):
            return os.environ.get(name, default).rstrip("/")
        def under(base):
            base = base + "/x"
            return base
        A = url("A", "https://a.example")
        B = url("B", default="https://b.example")
        C = url("C")
        D = under(url(name))
        E = url("E", unknown())
    """
    code = f"import settings\ndef f():\n    send(settings.{name})\n"
    program = resolved({"settings.py": textwrap.dedent(settings), "m.py": code})
    [site] = [s for s in program.sites(program.functions["m.py::f"]) if text_of(s.call.function) == "send"]
    assert program.text_of(site.arguments[0]) == text


@pytest.mark.parametrize(("name", "texts"), [("A", ["one"]), ("B", [""]), ("C", [])])
def test_each_caller_gets_its_own_default_where_a_file_may_be_read_instead(
    name: str, texts: list[str], resolved: Resolved
) -> None:
    settings = """
        import os
        def read(name, default=None, required=False):
            if path := os.environ.get(name + "_FILE"):
                with open(path) as handle:
                    result = handle.read()
            else:
                result = os.environ.get(name, default)
            if required and not result:
                raise ValueError(name)
            return result
        A = read("A", "one")
        B = read("B", default="")
        C = read("C", required=True)
    """
    code = f"import settings\ndef f():\n    send(settings.{name})\n"
    program = resolved({"settings.py": textwrap.dedent(settings), "m.py": code})
    [site] = [s for s in program.sites(program.functions["m.py::f"]) if text_of(s.call.function) == "send"]
    assert [v.value for v in site.arguments[0] if isinstance(v, ConstantValue) and v.value is not None] == texts


@pytest.mark.parametrize(
    ("expression", "numbers"),
    [
        ("int(os.environ.get('SECONDS', '60'))", [60]),
        ("float(os.getenv('SECONDS', ' 2.5 '))", [2.5]),
        ("float(3)", [3.0]),
        ("int('many')", []),
        ("float('nan')", []),
        ("int('ff', 16)", []),
        ("int(os.environ['SECONDS'])", []),
    ],
)
def test_numbers_are_made_of_constants(expression: str, numbers: list[float], resolved: Resolved) -> None:
    program = resolved({"m.py": f"import os\ndef f():\n    send({expression})\n"})
    [site] = [s for s in program.sites(program.functions["m.py::f"]) if text_of(s.call.function) == "send"]
    found = [v.value for v in site.arguments[0] if isinstance(v, ConstantValue)]
    assert found == numbers
    assert [type(n) for n in found] == [type(n) for n in numbers]


def test_two_modules_of_one_name_are_told_apart_by_their_root() -> None:
    sources = {
        "orders/app.py": "from tools import go\ndef f():\n    go()",
        "orders/tools.py": "def go(): ...",
        "users/app.py": "from tools import go\ndef f():\n    go()",
        "users/tools.py": "def go(): ...",
    }
    facts = [extract(path, text.encode()) for path, text in sources.items()]
    names = {path: (path.split("/")[1][:-3],) for path in sources}
    roots = {path: path.split("/")[0] for path in sources}
    program = resolve(facts, names, {}, roots)
    assert edges(program, "orders/app.py::f") == {"orders/tools.py::go"}
    assert edges(program, "users/app.py::f") == {"users/tools.py::go"}


def test_a_circular_import_loses_nothing(resolved: Resolved) -> None:
    program = resolved(
        {
            "a.py": "import b\nclass A:\n    def go(self): ...\ndef f():\n    b.make().go()",
            "b.py": "from a import A\ndef make():\n    return A()",
        }
    )
    assert edges(program, "a.py::f") == {"b.py::make", "a.py::A.go"}


def test_endless_growth_is_cut(resolved: Resolved) -> None:
    program = resolved(
        {
            "m.py": """
            def f(x):
                x = [x]
                return f(x)
            def g(y):
                while True:
                    y = y.next().value
            class N:
                def child(self):
                    n = N()
                    n.up = self
                    return n.child()
            """
        }
    )
    assert edges(program, "m.py::f") == {"m.py::f"}


def test_a_stub_of_a_submodule_alone_is_found_through_its_parent(resolved: Resolved) -> None:
    program = resolved(
        {"m.py": "import web.client\ndef f():\n    web.client.get('x').read()"},
        {"web.client": "class Answer:\n    def read(self) -> str: ...\ndef get(url) -> Answer: ..."},
    )
    assert externals(program, "m.py::f") == {"web.client.get", "web.client.Answer.read"}


def test_a_stub_method_named_as_a_class_does_not_hide_it_from_annotations(resolved: Resolved) -> None:
    stub = """
        class Answer:
            def close(self) -> None: ...
        class Box:
            def Answer(self) -> Answer: ...
    """
    program = resolved({"m.py": "from lib import Box\ndef f():\n    Box().Answer().close()"}, {"lib": stub})
    assert "lib.Answer.close" in externals(program, "m.py::f")


def test_a_call_with_more_targets_than_the_bound_is_told(resolved: Resolved) -> None:
    classes = "".join(f"class C{n}(Base):\n    def go(self): ...\n" for n in range(400))
    program = resolved(
        {"m.py": f"class Base:\n    def go(self): ...\n{classes}def f(x: Base):\n    x.go()\ndef g():\n    C1().go()"}
    )
    assert [site.function.id for site in program.crowded_sites()] == ["m.py::f"]


def test_two_definitions_of_one_name_are_two_units(resolved: Resolved) -> None:
    code = """
        import lib
        @lib.route("/a")
        def show():
            first()
        @lib.route("/b")
        def show():
            second()
        def first(): ...
        def second(): ...
        def both():
            lib.later(lambda: first())
            lib.later(lambda: second())
        class Box:
            @property
            def size(self): ...
            @size.setter
            def size(self, value): ...
    """
    program = resolved({"m.py": code})
    assert edges(program, "m.py::show") == {"m.py::first"}
    assert edges(program, "m.py::show#2") == {"m.py::second"}
    assert edges(program, "m.py::both.<locals>.<lambda>#2") == {"m.py::second"}
    assert [f.id for f in program.all_functions if f.record.name == "size"] == [
        "m.py::Box.size",
        "m.py::Box.size.setter",
    ]
