"""By name alone: is a file Python, or could it declare triggers, services or import roots?"""

from __future__ import annotations

import re

_OTHER = re.compile(
    r".*\.(?:ya?ml|cron|crontab|timer|service|conf|ini|sh|bash|tpl|proto|tf)"
    r"|(?:.*[.-])?(?:dockerfile|containerfile|procfile|crontab)(?:[.-].*)?"
    r"|pyproject\.toml|setup\.cfg|pipfile|app\.json|zappa_settings\.json|(?:.*[.-])?template\.json|serverless\.json"
    r"|chalice\.json|vercel\.json|function\.json|host\.json|\.env|makefile",
    re.IGNORECASE,
)
_SCRIPT_FOLDERS = frozenset({"bin", "scripts", "script", "deploy", "deployment", "docker", "ops", "tools", "cron"})
_CRON_FOLDERS = re.compile(r"cron(?:tabs?|\.d|\.hourly|\.daily|\.weekly|\.monthly)?", re.IGNORECASE)
_ENTRY_NAMES = re.compile(r"(?:docker[-_])?entry[-_]?point|start[-_\w]*|run[-_\w]*|manage", re.IGNORECASE)


def is_python(name: str) -> bool:
    """Whether the name is that of a Python module."""
    return name.endswith(".py")


def is_other(name: str, folder: str) -> bool:
    """Whether a file of this name, in a folder of that name, may hold something the layout is read from."""
    return _OTHER.fullmatch(name) is not None or ("." not in name and is_script(name, folder))


def is_script(name: str, folder: str) -> bool:
    """Whether a file without an extension is likely a program or a crontab: its first line decides."""
    return folder in _SCRIPT_FOLDERS or bool(_CRON_FOLDERS.fullmatch(folder)) or bool(_ENTRY_NAMES.fullmatch(name))
