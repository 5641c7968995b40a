"""Requests reach the handlers of each framework, and what they hand over becomes the next steps."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DEFINITION = """\
schema: undercurrent/workflow@1
id: w
name: W
triggers: [{kind: http, framework: FRAMEWORK, methods: [PUT], path: "PATH"}]
start: first
steps:
- {id: first, kind: http, run: "HANDLER", next: [{step: second}]}
- {id: second, run: "work:double"}
"""
WORK = """
from celery import Celery
app = Celery("x", broker="redis://127.0.0.1:1/0")
@app.task
def double(n):
    print(n * 2)
"""
DJANGO = {
    "work.py": "import django.contrib.auth.models  # Needs the settings." + WORK,
    "shop/__init__.py": "",
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
    "shop/settings.py": """
SECRET_KEY = "x"
ROOT_URLCONF = "shop.urls"
ALLOWED_HOSTS = ["shop.example"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
SECURE_SSL_REDIRECT = True
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.csrf.CsrfViewMiddleware"]
""",
    "shop/urls.py": """
import json
from django.http import JsonResponse
from django.urls import path
from work import double
def show(request, order):
    double.delay(order)
    return JsonResponse({"order": order, "method": request.method, "body": json.loads(request.body), **request.GET})
urlpatterns = [path("orders/<int:order>/", show)]
""",
}
FASTAPI = {
    "work.py": WORK,
    "main.py": """
from contextlib import asynccontextmanager
from fastapi import APIRouter, BackgroundTasks, FastAPI
from work import double
started = []
@asynccontextmanager
async def life(app):
    started.append(True)
    yield
router = APIRouter(prefix="/api")
@router.put("/orders/{order}")
async def show(order: int, body: dict, q: str, background: BackgroundTasks):
    background.add_task(double.delay, order)
    return {"order": order, "method": "PUT" if started else "", "body": body, "q": [q]}
app = FastAPI(lifespan=life)
app.include_router(router)
""",
}


@pytest.mark.parametrize(
    ("framework", "files", "path", "handler"),
    [
        ("django", DJANGO, "/orders/<int:order>/", "shop.urls:show"),
        ("fastapi", FASTAPI, "/api/orders/{order}", "main:show"),
    ],
)
def test_a_request_is_sent_as_the_framework_sends_it(
    framework: str,
    files: dict[str, str],
    path: str,
    handler: str,
    tree: Callable[[dict[str, str]], Path],
    undercurrent: Callable[..., Any],
    tmp_path: Path,
) -> None:
    if importlib.util.find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed")
    text = DEFINITION.replace("FRAMEWORK", framework).replace("PATH", path).replace("HANDLER", handler)
    root = tree({**files, "flow.yaml": text})
    given = {"path_params": {"order": 7}, "json": {"a": 1}, "query": {"q": "y z"}}
    options = ["--database", tmp_path / "runs.sqlite", "--input", json.dumps(given), "--format", "json"]
    done = undercurrent("run", root / "flow.yaml", "--root", root, *options)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert [step["step"] for step in report["steps"]] == ["first", "second"]
    result = report["steps"][0]["result"]
    assert result["status"] == 200
    assert json.loads(result["body"]) == {"order": 7, "method": "PUT", "body": {"a": 1}, "q": ["y z"]}
    assert "14" in done.stderr.splitlines()
