from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discover.sources.commands import parse_command_line, parse_words
from discover.sources.commands.wrappers import WRAPPERS
from discover.sources.records import Command


def one(line: str) -> Command:
    (command,) = parse_command_line(line)
    return command


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("python manage.py send_mail --all", {"kind": "manage", "name": "send_mail", "arguments": ("--all",)}),
        ("./manage.py rq worker $QUEUES", {"kind": "manage", "name": "rq", "arguments": ("worker", "$QUEUES")}),
        ("/venv/bin/python3.12 -u /app/manage.py x", {"kind": "manage", "name": "x", "path": "/app/manage.py"}),
        ("django-admin clearsessions", {"kind": "manage", "name": "clearsessions", "path": ""}),
        ("python -m django clearsessions", {"kind": "manage", "name": "clearsessions"}),
        (
            "python -m shop.jobs.nightly --fast",
            {"kind": "module", "name": "shop.jobs.nightly", "arguments": ("--fast",)},
        ),
        ("python3 -um shop.jobs", {"kind": "module", "name": "shop.jobs"}),
        ("python -W ignore -X dev run.py now", {"kind": "script", "name": "run.py", "arguments": ("now",)}),
        ("python -c 'import a; a.b()'", {"kind": "code", "arguments": ("import a; a.b()",)}),
        ("flask --app shop:create_app nightly 3", {"kind": "flask", "name": "nightly", "app": "shop:create_app"}),
        ("inv -r ops publish --fast", {"kind": "invoke", "name": "publish", "arguments": ("--fast",)}),
        ("fab -H web1,web2 deploy", {"kind": "invoke", "name": "deploy", "arguments": ()}),
        ("flask run -h 0.0.0.0", {"kind": "server", "name": "flask"}),
        ("celery -A shop.celery:app worker -Q a,b", {"kind": "celery", "app": "shop.celery:app", "role": "worker"}),
        ("celery -A shop worker -Q a,b -c 4", {"queues": ("a", "b")}),
        ("celery worker -A shop -B", {"app": "shop", "role": "worker and beat"}),
        ("celery --app=shop beat -l info", {"app": "shop", "role": "beat"}),
        ("python -m celery -A shop flower", {"kind": "celery", "role": "flower"}),
        ("celery -A shop call shop.tasks.add", {"role": "call", "arguments": ("shop.tasks.add",)}),
        ("rq worker high low", {"kind": "rq", "role": "worker", "queues": ("high", "low")}),
        ("rq worker --url redis://x -c shop.rq high", {"queues": ("high",), "app": "shop.rq"}),
        ("rqscheduler", {"kind": "rq", "role": "scheduler"}),
        ("gunicorn -w 4 -b 0.0.0.0:80 shop.wsgi", {"kind": "server", "app": "shop.wsgi"}),
        ("gunicorn -k uvicorn.workers.UvicornWorker 'shop.main:make()'", {"app": "shop.main:make()"}),
        ("gunicorn --chdir web shop.wsgi:application", {"app": "shop.wsgi:application", "folder": "web"}),
        ("uvicorn --factory shop.main:create --port 80", {"kind": "server", "app": "shop.main:create"}),
        ("python -m uvicorn shop.main:app", {"kind": "server", "app": "shop.main:app"}),
        ("uwsgi --module shop.wsgi:app --http :80", {"kind": "server", "app": "shop.wsgi:app"}),
        ("uwsgi --ini deploy/uwsgi.ini", {"kind": "server", "arguments": ("deploy/uwsgi.ini",)}),
        ("fastapi run app/main.py --port 80", {"kind": "worker", "role": "run", "app": "app.main"}),
        ("dramatiq shop.tasks -Q high", {"kind": "worker", "app": "shop.tasks", "queues": ("high",)}),
        ("arq shop.worker.WorkerSettings", {"kind": "worker", "app": "shop.worker.WorkerSettings"}),
        ("huey_consumer.py shop.queue.huey -w 2", {"kind": "worker", "app": "shop.queue.huey"}),
        ("nameko run --config c.yml orders.service", {"kind": "worker", "name": "nameko", "app": "orders.service"}),
        ("faust -A shop.stream worker -l info", {"kind": "worker", "app": "shop.stream", "role": "worker"}),
        ("taskiq worker shop.broker:broker", {"kind": "worker", "app": "shop.broker:broker", "role": "worker"}),
        ("nightly --now", {"kind": "program", "name": "nightly", "arguments": ("--now",)}),
        ("/usr/local/bin/nightly", {"kind": "script", "name": "/usr/local/bin/nightly"}),
        ("bash start.sh web", {"kind": "script", "name": "./start.sh", "arguments": ("web",)}),
        ("sh -e /app/start.sh", {"kind": "script", "name": "/app/start.sh"}),
    ],
)
def test_what_a_command_starts(line: str, fields: dict[str, object]):
    command = one(line)
    assert {name: getattr(command, name) for name in fields} == fields


@pytest.mark.parametrize(
    "prefix",
    [
        *("exec", "nohup", "env A=1 B=2", "A=1 B='2 3'", "nice -n 10", "ionice -c2 -n7", "timeout -k 5 300", "tini --"),
        *("timeout 5m", "flock -n /tmp/lock", "flock -w 10 /tmp/lock", "sudo -u app -E", "gosu app", "su-exec app"),
        *(
            "poetry run",
            "pipenv run",
            "uv run --frozen --env-file .env",
            "pdm run",
            "conda run -n shop",
            "dotenv run --",
        ),
        *("ddtrace-run", "newrelic-admin run-program", "opentelemetry-instrument --traces_exporter otlp", "chronic"),
        *("docker compose run --rm -e A=b web", "docker compose -f x.yml exec web", "docker-compose run web"),
        *("docker exec -it shop_web_1", "kubectl exec deploy/web --", "heroku run -a shop", "cronitor exec abc"),
        *(
            "watchmedo auto-restart -d . -p '*.py' --",
            "wait-for-it.sh db:5432 --",
            "dumb-init --",
            "coverage run -m x ;",
        ),
        *(
            "dockerize -wait tcp://db:1 -timeout 60s",
            "chamber exec shop --",
            "xargs -n 1",
            "time",
            "nohup nice -n 5 exec",
        ),
    ],
)
def test_what_wraps_a_command_is_taken_off(prefix: str):
    command = parse_command_line(f"{prefix} python -m shop.job --x")[-1]
    assert (command.kind, command.name, command.arguments) == ("module", "shop.job", ("--x",))


@pytest.mark.parametrize(
    "line",
    [
        *("bash -c 'python -m shop.job'", 'sh -lc "exec python -m shop.job"', "su app -c 'python -m shop.job'"),
        *("flock /tmp/x -c 'python -m shop.job'", "bash -euxo pipefail -c 'python -m shop.job'"),
        *("bash -c \"bash -c 'python -m shop.job'\"", "runuser -u app -- python -m shop.job"),
    ],
)
def test_a_shell_in_a_shell_is_opened(line: str):
    assert [command.name for command in parse_command_line(line)] == ["shop.job"]


def test_a_folder_holds_for_what_follows():
    commands = parse_command_line("cd /srv && python a.py; cd jobs; python b.py", "")
    assert [(command.name, command.folder) for command in commands] == [("a.py", "/srv"), ("b.py", "/srv/jobs")]


@pytest.mark.parametrize("line", ["env -C /srv python a.py", "uv run --directory /srv python a.py"])
def test_a_wrapper_may_change_the_folder(line: str):
    assert one(line).folder == "/srv"


def test_variables_before_a_command_are_kept():
    assert one("export A=1; B=2 python x.py").environment == ("A=1", "B=2")


def test_waiting_and_housekeeping_are_no_commands():
    lines = "set -e; echo hi; sleep 1; mkdir -p x; . ./env; source a; export X; exit 0; trap x EXIT"
    assert parse_command_line(lines) == []


@given(st.text(max_size=120))
def test_no_text_raises(text: str):
    parse_command_line(text)


@given(st.lists(st.sampled_from([*WRAPPERS, "-c", "--", "-", "sh", "A=1", "-n", "run", "exec", "python", "-m", "''"])))
def test_no_order_of_wrappers_raises(words: list[str]):
    parse_words(words)
    parse_command_line(" ".join(words))
