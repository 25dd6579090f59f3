"""The journal says what happened and where, and never whom it concerned."""

import json
import subprocess
import sys
from typing import Any

import pytest

CANARY = "王秀英13800001234"

SPEAKING = f"""
import eventlet
eventlet.monkey_patch()
import logging, sys
import structlog
from services.chassis.journal import open_journal

open_journal("debug", as_json=sys.argv[1] == "json")
log = structlog.get_logger("services.sample")


def fail():
    raise ValueError("Key (phone)=({CANARY}) already exists")


def failing(tell):
    try:
        fail()
    except ValueError as fault:
        tell(fault)


log.info("wish_released", wish="w-1", count=3)
failing(lambda fault: log.exception("letter_not_taken"))
failing(lambda fault: log.error("call_faulted", exc_info=fault))
failing(lambda fault: log.error("call_faulted", exc_info=(type(fault), fault, fault.__traceback__)))
failing(lambda fault: logging.getLogger("nameko.containers").exception("error handling %s: %s", 1, fault))
failing(lambda fault: logging.getLogger("kombu.mixins").error("Can't decode message body: %r", str(fault)))
failing(lambda fault: logging.getLogger("sqlalchemy.pool").error("%s", fault, exc_info=True))
logging.getLogger("kombu").info("quiet: {CANARY}")
eventlet.spawn_n(fail)
eventlet.spawn(fail)
eventlet.sleep(0.01)
fail()
"""


@pytest.fixture(scope="module", params=["json", "console"])
def spoken(request: pytest.FixtureRequest) -> tuple[str, str]:
    """What a process wrote that met exceptions full of personal data; the style it wrote in."""
    command = [sys.executable, "-W", "ignore", "-c", SPEAKING, request.param]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    return done.stdout + done.stderr, request.param


def test_no_exception_text_reaches_the_log_whichever_way_it_goes(spoken: tuple[str, str]) -> None:
    text, _ = spoken
    assert "王秀英" not in text
    assert "13800001234" not in text
    assert "already exists" not in text


def test_every_fault_is_there_with_its_kind_and_its_lines(spoken: tuple[str, str]) -> None:
    text, style = spoken
    if style == "console":
        assert text.count("ValueError") == 8
        return
    lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    faults = [line for line in lines if line.get("fault") == "ValueError"]
    assert [line["event"] for line in faults] == [
        "letter_not_taken",
        "call_faulted",
        "call_faulted",
        "nameko_reports",
        "sqlalchemy_reports",
        *["uncaught"] * 3,
    ]
    assert all(line["at"][-1].endswith(" fail") for line in faults)
    assert [line["event"] for line in lines if "fault" not in line] == ["wish_released", "kombu_reports"]
    assert {"wish": "w-1", "count": 3}.items() <= lines[0].items()
