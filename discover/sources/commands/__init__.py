"""Command lines of shells, containers and schedulers, as what they start."""

from discover.sources.commands.parse import parse_command_line, parse_words

__all__ = ["parse_command_line", "parse_words"]
