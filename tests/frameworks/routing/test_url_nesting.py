from __future__ import annotations

FILES = {
    "shop/__init__.py": "",
    "shop/settings.py": 'ROOT_URLCONF = "shop.urls"\n',
    "manage.py": "import django\n",
    "shop/views.py": "def index(request): ...\ndef show(request): ...\n",
}


def test_a_function_that_includes_what_it_makes_itself_ends(find):
    urls = """
from django.urls import include, path, re_path
from shop.views import index, show

def with_suffixes(patterns, suffix):
    made = []
    for pattern in patterns:
        if pattern.url_patterns:
            made.append(re_path(pattern.regex, include(with_suffixes(pattern.url_patterns, suffix))))
        else:
            made.append(re_path(pattern.regex + suffix, pattern.callback))
    return made

urlpatterns = with_suffixes([path("orders/", index)], ".json") + [path("show/", show)]
"""
    found = find({**FILES, "shop/urls.py": urls})
    assert "/show/" in [entry.detail.path for entry in found.entry_points]


def test_a_function_that_is_used_in_itself_is_followed(find):
    urls = """
from django.urls import include, path
from shop.views import show

def below(prefix, patterns):
    return [path(prefix, include(patterns))]

urlpatterns = below("api/", below("v1/", [path("show/", show)]))
"""
    found = find({**FILES, "shop/urls.py": urls})
    assert [entry.detail.path for entry in found.entry_points] == ["/api/v1/show/"]


def paths(found) -> list[tuple[str | None, str]]:
    return sorted((entry.detail.path, entry.unit.rpartition("::")[2]) for entry in found.entry_points)


def test_lists_that_are_added_up_by_a_function_are_read_each(find):
    urls = """
from functools import reduce
from itertools import chain
from operator import add
from django.urls import path
from shop.views import index, show

groups = [[path("index/", index)]]
groups.append([path("show/", show)])
urlpatterns = reduce(add, groups) + list(chain([path("a/", index)], [path("b/", show)])) + sum(groups, [])
"""
    found = find({**FILES, "shop/urls.py": urls})
    assert paths(found) == [("/a/", "index"), ("/b/", "show"), ("/index/", "index"), ("/show/", "show")]


def test_a_projects_own_resolver_puts_its_patterns_below_its_prefix(find):
    urls = """
import django.urls
from django.urls import path
from django.urls.resolvers import RegexPattern
from shop.views import index, show

class Language(django.urls.LocalePrefixPattern):
    pass

def localised(*patterns, default=True):
    return [django.urls.URLResolver(Language(prefix_default_language=default), list(patterns))]

urlpatterns = localised(path("index/", index), path("show/", show))
urlpatterns += [django.urls.URLResolver(RegexPattern(r"^api/"), [path("show/", show)])]
"""
    found = find({**FILES, "shop/urls.py": urls})
    assert paths(found) == [("/api/show/", "show"), ("/index/", "index"), ("/show/", "show")]


def test_a_view_of_an_unknown_base_is_found_behind_a_librarys_decorator(find):
    urls = """
from django.urls import path
from django.views.decorators.cache import never_cache
from oidc.views import LogoutView

class Logout(LogoutView):
    def get_settings(self): ...

urlpatterns = [path("out/", never_cache(Logout.as_view()))]
"""
    found = find({**FILES, "shop/urls.py": urls})
    assert paths(found) == [("/out/", "Logout")]


WRAPPED = """
from decorator_include import decorator_include
from django.urls import include, path
from django.views.decorators.cache import never_cache
from shop.including import guarded
from shop.views import index, show

urlpatterns = [
    path("lib/", decorator_include(never_cache, "shop.orders")),
    path("own/", guarded(never_cache, [path("show/", show), path("more/", include("shop.items"))])),
    path("named/", guarded(never_cache, patterns="shop.named")),
    path("view/", never_cache(index)),
]
"""


def test_what_a_function_is_given_to_include_is_routed_and_the_function_is_no_view(find):
    found = find(
        {
            **FILES,
            "shop/urls.py": WRAPPED,
            "shop/including.py": "def guarded(decorator, patterns):\n    return Decorated(decorator, patterns)\n",
            "shop/orders.py": "from django.urls import path\nfrom shop.views import index\n"
            'urlpatterns = [path("", index)]\n',
            "shop/items.py": "from django.urls import path\nfrom shop.views import index\n"
            'urlpatterns = [path("items/", index)]\n',
            "shop/named.py": "from django.urls import path\nfrom shop.views import show\n"
            'urlpatterns = [path("", show)]\n',
        }
    )
    assert paths(found) == [
        ("/lib/", "index"),
        ("/named/", "show"),
        ("/own/more/items/", "index"),
        ("/own/show/", "show"),
        ("/view/", "index"),
    ]
    sure = {entry.detail.path: entry.confidence for entry in found.entry_points}
    assert sure["/own/show/"] < sure["/view/"]


def test_a_list_that_another_module_takes_over_stands_there_alone(find):
    urls = """
from django.urls import include, path
from shop import items
from shop.orders import urlpatterns as orders

urlpatterns = [path("api/", include((orders, "shop"), namespace="api")), path("more/", include(items.urlpatterns))]
"""
    listed = "from django.urls import path\nfrom shop.views import {0}\nurlpatterns = [path('{0}/', {0})]\n"
    found = find(
        {
            **FILES,
            "shop/urls.py": urls,
            "shop/orders.py": listed.format("index"),
            "shop/items.py": listed.format("show"),
        }
    )
    assert paths(found) == [("/api/index/", "index"), ("/more/show/", "show")]


def test_the_root_may_have_a_name_that_the_settings_put_together(find):
    settings = "from pathlib import Path\nSITE = Path(__file__).parent.name\nROOT_URLCONF = '{}.urls'.format(SITE)\n"
    listed = "from django.urls import path\nfrom shop.views import {0}\nurlpatterns = [path('{0}/', {0})]\n"
    files = {**FILES, "shop/settings.py": settings, "shop/urls.py": listed.format("index")}
    found = find({**files, "shop/old/__init__.py": "", "shop/old/urls.py": listed.format("show")})
    assert {entry.detail.path: entry.confidence for entry in found.entry_points} == {"/index/": 1.0, "/show/": 0.8}
    found = find({**files, "other/__init__.py": "", "other/urls.py": listed.format("show")})
    assert {entry.detail.path: entry.confidence for entry in found.entry_points} == {"/index/": 0.8, "/show/": 0.8}


def test_what_two_calls_hand_through_another_function_are_two_routes(find):
    urls = """
from django.urls import path
from shop.views import index, show

def single(route, view):
    return [path(route, view)]

def listed(route, view):
    return single(route, view)

urlpatterns = listed("index/", index) + listed("show/", show)
"""
    found = find({**FILES, "shop/urls.py": urls})
    assert paths(found) == [("/index/", "index"), ("/show/", "show")]


def test_comprehensions_in_one_another_are_read_in_time(find):
    urls = f"""
from django.urls import path
from shop.views import show

PARTS = {[f"part{n}" for n in range(120)]!r}
urlpatterns = [path(one + "/" + two + "/" + three, show) for one in PARTS for two in PARTS for three in PARTS]
inner = [[[path(one + two + three, show) for three in PARTS] for two in PARTS] for one in PARTS]
urlpatterns += sum(sum(inner, []), [])
"""
    found = find({**FILES, "shop/urls.py": urls})
    assert {entry.unit.rpartition("::")[2] for entry in found.entry_points} == {"show"}


def test_files_that_each_include_the_next_one_often_are_followed_up_to_a_bound_that_is_told(find):
    files = {**FILES, "shop/urls.py": chained(1)}
    files |= {f"shop/urls{level}.py": chained(level + 1) for level in range(1, 5)}
    files["shop/urls5.py"] = (
        "from django.urls import path\nfrom shop.views import show\nurlpatterns = [path('show/', show)]\n"
    )
    found = find(files)
    assert 0 < len(found.entry_points) < 10_000
    assert [problem.what for problem in found.problems] == ["URL patterns"]


def chained(level: int) -> str:
    included = "".join(f"    path('part{number}/', include('shop.urls{level}')),\n" for number in range(8))
    return f"from django.urls import include, path\nurlpatterns = [\n{included}]\n"


KINDS = """
from django.urls import path
from shop.views import index, show
class Kind:
    slug = None
    view = None
    def urls(self):
        return [path("claim/", self.view)]
class Sms(Kind):
    view = index
class Mail(Kind):
    view = show
KINDS = {}
def register(kind):
    KINDS[kind.__name__] = kind()
    kind.slug = %s
register(Sms)
register(Mail)
"""
OF_KINDS = """
from django.urls import include, path
from shop.kinds import KINDS
from shop.views import index
urlpatterns = []
for kind in KINDS.values():
    found = kind.urls()
    urlpatterns.append(path(f"{kind.slug}/", include(found)))
for language in ("de", "fr"):
    urlpatterns.append(path(f"{language}/", index))
"""


def test_prefixes_and_views_that_a_loop_takes_from_objects_are_not_each_put_together(find):
    kinds = KINDS % '"sms" if kind is Sms else "mail"'
    found = find({**FILES, "shop/kinds.py": kinds, "shop/urls.py": OF_KINDS})
    assert paths(found) == [
        ("/de/", "index"),
        ("/fr/", "index"),
        ("/{}/claim/", "index"),
        ("/{}/claim/", "show"),
    ]


def test_what_a_function_includes_for_a_view_has_all_its_paths(find):
    urls = """
from django.urls import include, path
from django.views import View
from shop.views import show

class Listed(View):
    def get(self, request): ...

def paged(view, name):
    return include([path("", view.as_view(), name=name), path("<int:page>", view.as_view(), name=name)])

def wrapped(view):
    return view

urlpatterns = [path("orders/", paged(Listed, "orders")), path("show/", wrapped(show))]
"""
    found = find({**FILES, "shop/urls.py": urls})
    assert paths(found) == [("/orders/", "Listed.get"), ("/orders/<int:page>", "Listed.get"), ("/show/", "show")]


def test_a_tuple_that_a_view_is_made_with_is_no_list_of_patterns(find):
    urls = """
from django.urls import path
from django.views import View

class Listed(View):
    states = ()
    def get(self, request): ...

urlpatterns = [path("new/", Listed.as_view(states=("N",))), path("old/", Listed.as_view(states=("O",), tab="old"))]
"""
    assert paths(find({**FILES, "shop/urls.py": urls})) == [("/new/", "Listed.get"), ("/old/", "Listed.get")]
