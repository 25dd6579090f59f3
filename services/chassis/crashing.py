"""Named points at which a fault test may end the process, as kill -9 would."""

import os
from collections import Counter

CRASH_VARIABLE = "WISHTREE_CRASH_AT"
"""Names the point, and after an @ at which passing of it, the first when nothing is said: `before_ack@7`."""

PERMISSION_VARIABLE = "WISHTREE_CRASH_TESTS"
"""Must be `permitted`, or nothing happens: an operator cannot end a process by a slip."""

_passed: Counter[str] = Counter()


def crash_point(name: str) -> None:
    """End this process at once when the environment names this point and fault tests are permitted."""
    wanted, _, passing = os.environ.get(CRASH_VARIABLE, "").partition("@")
    if wanted == name and os.environ.get(PERMISSION_VARIABLE) == "permitted":
        _passed[name] += 1
        if _passed[name] >= int(passing or 1):
            os._exit(137)
