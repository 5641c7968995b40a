"""Pieces of handlers inside FastAPI, Django, its REST framework and aiohttp, with all that these put around them."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from tests.exporters.worker.conftest import Perform, context

FASTAPI = """
from contextlib import asynccontextmanager
from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
said = []
class Odd(ValueError):
    pass
class Order(BaseModel):
    sku: str
    amount: int = 1
class Session:
    def __init__(self):
        self.loop = asyncio.get_running_loop()
    async def get(self, name):
        assert asyncio.get_running_loop() is self.loop
        return name.upper()
async def session():
    made = Session()
    try:
        yield made
        said.append("commit")
    except Exception as error:
        said.append(f"rollback {error}")
        raise
async def user(request: Request):
    if request.headers.get("x-user") == "banned":
        raise HTTPException(403, "no")
    return request.headers.get("x-user", "nobody")
import asyncio
@asynccontextmanager
async def life(app):
    yield {"started": True}
router = APIRouter(prefix="/api")
@router.put("/orders/{order}", status_code=201)
async def show(order: int, body: Order, request: Request, background: BackgroundTasks, q: str = "",
               session: Session = Depends(session), user: str = Depends(user)):
    return {"whole": order}
app = FastAPI(lifespan=life)
app.include_router(router)
@app.exception_handler(Odd)
async def odd(request, error):
    return JSONResponse({"odd": str(error)}, 422)
def fail(kind):
    raise {"odd": Odd, "value": ValueError}[kind](kind)
"""
DJANGO = {
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
    "shop/__init__.py": "",
    "shop/settings.py": """
SECRET_KEY = "x"
ROOT_URLCONF = "web"
ALLOWED_HOSTS = ["shop.example"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"]
MIDDLEWARE = ["web.middleware", "django.middleware.csrf.CsrfViewMiddleware"]
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None}
""",
    "web.py": """
import functools, json
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.views import View
from django.views.decorators.cache import never_cache
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.exceptions import ValidationError
said = []
class Odd(ValueError):
    pass
def middleware(get_response):
    def run(request):
        request.stamp = request.headers.get("X-User", "nobody")
        if request.stamp == "banned":
            return HttpResponse("no", status=403)
        response = get_response(request)
        response["X-Stamp"] = "1"
        return response
    run.process_exception = None
    return Answering(get_response)
class Answering:
    def __init__(self, get_response):
        self.get_response = get_response
    def __call__(self, request):
        request.stamp = request.headers.get("X-User", "nobody")
        if request.stamp == "banned":
            return HttpResponse("no", status=403)
        response = self.get_response(request)
        response["X-Stamp"] = "1"
        return response
    def process_exception(self, request, error):
        return JsonResponse({"odd": str(error)}, status=422) if isinstance(error, Odd) else None
def counted(view):
    @functools.wraps(view)
    def run(request, *args, **kwargs):
        said.append("decorated")
        return view(request, *args, **kwargs)
    return run
@counted
@never_cache
def show(request, order):
    return JsonResponse({"whole": order}, status=201)
class Orders(View):
    limit = 5
    def put(self, request, order):
        return JsonResponse({"whole": order}, status=201)
class Rest(APIView):
    def put(self, request, order):
        return Response({"whole": order}, status=201)
def fail(kind):
    raise {"odd": Odd, "value": ValueError}[kind](kind)
urlpatterns = [
    path("api/orders/<int:order>", show),
    path("class/orders/<int:order>", Orders.as_view(limit=9)),
    path("rest/orders/<int:order>", Rest.as_view()),
]
""",
}
AIOHTTP = """
from aiohttp import web
class Odd(ValueError):
    pass
@web.middleware
async def answers(request, handler):
    if request.headers.get("x-user") == "banned":
        raise web.HTTPForbidden()
    try:
        return await handler(request)
    except Odd as error:
        return web.json_response({"odd": str(error)}, status=422)
async def show(request):
    return web.json_response({"whole": 7}, status=201)
async def begin(app):
    app["ready"] = True
def make_app():
    app = web.Application(middlewares=[answers])
    app.on_startup.append(begin)
    app.router.add_put("/api/orders/{order}", show)
    return app
def fail(kind):
    raise {"odd": Odd, "value": ValueError}[kind](kind)
"""
REQUEST = {"method": "PUT", "path": "/api/orders/7", "query": {"q": "y z"}, "json": {"sku": "A"}}
HERE = context(request=REQUEST)
BANNED = context(request={**REQUEST, "headers": {"X-User": "banned"}})


def runs(framework: str, function: str, names: str, steps: str) -> str:
    return f"""
- id: first
  kind: http
  framework: {framework}
  function: "web:{function}"
  parameters: [order]
  context: [{names}]
  steps:
{steps}
  - {{type: step, id: fail, call: "web:fail", inputs: {{kind: kind}}}}
  - type: try
    id: guard
    steps: [{{type: step, id: guarded, call: "web:fail", inputs: {{kind: kind}}}}]
    catch: [{{errors: [Odd], steps: []}}]
"""


CALLS: list[Any] = [
    ("first", {}, HERE),
    ("first", {}, BANNED),
    ("piece", {}, HERE),
    ("respond", {"order": 7}, HERE),
    ("whole", {}, HERE),
    ("fail", {"kind": "odd"}, HERE),
    ("guarded", {"kind": "odd"}, HERE),
    ("fail", {"kind": "value"}, HERE),
]
ODD = {
    "types": ["web.Odd", "builtins.ValueError"],
    "message": "odd",
}


def check_common(done: list[dict[str, Any]]) -> None:
    """What holds for every framework, of the calls above."""
    _, banned, _, responded, whole, answered, guarded, failed = done
    assert banned["ended"]["status"] == 403
    assert responded["outputs"]["result"]["status"] == 201
    assert '"got":' in responded["outputs"]["result"]["body"].replace(" ", "")
    assert whole["outputs"]["result"]["status"] == 201
    assert '"whole"' in whole["outputs"]["result"]["body"]
    assert (answered["ended"]["status"], "odd" in answered["ended"]["body"]) == (422, True)
    assert guarded["error"]["types"][:2] == ODD["types"]
    assert failed["error"]["types"][0] == "builtins.ValueError"


needs_fastapi = pytest.mark.skipif(importlib.util.find_spec("fastapi") is None, reason="FastAPI is not installed")
needs_rest = pytest.mark.skipif(importlib.util.find_spec("rest_framework") is None, reason="DRF is not installed")
needs_aiohttp = pytest.mark.skipif(importlib.util.find_spec("aiohttp") is None, reason="aiohttp is not installed")


@needs_fastapi
def test_fastapi_solves_parameters_and_dependencies_anew_for_each_piece(perform: Perform) -> None:
    steps = """
  - {type: step, id: piece, module: web, code: 'name = await session.get(user); ready = request.state.started', outputs: {name: n, ready: r}}
  - {type: step, id: respond, module: web, code: 'result = {"got": order}', inputs: {order: order}, outputs: {result: r}, responds: true}
  - {type: step, id: whole, call: "web:show", outputs: {result: r}}
  - {type: step, id: later, module: web, code: 'background.add_task(said.append, "later")'}
  - {type: step, id: heard, module: web, code: 'heard = list(said)', outputs: {heard: h}}
"""
    text = runs("fastapi", "show", "request, background, session, user", steps)
    invalid = context(request={**REQUEST, "json": {"amount": "many"}})
    more: list[Any] = [("later", {}, HERE), ("heard", {}, HERE), ("first", {}, invalid)]
    done = perform({"web.py": FASTAPI}, text, [*CALLS, *more])
    check_common(done[: len(CALLS)])
    order = {"$": "model", "class": "web:Order", "fields": {"sku": "A", "amount": 1}, "set": ["sku"]}
    assert done[0]["outputs"] == {"order": 7, "body": {**order, "extra": None, "private": {}}, "q": "y z"}
    assert done[2]["outputs"] == {"name": "NOBODY", "ready": True}
    heard = done[9]["outputs"]["heard"]
    assert heard[-2:] == ["commit", "later"] or heard[-2:] == ["later", "commit"]
    assert "rollback odd" in heard
    assert done[10]["ended"]["status"] == 422


@needs_rest
@pytest.mark.parametrize(
    ("function", "names", "path", "code"),
    [
        ("show", "request", "/api/orders/7", "name = request.stamp; heard = list(said)"),
        ("Orders.put", "self, request", "/class/orders/7", "name = request.stamp; heard = self.limit"),
        ("Rest.put", "self, request", "/rest/orders/7", 'name = request.stamp; heard = request.data["sku"]'),
    ],
)
def test_django_rebuilds_the_request_through_its_middleware(
    perform: Perform, function: str, names: str, path: str, code: str
) -> None:
    response = "Response" if function.startswith("Rest") else "JsonResponse"
    steps = f"""
  - {{type: step, id: piece, module: web, code: '{code}', outputs: {{name: n, heard: h}}}}
  - {{type: step, id: respond, module: web, code: 'result = {response}(dict(got=order), status=201)', inputs: {{order: order}}, outputs: {{result: r}}, responds: true}}
  - {{type: step, id: whole, call: "web:{function}", outputs: {{result: r}}}}
"""
    moved = [
        (name, given, context(request={**where["origin"]["request"], "path": path})) for name, given, where in CALLS
    ]
    done = perform(DJANGO, runs("django", function, names, steps), moved)
    check_common(done)
    assert done[0]["outputs"] == {"order": 7}
    heard = {"show": ["decorated"], "Orders.put": 9, "Rest.put": "A"}[function]
    assert done[2]["outputs"] == {"name": "nobody", "heard": heard}
    headers = dict(done[3]["outputs"]["result"]["headers"])
    assert headers["X-Stamp"] == "1"
    assert ("no-store" in headers.get("Cache-Control", "")) == (function == "show")


@needs_aiohttp
def test_aiohttp_serves_each_piece_through_its_middlewares(perform: Perform) -> None:
    steps = """
  - {type: step, id: piece, module: web, code: 'sku = (await request.json())["sku"]; ready = request.app["ready"]', outputs: {sku: n, ready: r}}
  - {type: step, id: respond, module: web, code: 'result = web.json_response(dict(got=order), status=201)', inputs: {order: order}, outputs: {result: r}, responds: true}
  - {type: step, id: whole, call: "web:show", outputs: {result: r}}
"""
    done = perform({"web.py": AIOHTTP}, runs("aiohttp", "show", "request", steps), CALLS)
    check_common(done)
    assert done[2]["outputs"] == {"sku": "A", "ready": True}
