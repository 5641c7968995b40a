from __future__ import annotations

import pytest

from discover.config import Config, rules
from discover.config.rules import COPIES, NAMES


def test_every_rule_is_listed_with_a_reason_and_patterns():
    for rule in rules(Config()):
        assert rule.description
        assert rule.patterns or rule.name == COPIES


def test_names_are_unique():
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_rule_can_be_switched_off_and_on(name: str):
    def state(setting: bool) -> bool:
        return next(rule.enabled for rule in rules(Config(rules={name: setting})) if rule.name == name)

    assert state(True) is True
    assert state(False) is False


def test_patterns_of_a_rule_can_be_replaced():
    (docs,) = [rule for rule in rules(Config(rules={"docs": ("manual/",)})) if rule.name == "docs"]
    assert docs.patterns == ("manual/",)
    assert docs.enabled


def test_examples_are_read_unless_asked_otherwise():
    assert [rule.name for rule in rules(Config()) if not rule.enabled] == ["examples"]
