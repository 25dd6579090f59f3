"""The command `wishtree`: green from the first import, so that everything after it is."""

import gc
import warnings

warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")  # the default folder is right then

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="\\s*Eventlet is deprecated")  # known: docs/decisions
    import eventlet

    eventlet.monkey_patch()
    import nameko.extensions  # noqa: F401 - repeats the announcement at its first import of eventlet


def main() -> None:
    """Run the command line; look for garbage cycles less often than Python would.

    Transactions make many objects and few cycles: at Python's own thresholds a sixth of the time went there.
    """
    from services.console.app import app
    from services.console.speech import run

    gc.set_threshold(50_000, 50, 100)
    run(app)


if __name__ == "__main__":
    main()
