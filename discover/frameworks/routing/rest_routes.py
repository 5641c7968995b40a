"""The routes that a REST framework router makes of its registered view sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.frameworks.reading.parameters import before_the_dot
from discover.frameworks.reading.rounds import in_rounds
from discover.frameworks.routing.rest_registries import Entry, Round, extensions, frame_in, round_of
from discover.frameworks.routing.routers import call_key, site_keys
from discover.frameworks.routing.url_views import let_through
from discover.frameworks.rules.given import Given
from discover.frameworks.rules.handlers import Handler
from discover.resolve.symbols import Function
from discover.resolve.values import ClassValue, ConstantValue, ContainerValue, InstanceValue, Values

if TYPE_CHECKING:
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench
    from discover.resolve.program import Program
    from discover.resolve.sites import Decoration
    from discover.resolve.symbols import Class

_EXTENSIONS = "rest_framework_extensions.routers."
_REGISTER = ["rest_framework.routers.BaseRouter.register", f"{_EXTENSIONS}NestedRouterMixin.register"]
_DEFAULT = "rest_framework.routers.DefaultRouter"
_ACTIONS = [
    "rest_framework.decorators.action",
    "rest_framework.decorators.detail_route",
    "rest_framework.decorators.list_route",
]
_PREFIX = Pick(argument=0, keyword="prefix")
_VIEWSET = Pick(argument=1, keyword="viewset")
_BASENAME = Pick(argument=2, keyword=["basename", "base_name"])
_VIEW_SET = "rest_framework.viewsets.ViewSetMixin"
_LIST = {"get": "list", "post": "create"}
_DETAIL = {"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"}


def is_unseen_router(path: str) -> bool:
    """Whether a path is that of an object of a router's class, by its name: `crm.api.ModuleRouter()`."""
    return path.endswith("Router()") and path.count("(") == 1


class Route:
    """One URL of a router: its pattern below the router, and who answers which method."""

    __slots__ = ("handler", "methods", "path")

    def __init__(self, path: str, handler: Handler, methods: tuple[str, ...]) -> None:
        self.path = path
        self.handler = handler
        self.methods = methods


class _Registration:
    __slots__ = ("basename", "cls", "default", "prefix", "slash")

    def __init__(self, entry: Entry, *, slash: str, default: bool) -> None:
        self.prefix = entry.prefix
        self.cls = entry.cls
        self.basename = entry.basename
        self.slash = slash
        self.default = default


class _InRound(NamedTuple):
    """A registering call that a loop over another router's registry repeats."""

    scope: Function
    call: ir.Call
    receivers: Values
    around: Round


class RestRoutes:
    """All registrations of all routers, by the call that made the router."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.program: Program = bench.program
        self._registered: dict[str, list[_Registration]] = {}
        self._nested: dict[str, tuple[str, str, str]] = {}
        self._in_rounds: list[_InRound] = []
        self._actions: dict[Function, Decoration] = {}
        for decoration, _ in bench.index.decorations(_ACTIONS):
            if isinstance(decoration.definition, Function):
                self._actions.setdefault(decoration.definition, decoration)
        for match in bench.index.calls(_REGISTER):
            self._register(match.site.function, match.site.call, match.receivers)
        self._of_unseen_routers()
        self._take_over()
        self._registers_below()
        for match in bench.index.calls("rest_framework_nested.routers.Nested*Router"):
            given = Given(match.site.call, match.site.function)
            parents = site_keys(bench.picker.values(Pick(argument=0, keyword="parent_router"), given))
            prefix = next(iter(bench.picker.texts(Pick(argument=1, keyword="parent_prefix"), given)), "")
            lookup = next(iter(bench.picker.texts(Pick(keyword="lookup"), given)), "")
            if parents:
                self._nested[call_key(match.site)] = (parents[0], prefix, lookup)

    def _register(self, scope: Function, call: ir.Call, receivers: Values) -> None:
        around = round_of(self.bench, scope, call)
        if around is not None:
            self._in_rounds.append(_InRound(scope, call, receivers, around))
            return
        before = before_the_dot(scope, call)
        wanted = self.bench.picker.wanted([_PREFIX, _VIEWSET, _BASENAME], call)
        frames = self.bench.contexts.frames(scope, [*wanted, *([before] if before is not None else [])], 2)
        for frame in in_rounds(self.bench.contexts, scope, call, wanted, frames):
            given = Given(call, scope, frame, receivers)
            self._add(self.bench.picker.base(given) if frame is not None else receivers, self._entries(given))

    def _of_unseen_routers(self) -> None:
        """A library's own router, of whose code nothing is known: what it registers is a view set all the same."""
        for called in sorted(self.program.external_calls):
            router, _, name = called.rpartition(".")
            for site in self.program.external_calls[called] if name == "register" and is_unseen_router(router) else ():
                entries = self._entries(Given(site.call, site.function))
                views = [one for one in entries if self.program.is_below(one.cls, _VIEW_SET)]
                made = [_Registration(one, slash="/", default=False) for one in views]
                self._registered.setdefault(router, []).extend(made)

    def _entries(self, given: Given) -> list[Entry]:
        picker = self.bench.picker
        classes = self.bench.handlers.classes(picker.values(_VIEWSET, given))
        named = picker.texts(_BASENAME, given)
        return [
            Entry(prefix, cls, named[0] if len(named) == 1 else "")
            for prefix in picker.texts(_PREFIX, given)
            for cls in classes
        ]

    def _take_over(self) -> None:
        """Rows of another router's registry, once all that is registered by itself is known."""
        for scope, call, receivers, around in self._in_rounds:
            for source in around.sources:
                for one in list(self._registered.get(source, ())):
                    entry = Entry(one.prefix, one.cls, one.basename)
                    frame = frame_in(self.bench, scope, call, around, entry)
                    if frame is not None:
                        self._add(receivers, self._entries(Given(call, scope, frame, receivers)))
        for key, sources in extensions(self.bench):
            rows = [one for source in sources if source != key for one in self._registered.get(source, ())]
            made = self.bench.picker.creations.site_of(key)
            for one in rows:
                default = self._makes_suffixes(made.result) if made is not None else one.default
                entry = Entry(one.prefix, one.cls, one.basename)
                row = _Registration(entry, slash=self._slash(key), default=default)
                self._registered.setdefault(key, []).append(row)

    def _add(self, routers: Values, entries: list[Entry]) -> None:
        for router in routers:
            default = self._makes_suffixes((router,))
            for key in site_keys((router,)):
                slash = self._slash(key)
                made = [_Registration(entry, slash=slash, default=default) for entry in entries]
                self._registered.setdefault(key, []).extend(made)

    def _makes_suffixes(self, routers: Values) -> bool:
        return any(isinstance(one, InstanceValue | ClassValue) and self._has_suffixes(one.cls) for one in routers)

    def _has_suffixes(self, router: Class) -> bool:
        """Whether each route of such a router has a second one with a format (`orders.json`)."""
        told = self.program.class_attribute(router, "include_format_suffixes")
        off = bool(told) and all(isinstance(one, ConstantValue) and one.value is False for one in told)
        return self.program.is_below(router, _DEFAULT) and not off

    def _registers_below(self) -> None:
        """drf-extensions: `router.register(…).register(…, parents_query_lookups=[…])`, each below the one before."""
        made: dict[str, Match] = {}
        nested = self.bench.index.calls(f"{_EXTENSIONS}NestedRegistryItem.register")
        for match in [*self.bench.index.calls(f"{_EXTENSIONS}NestedRouterMixin.register"), *nested]:
            made.update(dict.fromkeys(site_keys(match.site.result), match))
        for match in nested:
            given = Given(match.site.call, match.site.function)
            lookups = self.bench.picker.texts(Pick(argument=3, keyword="parents_query_lookups"), given)
            prefixes = self.bench.picker.texts(_PREFIX, given)
            above, head, seen = match, "", {match}
            for lookup in reversed(lookups):
                above = next((made[key] for key in site_keys(above.receivers) if key in made), match)
                if above in seen:
                    break
                seen.add(above)
                outer = Given(above.site.call, above.site.function)
                prefix = next(iter(self.bench.picker.texts(_PREFIX, outer)), "{}")
                head = f"{prefix}/(?P<parent_lookup_{lookup}>[^/.]+)/{head}"
            classes = self.bench.handlers.classes(self.bench.picker.values(_VIEWSET, given))
            self._add(above.receivers, [Entry(head + prefix, cls, "") for prefix in prefixes for cls in classes])

    def _slash(self, key: str) -> str:
        """`trailing_slash=False` where the router is made."""
        made = self.bench.picker.creations.site_of(key)
        for keyword in made.call.keywords if made is not None else ():
            if (
                keyword.name == "trailing_slash"
                and isinstance(keyword.value, ir.Constant)
                and keyword.value.value is False
            ):
                return ""
        return "/"

    def routes(self, key: str) -> list[Route]:
        """The routes of the router that this call made."""
        found: list[Route] = []
        head = self._head(key)
        for registration in self._registered.get(key, ()):
            found += self._of_view_set(registration, head)
        return found

    def _head(self, key: str) -> str:
        nested = self._nested.get(key)
        if nested is None:
            return ""
        parent, prefix, lookup = nested
        return f"{self._head(parent)}{prefix}/(?P<{lookup + '_' if lookup else ''}pk>[^/.]+)/"

    def _of_view_set(self, one: _Registration, head: str) -> list[Route]:
        base = f"{head}{one.prefix}".strip("/")
        lookup = self._lookup(one.cls)
        found = self._answers(one, base, _LIST)
        extra: list[Route] = []
        for function, decoration in self._extra_actions(one.cls):
            given = Given(decoration.call, decoration.scope)
            texts = self.bench.picker.texts(Pick(keyword="url_path"), given)
            name = texts[0] if texts else function.record.name
            methods = self.bench.picker.texts(Pick(argument=0, keyword="methods", default=["get"]), given)
            detail = self._is_detail(decoration)
            where = f"{base}/{lookup}/{name}" if detail else f"{base}/{name}"
            for handler, verbs in [(function, methods), *self._mapped(one.cls, function.record.name)]:
                asked = tuple(m.upper() for m in verbs)
                answered = let_through(self.program, one.cls, asked) or asked
                extra += self._spelled(one, where, Handler(handler, one.cls), answered)
        return found + extra + self._answers(one, f"{base}/{lookup}", _DETAIL)

    def _answers(self, one: _Registration, where: str, table: dict[str, str]) -> list[Route]:
        by_handler: dict[str, tuple[Handler, list[str]]] = {}
        for verb, action in table.items():
            method = self.program.find_method(one.cls, action)
            if method is None:
                continue
            handler = Handler(method, one.cls) if method.is_project else Handler(None, one.cls)
            by_handler.setdefault(handler.unit, (handler, []))[1].append(verb.upper())
        answering = [(handler, tuple(verbs)) for handler, verbs in by_handler.values()]
        kept = [(handler, let_through(self.program, one.cls, verbs)) for handler, verbs in answering]
        # a view set that lets nothing through keeps its route, which the router makes all the same
        routes = [(handler, verbs) for handler, verbs in kept if verbs] or answering
        return [route for handler, verbs in routes for route in self._spelled(one, where, handler, verbs)]

    @staticmethod
    def _spelled(one: _Registration, where: str, handler: Handler, verbs: tuple[str, ...]) -> list[Route]:
        routes = [Route(f"{where}{one.slash}", handler, verbs)]
        if one.default:
            routes.append(Route(f"{where}\\.(?P<format>[a-z0-9]+)/?", handler, verbs))
        return routes

    def _extra_actions(self, cls: Class) -> list[tuple[Function, Decoration]]:
        found: dict[str, tuple[Function, Decoration]] = {}
        for level in cls.mro:
            if not level.is_project:
                continue
            for function in level.methods():
                decoration = self._actions.get(function)
                if decoration is not None:
                    found.setdefault(function.record.name, (function, decoration))
        return list(found.values())

    @staticmethod
    def _mapped(view: Class, action: str) -> list[tuple[Function, list[str]]]:
        """The methods that answer an action's other HTTP methods: `@close.mapping.delete`."""
        found: dict[str, tuple[Function, list[str]]] = {}
        for level in view.mro:
            for function in level.methods() if level.is_project else ():
                for decorator in function.record.decorators:
                    match decorator:
                        case ir.Attribute(ir.Attribute(ir.Name(id), "mapping"), verb) if id == action:
                            found.setdefault(function.record.name, (function, []))[1].append(verb)
                        case _:
                            pass
        return list(found.values())

    @staticmethod
    def _is_detail(decoration: Decoration) -> bool:
        call = decoration.call
        if any(external.path.endswith("detail_route") for external in decoration.externals):
            return True
        for keyword in call.keywords if call is not None else ():
            if keyword.name == "detail":
                return isinstance(keyword.value, ir.Constant) and keyword.value.value is True
        return False

    def _lookup(self, cls: Class) -> str:
        def text(name: str, default: str) -> str:
            for value in self.program.class_attribute(cls, name):
                if isinstance(value, ConstantValue) and isinstance(value.value, str):
                    return value.value
                if isinstance(value, ContainerValue):
                    break
            return default

        field = text("lookup_url_kwarg", "") or text("lookup_field", "pk")
        return f"(?P<{field}>{text('lookup_value_regex', '[^/.]+')})"
