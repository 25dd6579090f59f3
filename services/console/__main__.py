"""The command `wishtree`: green from the first import, so that everything after it is."""

import warnings

warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")  # the default folder is right then

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="\\s*Eventlet is deprecated")  # known: docs/decisions
    import eventlet

    eventlet.monkey_patch()
    import nameko.extensions  # noqa: F401 - repeats the announcement at its first import of eventlet


def main() -> None:
    """Run the command line."""
    from services.console.app import app

    app()


if __name__ == "__main__":
    main()
