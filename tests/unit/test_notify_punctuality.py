"""When a provider counts as slow: by enough messages, and by most of them."""

import pytest

from services.notify.domain.punctuality import FEWEST, Punctuality


@pytest.mark.parametrize(
    ("due", "late", "is_slow"),
    [
        (FEWEST, FEWEST, True),
        (FEWEST - 1, FEWEST - 1, False),
        (FEWEST, FEWEST // 2, False),
        (FEWEST, FEWEST // 2 + 1, True),
    ],
)
def test_a_provider_is_slow_when_most_of_enough_receipts_are_late(due: int, late: int, is_slow: bool) -> None:
    assert Punctuality(due, late).is_slow is is_slow
