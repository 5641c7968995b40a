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
