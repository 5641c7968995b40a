"""Find the workflows that a Python backend hides, from its source alone.

The public API; each name loads its module when it is first used, so that `import discover` costs next to nothing:

    from discover import load_config, scan, to_json

    graph = scan(root, load_config(root, None))
    for workflow in graph.workflows:
        print(workflow.name, workflow.services)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from discover.config import Config, load_config
    from discover.errors import ConfigError, DiscoverError, ExitCode, InputError
    from discover.model import Graph, Workflow
    from discover.model.serialize import from_json, to_json
    from discover.pipeline import scan

__version__ = "0.1.0"

__all__ = [
    "Config",
    "ConfigError",
    "DiscoverError",
    "ExitCode",
    "Graph",
    "InputError",
    "Workflow",
    "from_json",
    "load_config",
    "scan",
    "to_json",
]

_HOMES = {
    "Config": "discover.config",
    "ConfigError": "discover.errors",
    "DiscoverError": "discover.errors",
    "ExitCode": "discover.errors",
    "Graph": "discover.model",
    "InputError": "discover.errors",
    "Workflow": "discover.model",
    "from_json": "discover.model.serialize",
    "load_config": "discover.config",
    "scan": "discover.pipeline",
    "to_json": "discover.model.serialize",
}


def __getattr__(name: str) -> object:
    """Loads a public name from its home."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted([*__all__, "__version__"])
