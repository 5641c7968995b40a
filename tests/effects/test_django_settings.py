"""What a Django project's settings modules assign is known where the code reads it from `django.conf.settings`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.model import Graph

SETTINGS = """
    import os
    INSTALLED_APPS = ["shop"]
    API = os.environ.get("API", "https://api.example.com/v1")
    WAIT = int(os.environ.get("WAIT", "7"))
"""
VIEWS = """
    import requests
    from django.conf import settings
    def ask():
        requests.get(settings.API + "/stock", timeout=settings.WAIT)
        requests.get(settings.NOWHERE + "/stock", timeout=1)
"""


@pytest.mark.parametrize("file", ["site/settings.py", "site/settings/production.py", "site/local.py"])
def test_a_request_goes_where_the_settings_say(
    file: str, scan_source: Callable[[Mapping[str, str | bytes]], Graph]
) -> None:
    graph = scan_source({file: SETTINGS, "shop/views.py": VIEWS, "shop/other.py": 'API = "https://no.example.com"'})
    known, unknown = [effect for effect in graph.effects if effect.kind == "http"]
    assert (known.target, known.service) == ("https://api.example.com/v1/stock", "api.example.com")
    assert (unknown.target, unknown.service) == ("{}/stock", "")


def test_a_relation_to_the_model_that_a_setting_names_is_one_to_that_model(
    scan_source: Callable[[Mapping[str, str | bytes]], Graph],
) -> None:
    models = """
        from django.conf import settings
        from django.db import models
        class Member(models.Model):
            name = models.TextField()
        class Group(models.Model):
            people = models.ManyToManyField(settings.AUTH_USER_MODEL)
        def names(group):
            return [one.name for one in group.people.all()]
    """
    graph = scan_source({"site/settings.py": 'AUTH_USER_MODEL = "shop.Member"', "shop/models.py": models})
    assert [(one.kind, one.target) for one in graph.effects] == [("db_read", "Member")]
