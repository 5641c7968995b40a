from __future__ import annotations

import pytest

from exporters.definition.delays import longest_delay
from exporters.definition.records import Retry


@pytest.mark.parametrize(
    ("retry", "expected"),
    [
        (Retry(attempts=5, delay=1.0, backoff=2.0), 8.0),
        (Retry(attempts=5, delay=3.0), 3.0),
        (Retry(attempts=1, delay=3.0, backoff=2.0), 3.0),
        (Retry(delay=1.0, backoff=2.0), 2.0**18),
        (Retry(attempts=50_000, delay=10.0, backoff=2.0), float("inf")),
    ],
)
def test_the_longest_delay_is_the_one_before_the_last_try(retry: Retry, expected: float) -> None:
    assert longest_delay(retry) == expected
