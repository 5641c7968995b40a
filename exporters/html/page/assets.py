"""The parts of the page that are the same in every report: styles, scripts, the template, and JSON in elements."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

STYLES: Final = (
    "page/page.css",
    "index/index.css",
    "map/map.css",
    "systems/systems.css",
    "view/view.css",
    "page/media.css",
)
SCRIPTS: Final = (
    "view/scene.js",
    "view/paint.js",
    "view/svg.js",
    "view/evidence.js",
    "view/panel.js",
    "view/badges.js",
    "view/edges.js",
    "view/ways.js",
    "view/share.js",
    "view/sheets.js",
    "view/paper.js",
    "view/side.js",
    "view/read.js",
    "view/canvas.js",
    "view/view.js",
    "index/index.js",
    "systems/systems.js",
    "map/map.js",
    "map/paper.js",
    "page/page.js",
    "page/live.js",
)
_VIS_PATH: Final = "templates/lib/vis-9.1.2/vis-network.min.js"


def json_text(value: object) -> Markup:
    """JSON that can't end the script element around it, whatever the strings in it say."""
    text = msgspec.json.encode(value).decode()
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704 - nothing in it can end a script element


@cache
def vis_network() -> Markup:
    """The script of vis-network that pyvis carries."""
    return Markup(vis_file().read_text(encoding="utf-8"))  # noqa: S704 - a test pins its checksum


def vis_file() -> Path:
    """Where pyvis keeps vis-network; found without importing pyvis, which loads a notebook stack."""
    spec = find_spec("pyvis")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("the HTML report needs the package pyvis", name="pyvis")
    return Path(spec.submodule_search_locations[0], _VIS_PATH)


@cache
def page_script() -> Markup:
    """The page's own scripts as one function, so that nothing of it is global."""
    return Markup('(() => {{"use strict";\n{}}})();\n').format(Markup("\n").join(_asset(name) for name in SCRIPTS))


@cache
def early_script() -> Markup:
    """What runs at the head of the page."""
    return _asset("page/early.js")


def hash_source(script: str) -> Markup:
    """The script as the content security policy names it: nothing else may run in the page."""
    return Markup("'sha256-{}'").format(b64encode(sha256(script.encode()).digest()).decode())


@cache
def page_style() -> Markup:
    """The page's whole style."""
    return Markup("").join(_asset(name) for name in STYLES)


@cache
def _asset(name: str) -> Markup:
    return Markup(files("exporters.html").joinpath(name).read_text(encoding="utf-8"))  # noqa: S704 - our own file


@cache
def template() -> Template:
    """The whole page's template; every value that it writes is escaped."""
    loader = PackageLoader("exporters.html", ".")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page/page.html.j2")
