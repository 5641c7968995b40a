from __future__ import annotations

import pytest

from discover.effects.services import Services, host_of, is_url

SERVICES = Services(
    {"hooks.slack.com": "Slack", "api.line.me": "LINE", "stripe.com": "Stripe", "api.pagerduty.com": "PagerDuty"}
)


@pytest.mark.parametrize(
    ("url", "service"),
    [
        ("https://hooks.slack.com/services/T/B/X", "Slack"),
        ("https://api.stripe.com/v1/{}", "Stripe"),
        ("https://notstripe.com/", "notstripe.com"),
        ("https://user:secret@crm.example.com:8443/x", "crm.example.com"),
        ("http://localhost:8000/x", ""),
        ("https://{}.example.com/x", ""),
        ("{}/path", ""),
        ("https://[broken", ""),
    ],
)
def test_a_host_names_the_service_behind_it(url: str, service: str) -> None:
    assert SERVICES.of_url(url) == service


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("settings.SLACK_WEBHOOK_URL", "Slack"),
        ("/tax/manual_line_items", ""),
        ("self.pagerDutyUrl", "PagerDuty"),
        ("PAGER_DUTY_URL", "PagerDuty"),
        ("settings.BASE_URL", ""),
        ("slacker", ""),
    ],
)
def test_a_name_in_the_code_speaks_of_a_known_service(name: str, service: str) -> None:
    assert SERVICES.of_name(name) == service


def test_a_url_has_a_scheme_or_a_hole_before_its_path() -> None:
    assert is_url("https://example.com")
    assert is_url("{}/users")
    assert not is_url("users")
    assert host_of("/users") == ""
