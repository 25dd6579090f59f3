"""Named points at which a fault test may end the process, as kill -9 would."""

import os

CRASH_VARIABLE = "WISHTREE_CRASH_AT"
PERMISSION_VARIABLE = "WISHTREE_CRASH_TESTS"


def crash_point(name: str) -> None:
    """End this process at once when the environment names this point and fault tests are permitted."""
    if os.environ.get(CRASH_VARIABLE) == name and os.environ.get(PERMISSION_VARIABLE) == "permitted":
        os._exit(137)
