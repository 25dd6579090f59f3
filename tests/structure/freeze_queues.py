"""Writes down the names of all durable queues: `python -m tests.structure.freeze_queues`.

Run it when a handler was added. When one was renamed or taken away, empty its old queue first, in every city:
what lies in a queue that nobody reads any more is lost.
"""

from pathlib import Path

FROZEN = Path(__file__).with_name("queue_names.txt")


def main() -> None:
    """Write the names as they are now."""
    from tests.structure.census import queue_names

    FROZEN.write_text("".join(f"{name}\n" for name in queue_names()), encoding="utf-8")


if __name__ == "__main__":
    import eventlet

    eventlet.monkey_patch()
    main()
