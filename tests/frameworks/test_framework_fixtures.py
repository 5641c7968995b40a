"""Every folder of `fixtures/frameworks`: what is found is exactly what its `expected.yaml` lists."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import yaml

FIXTURES = Path(__file__).parents[2] / "fixtures" / "frameworks"
FOLDERS = sorted(path.parent for path in FIXTURES.glob("*/expected.yaml"))

_spec = importlib.util.spec_from_file_location("frameworks_conftest", Path(__file__).parent / "conftest.py")
assert _spec is not None and _spec.loader is not None
_stages = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_stages)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_is_found_is_exactly_what_the_fixture_lists(folder: Path) -> None:
    expected = yaml.safe_load((folder / "expected.yaml").read_text())
    found = _stages.listing(_stages.run_stages(folder / "app"))
    for part in sorted({*expected, *found}):
        assert found.get(part, []) == sorted(expected.get(part, [])), part


def test_every_library_of_the_catalogs_that_starts_or_dispatches_work_has_a_fixture() -> None:
    assert {folder.name for folder in FOLDERS} >= {
        "airflow", "dagster", "green_threads", "luigi", "prefect", "ray", "temporal",
        "arq", "background_task", "django_q", "django_tasks", "dramatiq", "huey", "procrastinate", "saq", "streaq",
        "taskiq",
        "aio_pika", "aiokafka", "confluent_kafka", "faststream", "faust", "kafka_python", "kombu", "mqtt", "nameko",
        "nats", "pika", "quixstreams", "redis",
        "aws_messaging", "azure_messaging", "google_pubsub", "postgres_notify", "stomp", "websocket_client", "zeromq",
        "apscheduler", "blinker", "celery", "click", "django", "fastapi", "flask", "flask_restful",
        "python_concurrency", "rest_framework", "rq", "schedule", "sqlalchemy_events", "starlette",
        "aiodataloader", "ariadne", "asgiref", "channels", "graphene", "graphql_core", "grpc", "promise", "socketio",
        "aiohttp_server", "django_ninja", "falcon", "litestar", "quart", "robyn", "sanic", "tornado",
        "strawberry", "tartiflette", "websockets",
        "apscheduler_four", "cron_libraries", "django_crons", "flask_apscheduler",
        "django_fsm", "django_lifecycle", "django_signals", "django_soft_delete", "mongoengine", "ormar",
        "peewee_signals", "pluggy", "pydispatch", "pyee", "pyramid_events", "tortoise", "zope_events",
        "apiflask", "bottle", "cherrypy", "cornice", "flask_appbuilder", "flask_restx", "flask_smorest",
        "flask_principal", "marshmallow",
        "http_server", "jsonrpc", "web_py",
        "masonite", "pyramid", "aws_cdk", "flask_classful",
        "aws_lambda_powertools", "azure_functions", "chalice", "functions_framework", "mangum", "argparse",
        "command_lines", "connexion", "fire", "google_cloud_tasks", "hug",
        "python_statemachine", "transitions",
    }  # fmt: skip
