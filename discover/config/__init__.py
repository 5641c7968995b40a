"""What a user may set, and where it is read from: `[tool.undercurrent]` in pyproject.toml, or `undercurrent.yaml`."""

from discover.config.load import load_config
from discover.config.records import Config, Limits, ServiceSetting
from discover.config.rules import Rule, rules

__all__ = ["Config", "Limits", "Rule", "ServiceSetting", "load_config", "rules"]
