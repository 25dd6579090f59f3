"""Small things every service stands on: rights, lifecycles, the clock, crash points, words."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path

import pytest

from services.chassis import clock
from services.chassis.crashing import CRASH_VARIABLE, PERMISSION_VARIABLE
from services.chassis.lifecycle import Lifecycle
from services.chassis.refusals import IllegalMove, NotFound
from services.chassis.rights import (
    ANYONE,
    EVERYWHERE,
    OPERATOR_AT_THE_CONSOLE,
    RIGHTS_OF,
    Actor,
    Grant,
    Right,
    Role,
)
from services.chassis.words import language_of, say, say_refusal

# ------------------------------------------------------------ rights

MATRIX = """
                    open signed_in claim collect screen release confirm see_ledger see_personal manage_areas \
manage_people manage_accounts set_rules answer_feedback operate
    member            .      .       x      .      .       .       .        .           .            .       \
      .              .            .           .            .
    unit_officer      .      .       .      .      .       .       .        .           .            .       \
      .              .            .           x            .
    grid_worker       .      .       .      x      .       .       .        x           .            .       \
      .              .            .           .            .
    community_worker  .      .       .      x      x       .       x        x           x            .       \
      x              .            .           .            .
    officer           .      .       .      x      x       x       x        x           x            x       \
      x              x            x           .            .
    operator          x      x       .      x      x       x       x        x           x            x       \
      x              x            x           .            x
"""


def test_every_role_has_the_rights_of_the_matrix_and_no_other() -> None:
    header, *rows = [line.split() for line in MATRIX.strip().splitlines()]
    expected = {
        row[0]: {right for right, mark in zip(header, row[1:], strict=True) if mark == "x"} for row in rows
    }
    assert header == [right.value for right in Right]
    assert {role.value: {right.value for right in rights} for role, rights in RIGHTS_OF.items()} == expected


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("right", Right)
def test_a_right_holds_in_its_subtree_alone(role: Role, right: Right) -> None:
    actor = Actor(grants=(Grant(role, "/city/north/"),))
    has_it = right in RIGHTS_OF[role]
    for path in ("/city/north/", "/city/north/street/community/"):
        assert actor.may(right, path) is (has_it or right is Right.OPEN)
    for path in ("/", "/city/", "/city/northern/", "/city/south/", "/other/city/north/", ""):
        assert actor.may(right, path) is (right is Right.OPEN)


def test_a_grant_of_nowhere_is_no_grant_of_everywhere() -> None:
    actor = Actor(grants=(Grant(Role.OPERATOR, ""),))
    assert not actor.may(Right.OPERATE, "/city/")


def test_whoever_has_a_shell_operates_everything() -> None:
    assert OPERATOR_AT_THE_CONSOLE.may(Right.OPERATE, "/city/")
    assert OPERATOR_AT_THE_CONSOLE.scopes_of(Right.SCREEN) == [EVERYWHERE]
    assert OPERATOR_AT_THE_CONSOLE.is_signed_in
    assert not ANYONE.is_signed_in
    assert not ANYONE.may(Right.SIGNED_IN, EVERYWHERE)


# ------------------------------------------------------------ lifecycles


class Light(StrEnum):
    """What a lamp may be."""

    DARK = "dark"
    LIT = "lit"
    BROKEN = "broken"


class Deed(StrEnum):
    """What one may do to a lamp."""

    LIGHT = "light"
    SNUFF = "snuff"
    DROP = "drop"


LAMP = Lifecycle(
    {
        (Light.DARK, Deed.LIGHT): Light.LIT,
        (Light.LIT, Deed.SNUFF): Light.DARK,
        (Light.DARK, Deed.DROP): Light.BROKEN,
        (Light.LIT, Deed.DROP): Light.BROKEN,
    },
    starts=Light.DARK,
)


def test_a_table_says_what_follows_and_refuses_the_rest() -> None:
    assert LAMP.after(Light.DARK, Deed.LIGHT) is Light.LIT
    assert not LAMP.allows(Light.BROKEN, Deed.LIGHT)
    with pytest.raises(IllegalMove) as refused:
        LAMP.after(Light.BROKEN, Deed.LIGHT)
    assert refused.value.arguments == {"state": "broken", "action": "light"}


def test_a_table_can_be_asked_from_either_side() -> None:
    assert LAMP.actions_in(Light.LIT) == [Deed.SNUFF, Deed.DROP]
    assert LAMP.states_for(Deed.DROP) == [Light.DARK, Light.LIT]
    assert LAMP.final_states == {Light.BROKEN}


def test_the_diagram_is_drawn_from_the_table() -> None:
    assert LAMP.mermaid().splitlines() == [
        "stateDiagram-v2",
        "    [*] --> dark",
        "    dark --> lit: light",
        "    lit --> dark: snuff",
        "    dark --> broken: drop",
        "    lit --> broken: drop",
        "    broken --> [*]",
    ]


# ------------------------------------------------------------ the clock


def test_a_simulated_clock_is_shared_through_its_file(tmp_path: Path) -> None:
    noon = datetime(2026, 11, 2, 12, 0, 0, 123456, tzinfo=UTC)
    mine = clock.SimulatedClock(tmp_path / "clock", noon)
    theirs = clock.SimulatedClock(tmp_path / "clock")
    assert theirs.now() == noon
    theirs.set(noon + timedelta(days=180))
    assert mine.now() == noon + timedelta(days=180)


def test_a_clock_that_others_look_at_is_set_in_place(tmp_path: Path) -> None:
    noon = datetime(2026, 11, 2, 12, tzinfo=UTC)
    theirs = clock.SimulatedClock(tmp_path / "clock", noon)
    clock.SimulatedClock(tmp_path / "clock", noon + timedelta(hours=1))
    assert theirs.now() == noon + timedelta(hours=1)


def test_a_clock_shows_utc_whatever_it_was_set_in(tmp_path: Path) -> None:
    shanghai = datetime(2026, 11, 2, 12, tzinfo=timezone(timedelta(hours=8)))
    shown = clock.SimulatedClock(tmp_path / "clock", shanghai).now()
    assert shown == shanghai
    assert shown.tzinfo is UTC


def test_a_clock_is_not_set_to_an_instant_without_a_time_zone(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="with a time zone"):
        clock.SimulatedClock(tmp_path / "clock", datetime(2026, 11, 2, 12))


def test_a_process_goes_by_the_clock_it_is_given(tmp_path: Path) -> None:
    noon = datetime(2026, 11, 2, 12, tzinfo=UTC)
    assert not clock.is_simulated()
    assert clock.now().tzinfo is UTC
    clock.go_by(clock.SimulatedClock(tmp_path / "clock", noon))
    try:
        assert clock.is_simulated()
        assert clock.now() == noon
    finally:
        clock.go_by(clock.WallClock())


# ------------------------------------------------------------ crash points


@pytest.mark.parametrize(
    ("environment", "exit_code"),
    [
        ({CRASH_VARIABLE: "here", PERMISSION_VARIABLE: "permitted"}, 137),
        ({CRASH_VARIABLE: "here@2", PERMISSION_VARIABLE: "permitted"}, 137),
        ({CRASH_VARIABLE: "here@3", PERMISSION_VARIABLE: "permitted"}, 0),
        ({CRASH_VARIABLE: "here"}, 0),
        ({CRASH_VARIABLE: "here", PERMISSION_VARIABLE: "1"}, 0),
        ({CRASH_VARIABLE: "elsewhere", PERMISSION_VARIABLE: "permitted"}, 0),
        ({PERMISSION_VARIABLE: "permitted"}, 0),
    ],
)
def test_a_process_ends_at_a_crash_point_only_with_permission(
    environment: dict[str, str], exit_code: int
) -> None:
    code = "from services.chassis.crashing import crash_point; crash_point('here'), crash_point('here')"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WISHTREE_")}
    ended = subprocess.run([sys.executable, "-c", code], env=inherited | environment, timeout=60, check=False)
    assert ended.returncode == exit_code


# ------------------------------------------------------------ words


def test_a_refusal_is_said_in_both_languages() -> None:
    refusal = IllegalMove(state="lit", action="light")
    assert "lit" in say_refusal(refusal)
    assert say_refusal(refusal, "en") == "This cannot be done now: its state is “lit”. Reload and look again."
    assert say_refusal(NotFound()) != say_refusal(NotFound(), "en")


def test_what_is_missing_is_shown_and_never_fails() -> None:
    assert say("no.such_code") == "no.such_code"
    assert say("no.such_code", "fr") == "no.such_code"
    assert "{state}" in say("chassis.illegal_move", "en")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh"),
        ("", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("en_US.UTF-8", "en"),
        ("fr-FR", "zh"),
        ("C.UTF-8", "zh"),
    ],
)
def test_the_language_is_chinese_unless_english_is_wanted_more(header: str | None, language: str) -> None:
    assert language_of(header) == language
