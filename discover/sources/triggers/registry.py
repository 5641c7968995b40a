"""All formats: which files each reads, told by name and by a mark in the text, and the function that reads them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from discover.config.safe_yaml import YamlError
from discover.model import Skipped
from discover.sources.packaging import Packaging
from discover.sources.project import Project
from discover.sources.records import DeclaredTrigger
from discover.sources.triggers.azure import read_function
from discover.sources.triggers.ci import read_circleci, read_github, read_gitlab
from discover.sources.triggers.cloudformation import read_cloudformation
from discover.sources.triggers.compose import read_compose
from discover.sources.triggers.crontab import read_crontab
from discover.sources.triggers.dockerfile import read_dockerfile
from discover.sources.triggers.entry_points import read_entry_points
from discover.sources.triggers.file import TriggerFile, unique
from discover.sources.triggers.helm_values import read_helm_values
from discover.sources.triggers.kubernetes import read_kubernetes
from discover.sources.triggers.openapi import read_openapi
from discover.sources.triggers.platforms import read_app_engine_cron, read_app_json, read_render
from discover.sources.triggers.procfile import read_procfile
from discover.sources.triggers.proto import read_proto
from discover.sources.triggers.serverless import read_serverless
from discover.sources.triggers.supervisor import read_supervisor
from discover.sources.triggers.systemd import read_service, read_timer
from discover.sources.triggers.terraform import read_terraform
from discover.sources.triggers.uwsgi import read_uwsgi
from discover.sources.triggers.zappa import read_zappa


class Format(NamedTuple):
    """One kind of file."""

    name: str
    path: re.Pattern[str]
    """Matches the whole path, in any case of letters."""
    mark: re.Pattern[str]
    """Stands in the text; what every file of the format has and few others."""
    read: Callable[[TriggerFile], Iterable[DeclaredTrigger]]


def _format(name: str, path: str, mark: str, read: Callable[[TriggerFile], Iterable[DeclaredTrigger]]) -> Format:
    return Format(name, re.compile(f"(?:.*/)?(?:{path})", re.IGNORECASE), re.compile(mark, re.MULTILINE), read)


_YAML = r"[^/]*\.ya?ml"
_ANY = r"\S"

FORMATS: tuple[Format, ...] = (
    _format(
        "crontab", r"(?:[^/]*[.-])?crontabs?(?:[.-][^/]*)?|[^/]*\.cron|(?:cron\.d|crontabs?)/[^/]+", _ANY, read_crontab
    ),
    _format("procfile", r"(?:[^/]*[.-])?procfile(?:[.-][^/]*)?", _ANY, read_procfile),
    _format(
        "dockerfile",
        r"(?:[^/]*\.)?dockerfile(?:[.-][^/]*)?|containerfile",
        r"^[ \t]*(?:CMD|ENTRYPOINT|cmd|entrypoint)\b",
        read_dockerfile,
    ),
    _format("compose", r"[^/]*compose[^/]*\.ya?ml|(?:docker-)?stack[^/]*\.ya?ml", r"^services\s*:", read_compose),
    _format(
        "kubernetes",
        _YAML + r"|[^/]*\.tpl",
        r"^[ \-]*[\"']?kind[\"']?\s{0,8}:\s{0,8}[\"']?(?:Deployment|\w+Set|Pod|Rollout|Job|Cron\w+|List)\b",
        read_kubernetes,
    ),
    _format("helm values", r"values[^/]*\.ya?ml", r"^[ \-]*[\"']?schedule[\"']?\s{0,8}:", read_helm_values),
    _format("systemd timer", r"[^/]*\.timer", r"^[ \t]*\[Timer\]", read_timer),
    _format("systemd service", r"[^/]*\.service", r"^[ \t]*ExecStart[ \t]*=", read_service),
    _format("supervisor", r"[^/]*\.(?:conf|ini)", r"^[ \t]*\[(?:program|eventlistener|fcgi-program):", read_supervisor),
    _format("uwsgi", r"[^/]*\.ini", r"^[ \t]*\[uwsgi\]", read_uwsgi),
    _format("serverless", r"serverless[^/]*\.(?:ya?ml|json)", r"functions", read_serverless),
    _format(
        "cloudformation",
        _YAML + r"|[^/]*template\.json",
        r"AWS::(?:(?:Serverless|Lambda)::Function|ECS::TaskDefinition)",
        read_cloudformation,
    ),
    _format(
        "openapi",
        _YAML,
        r"operationId[\"']?\s{0,4}:\s{0,4}[\"']?\w+(?:\.\w+)+|x-(?:openapi|swagger)-router-controller",
        read_openapi,
    ),
    _format("terraform", r"[^/]*\.tf", r"^[ \t]*resource[ \t]", read_terraform),
    _format("zappa", r"zappa_settings\.(?:json|ya?ml)", r"events|exception_handler", read_zappa),
    _format("azure functions", r"function\.json", r"\"bindings\"", read_function),
    _format("protobuf", r"[^/]*\.proto", r"^[ \t]*service\b", read_proto),
    _format("github actions", r"\.github/workflows/[^/]+\.ya?ml", r"\bcron\s{0,8}:", read_github),
    _format("gitlab", r"\.gitlab-ci\.ya?ml|[^/]*\.gitlab-ci\.ya?ml", r"schedule", read_gitlab),
    _format("circleci", r"\.circleci/[^/]+\.ya?ml", r"\bcron\s*:", read_circleci),
    _format("app.json", r"app\.json", r"\"(?:scripts|cron)\"", read_app_json),
    _format("render", r"render\.ya?ml", r"^services\s*:", read_render),
    _format("app engine cron", r"cron\.ya?ml", r"^cron\s*:", read_app_engine_cron),
)


def read_triggers(
    project: Project, packagings: list[Packaging], others: Iterable[str]
) -> tuple[tuple[DeclaredTrigger, ...], tuple[Skipped, ...]]:
    """All declared triggers, and the files that look as if they had some and can't be read."""
    found: list[DeclaredTrigger] = list(read_entry_points(packagings, project))
    skipped: list[Skipped] = []
    for path in others:
        for kind in FORMATS:
            if kind.path.fullmatch(path):
                text = project.reader.text(path)
                if kind.mark.search(text):
                    try:
                        found += kind.read(TriggerFile(path, text, project, kind.name))
                    except YamlError as error:
                        reason = f"looks like {kind.name} but is not usable YAML: {error.message}"
                        skipped.append(Skipped(file=path, line=error.line, reason=reason))
    return unique(found), tuple(skipped)
