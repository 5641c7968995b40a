"""What can't be cut because no module has a name for it says what it is, and what would let it be cut."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from discover import load_config, scan
from exporters.cutting.export import export


def work(head: str, indent: int = 4) -> str:
    lines = [
        f"def {head}:",
        '    requests.post("https://a.example/")',
        "    Order.objects.create(total=1)",
        '    requests.post("https://b.example/")',
    ]
    return "".join(f"{' ' * indent}{line}\n" for line in lines)


MODELS = "from django.db import models\nclass Order(models.Model):\n    total = models.IntegerField()\n"
HEAD = """import requests
from django.views import View
from django.views.generic import CreateView
from shop.models import Order
"""
VIEWS = {
    "a class whose methods the framework calls": (
        "class Place(CreateView):\n    model = Order\n" + work("form_valid(self, form)"),
        "path('a/', Place.as_view())",
        ("the handler is a class, `Place`", "makes an object for each request", "with one method of its own"),
    ),
    "a method of a class inside of a class": (
        "class Outer:\n    class Place(View):\n" + work("post(self, request)", 8),
        "path('a/', Outer.Place.as_view())",
        ("`post` is a method of the class `Outer.Place`", "makes for each request", "not inside of another class"),
    ),
    "a method of a class inside of a function": (
        "def made():\n    class Place(View):\n" + work("post(self, request)", 8) + "    return Place\n",
        "path('a/', made().as_view())",
        ("`post` is a method of the class `Place`, which `made` makes anew", "the class at the top of its module"),
    ),
    "a function inside of a function": (
        "def made():\n" + work("place(request)") + "    return place\n",
        "path('a/', made())",
        ("`made` makes `place` anew each time that it is called", "at the top of its module it could be cut"),
    ),
    "a function whose name is given twice": (
        work("place(request)", 0) + "placed = place\ndef place(): pass\n",
        "path('a/', placed)",
        ("its module gives the name `place` more than once",),
    ),
}


def sources(root: Path) -> Callable[[str], str | None]:
    return lambda path: (root / path).read_text(encoding="utf-8") if (root / path).is_file() else None


@pytest.mark.parametrize("name", VIEWS)
def test_a_handler_that_no_module_names_stays_whole_with_what_would_let_it_be_cut(
    tree: Callable[[dict[str, str]], Path], name: str
) -> None:
    code, route, told = VIEWS[name]
    root = tree(
        {
            "manage.py": "",
            "shop/__init__.py": "",
            "shop/models.py": MODELS,
            "shop/views.py": HEAD + code,
            "shop/urls.py": f"from django.urls import path\nfrom shop.views import *\nurlpatterns = [{route}]\n",
        }
    )
    result = export(scan(root, load_config(root), workers=1), sources(root), title="x")
    (definition,) = [" ".join(one.text.split()) for one in result.artifacts if one.path.endswith(".yaml")]
    for words in told:
        assert words in definition, definition


def test_a_script_is_told_by_its_file(tree: Callable[..., Path]) -> None:
    files = {
        "models.py": MODELS,
        "crontab": "*/5 * * * * python sync.py\n",
        "sync.py": "import requests\nfrom models import Order\n"
        + work("main()", 0)
        + 'if __name__ == "__main__":\n    main()\n',
    }
    root = tree(files)
    made = export(scan(root, load_config(root), cache=None), sources(root), title="")
    assert "whole: '`sync.py` runs as a script, from its first line on" in made.artifacts[0].text
