"""A registration whose handler is not found is reported where that may hide a hop, and only there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]


@pytest.mark.parametrize(
    "text",
    [
        "from fastapi import APIRouter\nrouter = APIRouter(prefix='/a')\n",
        "from fastapi import FastAPI\napp = FastAPI(lifespan=None)\n",
        "from fastapi import FastAPI\nfrom elsewhere import lifespan\napp = FastAPI(lifespan=lifespan)\n",
        "from fastapi import FastAPI\nclass Life:\n    pass\napp = FastAPI(lifespan=Life())\n",
        "from litestar import Litestar\napp = Litestar([], lifespan=[])\n",
        "import falcon\nclass Orders:\n    def on_get(self, req, resp): ...\nfalcon.App().add_route('/', Orders())\n",
    ],
    ids=[
        "nothing is registered",
        "None is registered",
        "something external",
        "an object",
        "an empty list",
        "an object without the method",
    ],
)
def test_a_hook_that_hides_no_hop_is_not_reported(find: Find, text: str) -> None:
    assert find({"app.py": text}).problems == ()


@pytest.mark.parametrize(
    "text",
    [
        "from fastapi import FastAPI\ndef make(options):\n    return FastAPI(lifespan=options['life'])\n",
        "from fastapi import FastAPI\ndef make(**options):\n    return FastAPI(**options)\n",
    ],
    ids=["out of a mapping", "out of a spread"],
)
def test_a_handler_that_may_be_a_function_of_the_project_is_reported(find: Find, text: str) -> None:
    assert [problem.what for problem in find({"app.py": text}).problems] == ["hook registered"]


def test_a_beat_schedule_that_names_no_task_is_reported_at_its_row(find: Find) -> None:
    text = (
        "import celery\n"
        "CELERY_BEAT_SCHEDULE = {\n"
        "    'nightly': {\n"
        "        'task': 'shop.gone', 'schedule': 30},\n"
        "    'weekly': dict(task='shop.lost', schedule=30)}\n"
    )
    assert [(p.unit, p.line, p.what) for p in find({"settings.py": text}).problems] == [
        ("settings.py::<module>", 3, "scheduled task shop.lost"),
        ("settings.py::<module>", 4, "scheduled task shop.gone"),
    ]
