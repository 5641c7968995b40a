"""What a view of Django REST framework does, by the methods that the framework runs for each request."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.model import Graph, Workflow

Scan = Callable[[Mapping[str, str | bytes]], Graph]

PROJECT = {
    "manage.py": "import django",
    "shop/__init__.py": "",
    "shop/settings.py": 'ROOT_URLCONF = "shop.urls"\nAUTH_USER_MODEL = "shop.Member"\n',
    "shop/models.py": """
        from django.contrib.auth.models import AbstractUser
        from django.db import models
        class Member(AbstractUser):
            pass
        class Order(models.Model):
            code = models.CharField(max_length=9)
    """,
    "shop/serializers.py": """
        import requests
        from rest_framework import serializers
        from shop.models import Order
        class OrderSerializer(serializers.ModelSerializer):
            class Meta:
                model = Order
                fields = ["code"]
            def validate_code(self, code):
                requests.get("https://codes.example", timeout=1)
                return code
            def validate(self, attrs):
                requests.get("https://rules.example", timeout=1)
                return attrs
            def create(self, validated_data):
                requests.post("https://made.example", timeout=1)
                return super().create(validated_data)
            def update(self, instance, validated_data):
                requests.post("https://changed.example", timeout=1)
                return super().update(instance, validated_data)
    """,
    "shop/urls.py": """
        from django.urls import include, path
        from rest_framework import routers
        from shop import views
        router = routers.SimpleRouter()
        router.register("orders", views.Orders)
        urlpatterns = [path("", include(router.urls))]
    """,
}
HEAD = """
        from django.contrib.auth import get_user_model
        from rest_framework import mixins, permissions, viewsets
        from rest_framework.decorators import action
        from shop.models import Order
        from shop.serializers import OrderSerializer
"""
CHECKS = ["http https://codes.example", "http https://rules.example"]
CREATE: dict[str, object] = {"OrderSerializer.create": ["http https://made.example", "db_write Order"]}
UPDATE: dict[str, object] = {"OrderSerializer.update": ["http https://changed.example", "db_write Order"]}
MADE = [*CHECKS, CREATE]
CHANGED = [*CHECKS, UPDATE]


@pytest.fixture
def told(scan_source: Scan, outline: Callable[..., list[object]]) -> Callable[[str, str], list[object]]:
    """The outline of the workflow of a request to a shop whose views are these."""

    def run(views: str, request: str) -> list[object]:
        graph = scan_source({**PROJECT, "shop/views.py": HEAD + views})
        return outline(_named(graph, request).body)

    return run


def _named(graph: Graph, name: str) -> Workflow:
    return next(workflow for workflow in graph.workflows if workflow.name == name)


Told = Callable[[str, str], list[object]]


def test_an_action_of_the_project_that_calls_the_frameworks_own_reaches_the_serializer(told: Told) -> None:
    views = """
        class Orders(viewsets.ModelViewSet):
            queryset = Order.objects.all()
            serializer_class = OrderSerializer
            def create(self, request, *args, **kwargs):
                return super().create(request, *args, **kwargs)
    """
    assert told(views, "POST /orders/") == MADE


def test_an_action_that_calls_a_mixin_by_its_class_reaches_the_serializer_of_the_view(told: Told) -> None:
    views = """
        class OnlyPatch:
            def partial_update(self, request, *args, **kwargs):
                kwargs["partial"] = True
                return mixins.UpdateModelMixin.update(self, request, *args, **kwargs)
            def perform_update(self, serializer):
                serializer.save()
        class Orders(OnlyPatch, viewsets.GenericViewSet):
            queryset = Order.objects.all()
            serializer_class = OrderSerializer
    """
    assert told(views, "PATCH /orders/<pk>/") == CHANGED


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ("self.get_serializer(self.get_object(), data=request.data)", ["db_read Order", *CHANGED]),
        ("OrderSerializer(instance=self.get_object(), data=request.data)", ["db_read Order", *CHANGED]),
        ("self.get_serializer(data=request.data)", MADE),
        ("OrderSerializer(None, data=request.data)", MADE),
    ],
)
def test_saving_a_serializer_updates_what_it_was_made_with_or_creates(
    made: str, expected: list[object], told: Told
) -> None:
    views = f"""
        class Orders(viewsets.GenericViewSet):
            queryset = Order.objects.all()
            serializer_class = OrderSerializer
            @action(detail=True, methods=["post"])
            def pay(self, request, pk=None):
                serializer = {made}
                serializer.is_valid(raise_exception=True)
                serializer.save()
    """
    assert told(views, "POST /orders/<pk>/pay/") == expected


def test_where_nothing_tells_what_a_serializer_was_made_with_saving_it_is_one_of_two(told: Told) -> None:
    views = """
        def keep(serializer: OrderSerializer):
            serializer.save()
        class Orders(viewsets.GenericViewSet):
            queryset = Order.objects.all()
            serializer_class = OrderSerializer
            @action(detail=True, methods=["post"])
            def pay(self, request, pk=None):
                keep(self.get_serializer(data=request.data))
    """
    alternatives = {"one of? update": [UPDATE], "one of? create": [CREATE]}
    assert told(views, "POST /orders/<pk>/pay/") == [{"keep": [alternatives]}]


def test_the_frameworks_own_actions_of_a_view_are_alternatives(told: Told) -> None:
    views = """
        class Orders(viewsets.ModelViewSet):
            queryset = Order.objects.all()
            serializer_class = OrderSerializer
            def destroy(self, request, pk=None):
                pass
            def partial_update(self, request, pk=None):
                pass
    """
    request = "GET/POST /orders/ (and 1 more)"
    assert told(views, request) == [{"one of? create": MADE, "one of? update": CHANGED}]


@pytest.mark.parametrize("queryset", ["Order.objects", "Order.objects.all()", "Order.objects.filter(code=1)"])
@pytest.mark.parametrize("rows", ["self.queryset.filter(code=2)", "self.get_queryset()", "self.get_object()"])
def test_what_a_view_changes_is_of_the_model_that_it_shows(queryset: str, rows: str, scan_source: Scan) -> None:
    views = f"""
        class Orders(viewsets.GenericViewSet):
            queryset = {queryset}
            def get_queryset(self):
                return self.queryset.filter(code=self.request.user.id)
            @action(detail=True, methods=["post"])
            def drop(self, request, pk=None):
                {rows}.delete()
    """
    graph = scan_source({**PROJECT, "shop/views.py": HEAD + views})
    touched = {effect.target for effect in graph.effects if effect.at.startswith("shop/views.py")}
    assert touched == {"Order"}


@pytest.mark.parametrize("user", ["get_user_model().objects.first()", "request.user", "Member.objects.first()"])
def test_the_user_is_one_table_however_it_is_named(user: str, scan_source: Scan) -> None:
    views = f"""
        from shop.models import Member
        class Orders(viewsets.GenericViewSet):
            queryset = Order.objects.all()
            @action(detail=False, methods=["post"])
            def rename(self, request):
                user = {user}
                user.save()
    """
    graph = scan_source({**PROJECT, "shop/views.py": HEAD + views})
    assert {effect.target for effect in graph.effects if effect.kind == "db_write"} >= {"Member"}


def test_permissions_are_asked_one_after_the_other_before_any_action(told: Told) -> None:
    views = """
        import requests
        class IsOpen(permissions.BasePermission):
            def has_permission(self, request, view):
                requests.get("https://open.example", timeout=1)
        class IsMine(permissions.BasePermission):
            def has_permission(self, request, view):
                requests.get("https://mine.example", timeout=1)
        class Orders(viewsets.GenericViewSet):
            queryset = Order.objects.all()
            permission_classes = [IsOpen, IsMine]
            @action(detail=False, methods=["post"])
            def stop(self, request):
                requests.post("https://stop.example", timeout=1)
    """
    hosts = ["http https://open.example", "http https://mine.example", "http https://stop.example"]
    assert told(views, "POST /orders/stop/") == hosts


RECEIVERS = """
        import requests
        from django.db.models.signals import post_delete, post_save, pre_save
        from django.dispatch import receiver
        from shop.models import Member, Order
        @receiver(pre_save, sender=Order)
        def saving(sender, instance, **kwargs):
            requests.post("https://saving.example", timeout=1)
        @receiver(post_save, sender=Order)
        def saved(sender, instance, **kwargs):
            requests.post("https://saved.example", timeout=1)
        @receiver(post_delete, sender=Order)
        def gone(sender, instance, **kwargs):
            requests.post("https://gone.example", timeout=1)
        @receiver(post_save, sender=Member)
        def joined(sender, instance, **kwargs):
            requests.post("https://joined.example", timeout=1)
"""
PLAIN = """
        from rest_framework import serializers
        from shop.models import Order
        class OrderSerializer(serializers.ModelSerializer):
            class Meta:
                model = Order
                fields = ["code"]
"""


@pytest.fixture
def heard(scan_source: Scan, outline: Callable[..., list[object]]) -> Callable[[str, str], list[object]]:
    """As `told`, in a shop with receivers of what happens to orders, whose serializer leaves all to the framework."""

    def run(views: str, request: str) -> list[object]:
        files = {"shop/views.py": HEAD + views, "shop/serializers.py": PLAIN, "shop/receivers.py": RECEIVERS}
        return outline(_named(scan_source({**PROJECT, **files}), request).body)

    return run


SAVED = ["signal saving", "db_write Order", "signal saved"]


def test_a_view_without_code_writes_and_tells_the_receivers_of_the_model(heard: Told) -> None:
    views = """
        class Orders(viewsets.ModelViewSet):
            queryset = Order.objects.all()
            serializer_class = OrderSerializer
    """
    assert heard(views, "GET/POST /orders/ (and 1 more)") == [
        {
            "one of? create": SAVED,
            "one of? update": SAVED,
            "one of? partial_update": SAVED,
            "one of? destroy": ["db_write Order", "signal gone"],
        }
    ]


@pytest.mark.parametrize(
    ("method", "call", "request_", "expected"),
    [
        ("create", "super().create(request)", "POST /orders/", SAVED),
        ("perform_create", "serializer.save()", "POST /orders/", [{"Kept.perform_create": SAVED}]),
        ("destroy", "super().destroy(request)", "DELETE /orders/<pk>/", ["db_write Order", "signal gone"]),
    ],
)
def test_receivers_hear_what_the_framework_does_behind_a_call_of_the_project(
    method: str, call: str, request_: str, expected: list[object], heard: Told
) -> None:
    given = "serializer" if method.startswith("perform") else "request, *args, **kwargs"
    mixin = "Destroy" if method == "destroy" else "Create"
    views = f"""
        class Kept:
            def {method}(self, {given}):
                {call}
        class Orders(Kept, mixins.{mixin}ModelMixin, viewsets.GenericViewSet):
            queryset = Order.objects.all()
            serializer_class = OrderSerializer
    """
    assert heard(views, request_) == expected


def test_each_view_of_a_shared_base_tells_the_receivers_of_its_own_model(heard: Told) -> None:
    views = """
        from rest_framework import serializers
        from shop.models import Member
        class MemberSerializer(serializers.ModelSerializer):
            class Meta:
                model = Member
                fields = ["username"]
        class Kept(mixins.CreateModelMixin, viewsets.GenericViewSet):
            def create(self, request, *args, **kwargs):
                return super().create(request, *args, **kwargs)
        class Members(Kept):
            queryset = Member.objects.all()
            serializer_class = MemberSerializer
        class Orders(Kept):
            queryset = Order.objects.all()
            serializer_class = OrderSerializer
    """
    hops = [one for one in heard(views, "POST /orders/") if str(one).startswith("signal")]
    assert hops == ["signal saving", "signal saved"]


def test_a_class_whose_routes_answer_one_method_is_told_without_the_others(
    scan_source: Scan, outline: Callable[..., list[object]]
) -> None:
    graph = scan_source({
        "app.py": """
            import requests
            from flask import Flask
            from flask_rest_jsonapi import Api, ResourceList
            api = Api(Flask(__name__))
            class Orders(ResourceList):
                methods = ["POST"]
                def before_get(self, args, kwargs):
                    requests.get("https://seen.example", timeout=1)
                def before_post(self, args, kwargs, data=None):
                    requests.post("https://made.example", timeout=1)
            class Offers(Orders):
                methods = ["GET", "POST"]
            api.route(Orders, "orders", "/orders")
            api.route(Offers, "offers", "/offers")
        """
    })  # fmt: skip
    assert outline(_named(graph, "POST /orders").body) == ["http https://made.example"]
    both = _named(graph, "GET/POST /offers").body
    assert outline(both) == [
        {"one of? get": ["http https://seen.example"], "one of? post": ["http https://made.example"]}
    ]


CHECKED = """
        import requests
        class IsOpen(permissions.BasePermission):
            def has_permission(self, request, view):
                requests.get("https://open.example", timeout=1)
        class IsMine(permissions.BasePermission):
            def has_permission(self, request, view):
                requests.get("https://mine.example", timeout=1)
"""
OPEN, MINE = "http https://open.example", "http https://mine.example"
TWO_ACTIONS = f"""{CHECKED}
        class Orders(viewsets.GenericViewSet):
            queryset = Order.objects.all()
            permission_classes = [IsOpen]
            %s
            @action(detail=False, methods=["post"]%s)
            def stop(self, request):
                requests.post("https://stop.example", timeout=1)
            @action(detail=False, methods=["post"])
            def start(self, request):
                requests.post("https://start.example", timeout=1)
"""
"""What the view says of its own, and what the decorator of the first action is given besides."""
TWO_SERIALIZERS = """
        import requests
        from rest_framework import generics, serializers
        class Plain(serializers.ModelSerializer):
            class Meta:
                model = Order
                fields = ["code"]
            def validate(self, attrs):
                requests.get("https://plain.example", timeout=1)
                return attrs
            def create(self, validated_data):
                requests.post("https://new.example", timeout=1)
                return super().create(validated_data)
"""
PLAINLY = ["http https://plain.example", {"Plain.create": ["http https://new.example", "db_write Order"]}]
SAVES = """
                serializer = self.get_serializer(data=request.data)
                serializer.is_valid(raise_exception=True)
                serializer.save()
"""


def test_what_an_actions_decorator_gives_holds_while_the_action_runs(told: Told) -> None:
    views = TWO_ACTIONS % ("", ", permission_classes=[IsMine]")
    assert told(views, "POST /orders/stop/") == [MINE, "http https://stop.example"]
    assert told(views, "POST /orders/start/") == [OPEN, "http https://start.example"]


def test_what_an_actions_decorator_gives_holds_for_its_other_methods_too(told: Told) -> None:
    views = f"""{CHECKED}{TWO_SERIALIZERS}
        class Orders(viewsets.GenericViewSet):
            queryset = Order.objects.all()
            serializer_class = OrderSerializer
            permission_classes = [IsOpen]
            @action(detail=False, methods=["get"], permission_classes=[IsMine], serializer_class=Plain)
            def pay(self, request):
                requests.post("https://pay.example", timeout=1)
            @pay.mapping.delete
            def unpay(self, request):
                requests.post(f"https://{{self.action}}.example", timeout=1)
            @pay.mapping.post
            def do_pay(self, request):{SAVES}
    """
    assert told(views, "DELETE /orders/pay/") == [MINE, "http https://unpay.example"]
    assert told(views, "POST /orders/pay/") == [MINE, *PLAINLY]


def test_an_action_saves_the_serializer_that_its_decorator_gives(told: Told) -> None:
    views = f"""{TWO_SERIALIZERS}
        class Orders(viewsets.GenericViewSet):
            queryset = Order.objects.all()
            serializer_class = OrderSerializer
            @action(detail=False, methods=["post"], serializer_class=Plain)
            def pay(self, request):{SAVES}
    """
    assert told(views, "POST /orders/pay/") == PLAINLY


ASKED = [
    """
            def get_serializer_class(self):
                if self.action == "create":
                    return Plain
                return OrderSerializer
    """,
    """
            def get_serializer_class(self):
                return Plain if self.action in ("create", "list") else super().get_serializer_class()
    """,
    """
            def get_serializer_class(self):
                return {"create": Plain}.get(self.action, self.serializer_class)
    """,
    """
            serializer_classes = {"create": Plain}
            def get_serializer_class(self):
                try:
                    return self.serializer_classes[self.action]
                except KeyError:
                    return super().get_serializer_class()
    """,
    """
            create_serializer_class = Plain
            def get_serializer_class(self):
                return getattr(self, f"{self.action}_serializer_class", self.serializer_class)
    """,
    """
            def get_serializer_class(self):
                if self.request.method == "POST":
                    chosen = Plain
                else:
                    chosen = self.serializer_class
                return chosen
    """,
]


@pytest.mark.parametrize("asked", ASKED)
def test_a_serializer_that_depends_on_the_action_is_the_actions(asked: str, told: Told) -> None:
    views = f"""{TWO_SERIALIZERS}
        class Orders(mixins.CreateModelMixin, mixins.UpdateModelMixin, viewsets.GenericViewSet):
            queryset = Order.objects.all()
            serializer_class = OrderSerializer
{asked}
            def create(self, request):
                return super().create(request)
            def partial_update(self, request, pk=None):
                serializer = self.get_serializer(self.get_object(), data=request.data)
                serializer.is_valid()
                serializer.save()
    """
    assert told(views, "POST /orders/") == PLAINLY
    assert told(views, "PATCH /orders/<pk>/") == ["db_read Order", *CHANGED]


def test_the_frameworks_own_actions_each_have_their_serializer(told: Told) -> None:
    views = f"""{TWO_SERIALIZERS}
        class Orders(mixins.CreateModelMixin, mixins.UpdateModelMixin, viewsets.GenericViewSet):
            queryset = Order.objects.all()
{ASKED[0]}
    """
    assert told(views, "POST /orders/ (and 1 more)") == [
        {
            "one of? create": PLAINLY,
            "one of? update": CHANGED,
            "one of? partial_update": [*CHECKS, "seen OrderSerializer.update"],
        }
    ]


@pytest.mark.parametrize(
    "asked",
    [
        """
            def get_permissions(self):
                if self.action == "stop":
                    chosen = [IsMine]
                else:
                    chosen = [IsOpen]
                return [one() for one in chosen]
        """,
        """
            def get_permissions(self):
                if self.action == "stop":
                    self.permission_classes = (IsMine,)
                return super().get_permissions()
        """,
        """
            def get_permissions(self):
                return (IsMine(),) if self.action == "stop" else (IsOpen(),)
        """,
    ],
)
def test_permissions_that_depend_on_the_action_are_the_actions(asked: str, told: Told) -> None:
    views = TWO_ACTIONS % (asked, "")
    assert told(views, "POST /orders/stop/") == [MINE, "http https://stop.example"]
    assert told(views, "POST /orders/start/") == [OPEN, "http https://start.example"]


def test_permissions_that_a_view_asks_for_instead_of_naming_them_are_those_that_it_gives(told: Told) -> None:
    views = f"""{CHECKED}
        class Orders(viewsets.GenericViewSet):
            queryset = Order.objects.all()
            def get_permissions(self):
                permissions = super().get_permissions()
                if self.request.user.is_staff:
                    permissions.append(IsMine())
                return permissions
            permission_classes = [IsOpen]
            @action(detail=False, methods=["post"])
            def stop(self, request):
                requests.post("https://stop.example", timeout=1)
    """
    assert told(views, "POST /orders/stop/") == [OPEN, MINE, "http https://stop.example"]


def test_a_data_layer_writes_between_the_hooks_that_it_is_given_and_calls_them_with_its_model(
    scan_source: Scan, outline: Callable[..., list[object]]
) -> None:
    graph = scan_source({
        "app.py": """
            import requests
            from flask import Flask
            from flask_rest_jsonapi import Api, ResourceList
            from flask_sqlalchemy import SQLAlchemy
            app = Flask(__name__)
            api = Api(app)
            db = SQLAlchemy(app)
            class Order(db.Model):
                id = db.Column(db.Integer, primary_key=True)
                def tell(self):
                    requests.post("https://told.example", timeout=1)
            class Offer(db.Model):
                id = db.Column(db.Integer, primary_key=True)
                def tell(self):
                    requests.post("https://offer.example", timeout=1)
            class Orders(ResourceList):
                methods = ["POST"]
                def before_create_object(self, data, view_kwargs):
                    self.session.query(Order).filter_by(id=data["id"]).one()
                def after_create_object(self, made, data, view_kwargs):
                    made.tell()
                data_layer = {
                    "session": db.session,
                    "model": Order,
                    "methods": {
                        "before_create_object": before_create_object,
                        "after_create_object": after_create_object,
                    },
                }
            class Copies(ResourceList):
                methods = ["POST"]
                def before_post(self, args, kwargs, data=None):
                    requests.get("https://copy.example", timeout=1)
                data_layer = {"session": db.session}
            api.route(Orders, "orders", "/orders")
            api.route(Copies, "copies", "/copies")
        """
    })  # fmt: skip
    told = outline(_named(graph, "POST /orders").body)
    assert told == ["db_read Order", "db_write Order", "http https://told.example"]
    assert outline(_named(graph, "POST /copies").body) == ["http https://copy.example"]
    assert not graph.unresolved


def test_a_serializer_that_writes_nested_ones_saves_them_too(scan_source: Scan) -> None:
    views = """
        from drf_writable_nested import WritableNestedModelSerializer
        from rest_framework import serializers
        from shop.models import Member
        class MemberSerializer(serializers.ModelSerializer):
            class Meta:
                model = Member
        class Nested(WritableNestedModelSerializer):
            member = MemberSerializer()
            class Meta:
                model = Order
            def update(self, instance, validated_data):
                return super().update(instance, validated_data)
        class Orders(mixins.UpdateModelMixin, viewsets.GenericViewSet):
            queryset = Order.objects.all()
            serializer_class = Nested
    """
    graph = scan_source({**PROJECT, "shop/views.py": HEAD + views})
    writes = {(one.at.rpartition("::")[2], one.target) for one in graph.effects if one.kind == "db_write"}
    assert {("Nested.update", "Order"), ("Nested.update", "Member")} <= writes
