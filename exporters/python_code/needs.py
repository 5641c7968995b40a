"""What a package needs of the backend that its steps come from, and the inputs of its workflows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from exporters.canonical.records import Definition
from exporters.shared.markdown_text import code
from exporters.worker.finding import family
from exporters.worker.responses import parameters_of

_NEEDS = """\
## What the backend needs

The workers import and run the backend's own code. So they need what its own processes need: its requirements, its
environment variables and settings files, its database and the services that it asks. What it imports is looked for in
BACKEND, its folder{roots}.\
"""
_DJANGO = "Django's settings are those that `DJANGO_SETTINGS_MODULE` names, else those that `manage.py` names."
_FOUND = """\
The web application is the one in a module `app`, `main`, `wsgi`, `asgi` or the like, or what a function `create_app`
makes; another one is named in the definition as `application: module:object`, from which this package is made anew.\
"""
_INPUTS = """\
## Inputs

An input is JSON. Of a request it is `method`, `path`, `path_params`, `query`, `headers` and `json`, `form` or `body`;
anything else is taken as the JSON body. Of a Django command it is its options by name. Of any other workflow it is the
arguments: by name, or `args` and `kwargs`.\
"""


def needs(definitions: Sequence[Definition]) -> str:
    """The sections: inputs; requirements, folders, settings, the web application."""
    roots = [root for root in dict.fromkeys(r for d in definitions for r in d.import_roots) if root != "."]
    below = f", and in its {', '.join(code(root) for root in roots)}" if roots else ""
    families = {family(run.framework) for definition in definitions for run in definition.runs}
    frameworks = {run.framework for definition in definitions for run in definition.runs}
    told = [_NEEDS.replace("{roots}", below)]
    if "django" in families | frameworks:
        told.append(_DJANGO)
    if families & {"flask", "asgi", "aiohttp"}:
        named = sorted({definition.application for definition in definitions if definition.application})
        told.append(f"The web application is {', '.join(code(name) for name in named)}." if named else _FOUND)
    return "\n\n".join([_INPUTS, *told])


def inputs(definition: Definition) -> str:
    """An example of the workflow's input, with null for what only its user knows; empty where it takes none."""
    run = next((run for run in definition.runs if run.id == definition.start), None)
    if run is None:
        return ""
    if run.kind == "command" and run.framework == "django":
        return ""
    if run.kind not in {"http", "webhook"}:
        return json.dumps(dict.fromkeys(run.parameters)) if run.parameters else ""
    request = next((trigger for trigger in definition.triggers if trigger.kind in {"http", "webhook"}), None)
    method = request.methods[0] if request and request.methods else "POST"
    given: dict[str, Any] = {}
    if request and (names := parameters_of(request.path)):
        given["path_params"] = dict.fromkeys(names)
    if method in {"POST", "PUT", "PATCH"}:
        given["json"] = {}
    return json.dumps(given or {"query": {}})
