from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import pytest

from discover.sources.records import DeclaredTrigger
from discover.sources.tree import SourceTree

Read = Callable[[Mapping[str, str | bytes]], SourceTree]
Declared = Callable[[Mapping[str, str | bytes]], list[DeclaredTrigger]]

CASES: dict[str, tuple[dict[str, str], list[tuple[str, str, str, str, str]]]] = {
    "a Procfile": (
        {"Procfile": "web: gunicorn shop.wsgi\nclock: celery -A shop beat\n# x: y\nrelease: ./manage.py migrate\n"},
        [
            ("Procfile:1", "process", "web", "", "shop/wsgi.py"),
            ("Procfile:2", "process", "clock", "", "shop/celery.py"),
            ("Procfile:4", "command", "release", "", "manage.py"),
        ],
    ),
    "Terraform's functions, and what calls them": (
        {
            "infra/main.tf": 'resource "aws_lambda_function" "mail" {\n  handler = "app.mail" # x\n}\n'
            'resource "aws_lambda_function" "work" {\n  handler = "app.work"\n}\n'
            'resource "aws_lambda_function" "idle" {\n  handler = "app.idle"\n}\n'
            'resource "aws_sqs_queue" "orders" { name = "shop-orders" }\n'
            'resource "aws_lambda_event_source_mapping" "q" {\n  event_source_arn = aws_sqs_queue.orders.arn\n'
            "  function_name = aws_lambda_function.work.arn\n}\n",
            "infra/rules.tf": 'resource "aws_cloudwatch_event_rule" "r" { schedule_expression = "rate(1 hour)" }\n'
            'resource "aws_cloudwatch_event_target" "t" {\n  rule = aws_cloudwatch_event_rule.r.name\n'
            "  arn = aws_lambda_function.mail.arn\n}\n",
            "app.py": "",
        },
        [
            ("infra/main.tf:7", "hook", "idle", "", "app.py"),
            ("infra/main.tf:10", "alias", "shop-orders", "", ""),
            ("infra/main.tf:11", "consumer", "work", "", "app.py"),
            ("infra/rules.tf:2", "schedule", "mail", "rate(1 hour)", "app.py"),
        ],
    ),
    "Terraform's containers and calls by the clock": (
        {
            "infra/main.tf": 'resource "aws_ecs_task_definition" "jobs" {\n'
            '  container_definitions = jsonencode([{ name = "jobs", command = ["python", "-m", "jobs.clean"] }])\n}\n'
            'resource "aws_ecs_service" "jobs" { task_definition = aws_ecs_task_definition.jobs.arn }\n'
            'resource "aws_cloudwatch_event_rule" "r" { schedule_expression = "rate(1 day)" }\n'
            'resource "aws_cloudwatch_event_target" "own" {\n  rule = aws_cloudwatch_event_rule.r.name\n'
            "  ecs_target { task_definition_arn = aws_ecs_task_definition.jobs.arn }\n"
            '  input = jsonencode({ containerOverrides = [{ name = "jobs", command = ["python", "report.py"] }] })\n}\n'
            'resource "aws_scheduler_schedule" "hourly" {\n  schedule_expression = "rate(1 hour)"\n  target {\n'
            "    ecs_parameters { task_definition_arn = aws_ecs_task_definition.jobs.arn }\n  }\n}\n",
            "infra/google.tf": 'resource "google_cloud_scheduler_job" "clean" {\n  schedule = "0 3 * * *"\n'
            '  http_target {\n    http_method = "POST"\n    uri = "${google_cloud_run_service.api.url}/tasks/clean"\n'
            "  }\n}\n"
            'resource "google_cloud_scheduler_job" "theirs" {\n  schedule = "0 4 * * *"\n'
            '  http_target { uri = "https://example.com/ping" }\n}\n'
            'resource "google_cloud_run_v2_job" "report" {\n  template {\n    template {\n'
            '      containers {\n        command = ["python"]\n        args = ["report.py"]\n      }\n    }\n  }\n}\n'
            'resource "google_cloud_scheduler_job" "job" {\n  schedule = "0 5 * * *"\n  http_target {\n'
            '    uri = "https://run.googleapis.com/v2/${google_cloud_run_v2_job.report.id}:run"\n  }\n}\n',
            "jobs/__init__.py": "",
            "jobs/clean.py": "",
            "report.py": "",
        },
        [
            ("infra/google.tf:1", "schedule", "clean", "0 3 * * *", ""),
            ("infra/google.tf:22", "schedule", "job", "0 5 * * *", "report.py"),
            ("infra/main.tf:4", "process", "jobs", "", "jobs/clean.py"),
            ("infra/main.tf:6", "schedule", "own", "rate(1 day)", "report.py"),
            ("infra/main.tf:11", "schedule", "hourly", "rate(1 hour)", "jobs/clean.py"),
        ],
    ),
    "values that a chart's templates go over": (
        {
            "chart/Chart.yaml": "name: shop\n",
            "chart/values.yaml": "cronJobs:\n  clean:\n    schedule: '0 3 * * *'\n    command: [python, clean.py]\n"
            "jobs:\n  - name: report\n    schedule: '@daily'\n    args: [python, report.py]\n"
            "named: {schedule: '0 4 * * *', command: [python, report.py]}\n"
            "on: {schedule: fast, command: [python, report.py]}\n"
            "off: {schedule: '0 5 * * *'}\n",
            "chart/templates/cron.yaml": "{{ range .Values.cronJobs }}{{ end }} {{ .Values.named.schedule }}\n",
            "other/values.yaml": "a: {schedule: '0 3 * * *', command: [python, clean.py]}\n",
            "clean.py": "",
            "report.py": "",
        },
        [
            ("chart/values.yaml:4", "schedule", "clean", "0 3 * * *", "clean.py"),
            ("chart/values.yaml:6", "schedule", "report", "@daily", "report.py"),
        ],
    ),
    "containers of a CloudFormation template": (
        {
            "template.yaml": "Resources:\n  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n"
            "      ContainerDefinitions: [{Name: jobs, EntryPoint: [python], Command: [-m, jobs]}]\n"
            "  Nightly:\n    Type: AWS::Events::Rule\n    Properties:\n      ScheduleExpression: rate(1 day)\n"
            "      Targets: [{Arn: !GetAtt C.Arn, EcsParameters: {TaskDefinitionArn: !Ref Task}}]\n"
            "  Weekly:\n    Type: AWS::Scheduler::Schedule\n    Properties:\n      ScheduleExpression: rate(7 days)\n"
            "      Target:\n        EcsParameters: {TaskDefinitionArn: !Ref Task}\n"
            '        Input: \'{"containerOverrides": [{"command": ["python", "report.py"]}]}\'\n',
            "jobs.py": "",
            "report.py": "",
        },
        [
            ("template.yaml:7", "schedule", "Nightly", "rate(1 day)", "jobs.py"),
            ("template.yaml:12", "schedule", "Weekly", "rate(7 days)", "report.py"),
        ],
    ),
    "Zappa's events, once for all stages": (
        {
            "zappa_settings.json": '{"dev": {"events": [{"function": "app.tick", "expression": "rate(1 hour)"}]},\n'
            '"prod": {"events": [{"function": "app.tick", "expression": "rate(1 hour)"}]}}',
            "app.py": "",
        },
        [("zappa_settings.json:1", "schedule", "app.tick", "rate(1 hour)", "app.py")],
    ),
    "an Azure function's binding": (
        {
            "Hello/function.json": '{"scriptFile": "run.py", "entryPoint": "go",\n'
            ' "bindings": [{"type": "timerTrigger", "schedule": "0 0 * * * *"}, {"type": "blob"}]}',
            "Hello/run.py": "",
        },
        [("Hello/function.json:2", "schedule", "Hello", "0 0 * * * *", "Hello/run.py")],
    ),
    "services of Protocol Buffers": (
        {
            "api/orders.proto": 'syntax = "proto3";\npackage shop.v1;\n// service Old { rpc Gone (A) returns (B); }\n'
            "service Orders {\n  option x = {a: 1};\n  rpc Place (A) returns (B) { option y = 2; }\n"
            "  rpc Watch(stream A) returns (stream B);\n}\nmessage A { string rpc = 1; }\n"
        },
        [
            ("api/orders.proto:6", "rpc", "shop.v1.Orders/Place", "", ""),
            ("api/orders.proto:7", "rpc", "shop.v1.Orders/Watch", "", ""),
        ],
    ),
    "an OpenAPI document that names the functions": (
        {
            "spec.yaml": "openapi: 3.0.0\nservers: [{url: /v1}]\npaths:\n  /jobs:\n    get:\n"
            "      operationId: jobs.nightly.listed\n    post: {operationId: elsewhere.made}\n"
            "  /plain:\n    get: {operationId: plain}\n"
            "  /run:\n    x-openapi-router-controller: jobs.nightly\n    put: {operationId: run}\n"
        },
        [
            ("spec.yaml:6", "http", "listed", "", "jobs/nightly.py"),
            ("spec.yaml:12", "http", "run", "", "jobs/nightly.py"),
        ],
    ),
    "jobs that labels schedule in a container": (
        {
            "manage.py": "",
            "compose.yml": "services:\n  web:\n    command: python manage.py runserver\n    labels:\n"
            '      ofelia.enabled: "true"\n'
            "      ofelia.job-exec.clean.schedule: '@every 5m'\n"
            "      ofelia.job-exec.clean.command: python manage.py clean\n"
            "      ofelia.job-exec.half.schedule: '@daily'\n"
            "  night:\n    command: python manage.py nightly\n    deploy:\n      labels:\n"
            '        - "swarm.cronjob.schedule=0 3 * * *"\n',
        },
        [
            ("compose.yml:3", "process", "web", "", "manage.py"),
            ("compose.yml:6", "schedule", "clean", "@every 5m", "manage.py"),
            ("compose.yml:10", "schedule", "night", "0 3 * * *", "manage.py"),
        ],
    ),
    "a compose file named in any way": (
        {
            "compose.dev.yaml": "services:\n  job:\n    command: [python, -m, jobs.nightly]\n"
            "  db:\n    command: postgres\n"
        },
        [("compose.dev.yaml:3", "process", "job", "", "jobs/nightly.py")],
    ),
    "a Dockerfile of several stages": (
        {
            "Dockerfile": "FROM a AS x\nCMD python never.py\nFROM x\n"
            'WORKDIR /app\nCMD ["python", \\\n "-m", "jobs.nightly"]\n'
        },
        [("Dockerfile:5", "process", "", "", "jobs/nightly.py")],
    ),
    "a CronJob": (
        {
            "k8s/jobs.yaml": "apiVersion: v1\nkind: ConfigMap\n---\nkind: CronJob\nmetadata: {name: close}\nspec:\n"
            '  schedule: "0 1 * * *"\n  jobTemplate:\n    spec:\n'
            "      template:\n        spec:\n          containers:\n"
            "            - name: close\n              command: [python]\n              args: [manage.py, close_days]\n"
        },
        [("k8s/jobs.yaml:14", "schedule", "close", "0 1 * * *", "manage.py")],
    ),
    "a list of objects": (
        {
            "all.yml": "kind: List\nitems:\n- kind: Job\n  metadata: {name: once}\n"
            "  spec: {template: {spec: {containers: "
            "[{command: [python, -m, jobs.nightly]}]}}}\n"
        },
        [("all.yml:5", "command", "once", "", "jobs/nightly.py")],
    ),
    "a timer without its service": (
        {"night.timer": "[Timer]\nOnBootSec=5min\nOnUnitActiveSec=1h\n"},
        [("night.timer:2", "schedule", "night", "OnBootSec=5min, OnUnitActiveSec=1h", "")],
    ),
    "a timer with a named unit": (
        {
            "night.timer": "[Timer]\nOnCalendar=daily\nUnit=other.service\n",
            "other.service": "[Service]\nExecStart=/usr/bin/python -m jobs.nightly\n",
        },
        [("night.timer:2", "schedule", "other", "daily", "jobs/nightly.py")],
    ),
    "GitLab": (
        {
            ".gitlab-ci.yml": "test:\n  script: [python -m jobs.nightly]\nnight:\n  only: [schedules]\n  script:\n"
            "    - cd /x\n    - python -m jobs.nightly\nalso:\n  rules:\n"
            '    - if: $CI_PIPELINE_SOURCE == "schedule"\n  script: ./manage.py close\n'
        },
        [
            (".gitlab-ci.yml:5", "schedule", "night", "by GitLab", "jobs/nightly.py"),
            (".gitlab-ci.yml:11", "schedule", "also", "by GitLab", "manage.py"),
        ],
    ),
    "CircleCI": (
        {
            ".circleci/config.yml": "jobs:\n  a:\n    steps:\n      - run: python -m jobs.nightly\n"
            "      - run: {command: ./manage.py close}\nworkflows:\n  night:\n    triggers:\n"
            '      - schedule: {cron: "0 0 * * *"}\n    jobs: [a]\n  push:\n    jobs: [a]\n'
        },
        [
            (".circleci/config.yml:4", "schedule", "night", "0 0 * * *", "jobs/nightly.py"),
            (".circleci/config.yml:5", "schedule", "night", "0 0 * * *", "manage.py"),
        ],
    ),
    "a GitHub workflow without a schedule": (
        {".github/workflows/ci.yml": "on: [push]\njobs: {a: {steps: [{run: python -m jobs.nightly}]}} # cron:\n"},
        [],
    ),
    "app.json": (
        {
            "app.json": '{"scripts": {"postdeploy": "./manage.py close"},\n'
            ' "cron": [{"command": "python -m jobs.nightly",\n "schedule": "@daily"}]}'
        },
        [
            ("app.json:1", "command", "postdeploy", "", "manage.py"),
            ("app.json:2", "schedule", "", "@daily", "jobs/nightly.py"),
        ],
    ),
    "render.yaml": (
        {
            "render.yaml": 'services:\n- type: cron\n  name: n\n  schedule: "0 0 * * *"\n'
            "  startCommand: python -m jobs.nightly\n"
        },
        [("render.yaml:5", "schedule", "n", "0 0 * * *", "jobs/nightly.py")],
    ),
    "App Engine's cron.yaml": (
        {"cron.yaml": "cron:\n- description: night\n  url: /jobs/night\n  schedule: every 24 hours\n"},
        [("cron.yaml:3", "schedule", "night", "every 24 hours", "")],
    ),
    "an entry point": (
        {
            "pyproject.toml": '[project]\nname = "shop"\n[project.scripts]\nnightly = "jobs.nightly:main"\n',
            "Procfile": "a: nightly\n",
        },
        [
            ("Procfile:1", "process", "a", "", "jobs/nightly.py"),
            ("pyproject.toml:4", "command", "nightly", "", "jobs/nightly.py"),
        ],
    ),
    "YAML that is none of these": (
        {"data.yml": "kind: Deployment of things\n", "compose.md.yml": "a: b\n", "i18n.yaml": "services: []\n"},
        [],
    ),
    "a chart that is no YAML without Helm": (
        {"t/x.yaml": "kind: Deployment\n{{ range .Values.x }}\n  a: [\n{{ end }}\n"},
        [],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_format_declares_what_it_starts(declared: Declared, name: str):
    files, expected = CASES[name]
    found = [(t.source, t.kind, t.name, t.schedule, t.starts.path if t.starts else "") for t in declared(files)]
    assert found == expected


BROKEN = {
    "compose.yml": "services:\n  a: [\n",
    "k8s.yml": "kind: CronJob\nspec: {schedule: *missing}\n",
    ".github/workflows/x.yml": "on: {schedule: [{cron: a}\n",
    "serverless.yml": "functions: &f [*f]\n",
    "template.yaml": "# AWS::Serverless::Function\n" + "[" * 5000,
}


@pytest.mark.parametrize("path", BROKEN)
def test_a_broken_file_is_an_entry_with_its_line_and_the_rest_is_read(read: Read, path: str):
    found = read({path: BROKEN[path], "a.py": "", "Procfile": "web: gunicorn a:app\n"})
    (entry,) = found.skipped
    assert entry.file == path
    assert entry.line >= 1
    assert "not usable YAML" in entry.reason
    assert [t.file for t in found.triggers] == ["Procfile"]


def test_an_alias_bomb_in_a_compose_file_is_an_entry(read: Read):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    (entry,) = read({"a.py": "", "compose.yml": "services: {}\n" + "\n".join(lines)}).skipped
    assert "unfolds to more than" in entry.reason


FUNCTION = (
    "Resources: {{F: {{Type: 'AWS::Serverless::Function', Properties: {{Handler: a.b, CodeUri: {v}, Events: {v}}}}}}}\n"
)
WRONG_SHAPES = ["[]", "3", "a", "[a, [b]]", "{a: b}", "{a: [1, {b: 2}]}", "[{a: {b: [c]}}]", "~", "true", "[~]"]


@pytest.mark.parametrize("value", WRONG_SHAPES)
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("compose.yml", "services: {v}\n"),
        ("compose.yml", "services: {{a: {v}}}\n"),
        ("compose.yml", "services: {{a: {{build: {v}, command: {v}, environment: {v}, image: {v}}}}}\n"),
        ("k.yml", "kind: CronJob\nspec: {v}\nmetadata: {v}\n"),
        ("k.yml", "kind: Deployment\nspec: {{template: {{spec: {{containers: {v}, initContainers: {v}}}}}}}\n"),
        ("k.yml", "kind: List\nitems: {v}\n"),
        ("serverless.yml", "functions: {v}\n"),
        (
            "serverless.yml",
            "provider: {v}\ncustom: {v}\nfunctions: {{f: {{handler: jobs/nightly.main, events: {v}}}}}\n",
        ),
        ("serverless.yml", "functions: {{f: {{handler: jobs/nightly.main, events: [{{http: {v}}}, {{sqs: {v}}}]}}}}\n"),
        ("template.yaml", "# AWS::Serverless::Function\nResources: {v}\nGlobals: {v}\n"),
        ("template.yaml", FUNCTION),
        (".github/workflows/a.yml", "on: {{schedule: [{{cron: x}}]}}\njobs: {v}\n"),
        (".github/workflows/a.yml", "on: {{schedule: {v}}} # cron:\njobs: {{a: {{steps: {v}}}}}\n"),
        (".gitlab-ci.yml", "a: {{only: [schedules], script: {v}}}\nb: {{rules: {v}, only: {v}}}\n"),
        (".circleci/config.yml", "workflows: {{a: {{triggers: [{{schedule: {{cron: x}}}}], jobs: {v}}}}}\njobs: {v}\n"),
        ("app.json", '{{"scripts": {v}, "cron": {v}}}'),
        ("render.yaml", "services: {v}\n"),
        ("cron.yaml", "cron: {v}\n"),
    ],
)
def test_no_shape_of_a_file_raises(read: Read, path: str, text: str, value: str):
    read({"a.py": "", path: text.format(v=value)})


def test_hostile_names_stay_text_on_one_line(declared: Declared):
    text = 'services:\n  "</script>\\n\'x":\n    command: "python -m jobs.nightly \'\\n</script>\'"\n'
    (trigger,) = declared({"compose.yml": text})
    assert trigger.name == "</script>\n'x"
    assert "\n" not in trigger.command


@pytest.mark.parametrize("command", ["python ../outside.py", "python /etc/passwd", "sh ../../x.sh", "./link.sh"])
def test_nothing_outside_the_root_is_opened(read: Read, tmp_path, command: str):
    (tmp_path / "outside.py").write_text("x = 1\n")
    (tmp_path / "outside.sh").write_text("#!/bin/sh\npython a.py\n")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "link.sh").symlink_to(tmp_path / "outside.sh")
    assert read({"a.py": "", "Procfile": f"web: {command}\n"}).triggers == ()


def test_scripts_that_call_each_other_end(read: Read):
    files = {"a.py": "", "Procfile": "web: ./one.sh\n", "one.sh": "./two.sh\npython a.py\n", "two.sh": "./one.sh\n"}
    assert [t.starts.path for t in read(files).triggers if t.starts] == ["a.py"]


BLANK_LINES = "\n" * 900_000
SPACES = " " * 900_000
HOSTILE = {
    "Dockerfile": "FROM x\nCMD" + SPACES + "x",
    "a.conf": "[program:x]\ncommand" + SPACES + "x\n" + BLANK_LINES[:90_000],
    "b.timer": BLANK_LINES,
    "c.service": SPACES,
    "d.sh": "if $1" + SPACES + "x",
    "e.yaml": "kind" + SPACES + "x",
    "setup.cfg": "[options.entry_points]\nconsole_scripts =\n  a" + SPACES + "b",
    "pyproject.toml": "[project]\nname = 'x'\na" + SPACES + "b",
    ".github/workflows/x.yml": "on:\n  schedule:\n  - cron" + SPACES + "x",
    "pytest.ini": BLANK_LINES,
    "crontab": "* * * * *" + SPACES + "x\n" + "1," * 400_000,
    "Procfile": "web: " + "$(" * 300_000,
    "t/helm.yaml": "kind: Deployment\n" + "{{" * 400_000,
    "test_x.py": BLANK_LINES + "x = 1\n",
}


@pytest.mark.parametrize("path", HOSTILE)
def test_a_file_of_blanks_or_brackets_takes_no_time(read: Read, path: str):
    start = time.process_time()
    read({"a.py": "", "Procfile": "web: sh d.sh\n", path: HOSTILE[path]})
    assert time.process_time() - start < 3
