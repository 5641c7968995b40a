"""How a retry is told: which errors lead to another try, or that only code which asks for one gets it."""

from __future__ import annotations

import pytest

from discover.model import RetryPolicy
from discover.terminal.words import retry_words
from exporters.shared.words import retry_text

ASKED = RetryPolicy(attempts=3, delay=30, on=("celery.exceptions.Retry",), asked=True)


@pytest.mark.parametrize(
    ("retry", "shown", "written"),
    [
        (
            ASKED,
            "up to 3 times, only when it asks, after 30 s",
            "up to 3 tries, only when it asks for another, 30 s apart",
        ),
        (RetryPolicy(attempts=3, on=("Timeout",)), "up to 3 times, on Timeout", "up to 3 tries, on Timeout"),
        (RetryPolicy(attempts=3), "up to 3 times", "up to 3 tries"),
    ],
)
def test_a_retry_says_what_leads_to_it(retry: RetryPolicy, shown: str, written: str) -> None:
    assert retry_words(retry) == shown
    assert retry_text(retry) == written
