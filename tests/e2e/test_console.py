"""The console on an embedded house, beside a running `up`: one JSON document each, exit codes, words."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec
import pytest
import requests

from services.chassis.settings import fresh_secrets
from tests.support.city import free_port
from tests.support.console import Shell, shell_at
from tests.support.sheets import csv_text, xlsx

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SMALL = """
like = "chuanhui"
key = "small"
title = "演练"
communities = 2
members = 4
wishes = 2
first_batch = 2
"""
ASKED_FOR: list[list[Any]] = [
    ["姓名", "性别", "年龄", "家庭住址", "心愿内容", "申领证明材料", "联系电话", "血型"],
    ["彭桂兰", "女", 72, "八一大道12号", "想要一台收音机", "", "13812345678", "A"],
    ["王建国", "男", 66, "清河路5号", "想要一根拐杖", "", "1371", "B"],
]
SERVICES = ["directory", "wishes", "claims", "points", "notify", "scheduler"]
AREA = ("--area", "文明社区")


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """The shell of this module."""
    with shell_at(tmp_path_factory.mktemp("console")) as opened:
        yield opened


class House(NamedTuple):
    """A house that runs, what `seed` and `up` said, and a shell beside it."""

    shell: Shell
    seeded: dict[str, Any]
    up: dict[str, Any]


@pytest.fixture(scope="module")
def house(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house laid out with `seed`, in which `up` runs, which writes nothing beside its document."""
    scenario = tmp_path_factory.mktemp("scenario") / "small.toml"
    scenario.write_text(SMALL, encoding="utf-8")
    seeded = shell.ask("seed", "--scenario", scenario)
    running = shell.start("up", "--port", free_port(), "--json")
    try:
        assert running.stdout is not None
        yield House(shell, seeded, json.loads(running.stdout.readline()))
    finally:
        running.send_signal(signal.SIGINT)
        said, logged = running.communicate(timeout=110)
    assert (running.returncode, said) == (0, "")
    assert "Stopping" in logged


# -- what needs no house


def test_the_calendar_tells_release_days_and_festivals(shell: Shell) -> None:
    rows = shell.ask("calendar", "releases", "--from", "2026-12", "--months", 2)
    assert [(row["period"], row["release_on"]) for row in rows] == [
        ("2026-12", "2026-12-05"),
        ("2027-01", "2027-01-02"),
    ]
    assert "public holiday" in rows[1]["note"] or "not announced" in rows[1]["note"]
    festivals = shell.ask("calendar", "festivals", "--year", 2027, language="zh")
    assert ("春节", "2027-02-06") in [(row["festival"], row["on"]) for row in festivals]


def test_the_calendar_goes_by_the_holidays_that_the_operator_entered(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "wishtree.json"
    entered = {"holidays": {"2027-01-02": True}, "announced_years": [2027]}
    file.write_bytes(msgspec.json.encode({"database_url": "postgresql://db/w"} | fresh_secrets() | entered))
    asked = ("calendar", "releases", "--from", "2027-01", "--months", 1, "--holiday", "next_saturday")
    (row,) = shell.ask(*asked, "--config", file)
    assert row["release_on"] == "2027-01-09"


def test_version_names_what_wishtree_stands_on(shell: Shell) -> None:
    assert {"wishtree", "nameko", "python"} <= shell.ask("version").keys()


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (("bogus",), "console.wrong_usage", "没有命令 bogus"),
        (("calendar", "releases"), "console.wrong_usage", "缺少 --from"),
        (("calendar", "releases", "--from", "soon"), "console.wrong_usage", "2026-12 这样的月份"),
        (("calendar", "releases", "--from", "2026-12", "--months", "0"), "console.wrong_usage", "最小为 1"),
        (("calendar", "releases", "--from", "2026-12", "--months", "x"), "console.wrong_usage", "应为整数"),
        (("calendar", "releases", "--from", "2026-12", "--rule", "x"), "console.wrong_usage", "只能是"),
        (("version", "--fast"), "console.wrong_usage", "没有选项 --fast"),
        (("queue", "replay", "x"), "console.wrong_usage", "编号(UUID)"),
        (("import", "a.xlsx"), "console.wrong_usage", "--area"),
        (("import", "a.xlsx", "--undo", str(uuid4())), "console.wrong_usage", "只撤销一个批次"),
        (("user", "add", "a", "--role", "member", *AREA), "console.wrong_usage", "unit_officer"),
        (("user", "add", "a", "--role", "unit_officer", *AREA), "console.wrong_usage", "--unit"),
        (("serve", "bogus"), "console.unknown_service", "没有名为“bogus”的服务"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(
    shell: Shell, command: tuple[str, ...], code: str, said: str
) -> None:
    told = shell.refused(*command, status=2, language="zh")
    assert told[0] == code
    assert said in told[1]


def test_without_json_wrong_usage_is_one_sentence_on_standard_error_in_the_language_of_the_shell(
    shell: Shell,
) -> None:
    done = shell.run("version", "--fast")
    assert (done.code, done.output) == (2, "")
    assert (
        done.log == "✗ Wrong usage: there is no option --fast. Add --help to see how the command is used.\n"
    )


def test_what_is_missing_around_a_command_is_named_with_what_to_do(shell: Shell, tmp_path: Path) -> None:
    away = {"WISHTREE_DATABASE_URL": "postgresql://wishtree:canary@127.0.0.1:1/wishtree"}
    code, said = shell.refused("db", "status", environment=away)
    assert code == "console.no_database"
    assert "127.0.0.1:1/wishtree" in said
    assert "canary" not in said
    findings = shell.ask("doctor", status=1, environment=away)
    assert findings["python"] == "ok"
    assert "nobody answers there" in findings["database"]
    file = tmp_path / "file"
    file.touch()
    assert shell.refused("up", "--home", file)[0] == "console.unusable_home"
    code, said = shell.refused(
        "config", "check", environment={"WISHTREE_DATABASE_URL": "mysql://x"}, language="zh"
    )
    assert code == "console.wrong_settings"
    assert said.startswith("设置不能用。")
    assert said.endswith("database_url begins with postgresql://")
    code, said = shell.refused("seed", "--scenario", "atlantis", language="zh")
    assert code == "console.unusable_scenario"
    assert "没有这个场景，自带的有 chuanhui" in said


def test_a_house_of_one_machine_is_set_up_by_a_file_in_its_folder(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "wishtree.toml"
    file.write_text('public_url = "https://wishes.example.org"\n[services.gateway]\nproxies = 1\n')
    settings = shell.ask("config", "show", "--home", tmp_path)
    assert settings["public_url"] == "https://wishes.example.org"
    assert settings["services"]["gateway"]["proxies"] == 1
    file.write_text('broker_url = "amqp://city"\n')
    code, said = shell.refused("up", "--home", tmp_path)
    assert (code, "has its own broker_url" in said) == ("console.wrong_settings", True)


SHOW = """
from services.console import demo
roles = {role: {"login": f"demo-{role}", "password": "x" * 12} for role in demo.ROLES}
url = "http://127.0.0.1:8177"
demo.show(roles | {"member": {"phone": "13494000012", "codes": f"{url}/demo/phone"}}, url)
"""
LINKS = ("http://127.0.0.1:8177/demo/phone", "http://127.0.0.1:8177/api/openapi.json")


def test_in_a_pipe_every_link_of_the_demo_stands_whole_on_its_line() -> None:
    said = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SHOW], capture_output=True, text=True, check=True
    )
    for link in LINKS:
        assert any(line.endswith(link) for line in said.stdout.splitlines()), said.stdout


@pytest.mark.parametrize("columns", [80, 50])
def test_on_a_terminal_nothing_that_is_to_be_copied_is_cut(columns: int) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SHOW],
        stdout=theirs,
        env=environment | {"TERM": "xterm"},
        check=True,
    )
    said = re.sub(r"\x1b\[[0-9;]*m", "", os.read(ours, 65536).decode())
    os.close(ours)
    os.close(theirs)
    assert "…" not in said
    for link in LINKS:
        assert any(line.endswith(link) for line in said.splitlines()), said


# -- beside a house that runs


def test_seed_says_what_it_laid_out_and_up_where_it_listens(house: House) -> None:
    assert house.seeded["scenario"] == "small"
    assert house.seeded["members"] == 4
    assert house.up["services"] == [*SERVICES, "gateway"]
    assert requests.get(f"{house.up['url']}/healthz", timeout=60).status_code == 200
    port = house.up["url"].rpartition(":")[2]
    code, said = house.shell.refused("up", "--port", port)
    assert (code, port in said) == ("console.port_taken", True)


def test_an_import_is_shown_then_written_then_taken_back_once(house: House, tmp_path: Path) -> None:
    sheet, ask = tmp_path / "征集表.xlsx", house.shell.ask
    sheet.write_bytes(xlsx(ASKED_FOR))
    shown = ask("import", sheet, *AREA)
    assert (shown["form"], shown["batch"], shown["accepted"], shown["rejected"]) == ("001-1", None, 1, 1)
    assert [(row["row"], row["status"]) for row in shown["rows"]] == [(2, "ok"), (3, "error")]
    (problem,) = shown["rows"][1]["problems"]
    assert problem["column"] == "联系电话"
    assert "not a valid phone number" in problem["reason"]
    assert "Column H" in shown["problems"][0]["reason"]
    written = ask("import", sheet, *AREA, "--commit", status=1)
    assert (written["accepted"], written["rejected"]) == (1, 1)
    assert ask("import", "--undo", written["batch"]) == {"undone": written["batch"]}
    code, said = house.shell.refused("import", "--undo", written["batch"])
    assert code == "wishes.batch_cannot_be_undone"
    assert "already" in said
    assert house.shell.refused("import", "--undo", uuid4())[0] == "console.unknown_batch"


def test_an_import_that_writes_nothing_does_not_say_that_it_was_a_preview(
    house: House, tmp_path: Path
) -> None:
    sheet = tmp_path / "征集表.xlsx"
    sheet.write_bytes(xlsx([ASKED_FOR[0], ASKED_FOR[2]]))
    ended = house.shell.run("import", sheet, *AREA, "--commit")
    assert (ended.code, "Not one row was written" in ended.output) == (1, True)
    shown = house.shell.run("import", sheet, *AREA)
    assert (shown.code, "Add --commit to write" in shown.output) == (0, True)


@pytest.mark.parametrize(
    ("name", "content", "form", "code", "said"),
    [
        (
            "passwd",
            b"root:x:0:0:root:/root:/bin/bash\n",
            "auto",
            "wishes.unreadable_sheet",
            "This kind of file",
        ),
        ("empty.xlsx", b"", "members", "directory.unreadable_sheet", "nothing in this file"),
        ("hello.csv", b"hello\n", "auto", "wishes.unreadable_sheet", "none of the known forms"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_with_the_reason(
    house: House, tmp_path: Path, name: str, content: bytes, form: str, code: str, said: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    told = house.shell.refused("import", file, *AREA, "--form", form, "--commit")
    assert told[0] == code
    assert said in told[1]


def test_a_register_is_recognised_and_its_problems_are_said(house: House, tmp_path: Path) -> None:
    register = tmp_path / "名册.csv"
    register.write_bytes(csv_text([["姓名", "联系电话"], ["彭彤", "13812345678"], ["李翔", "1"]], "utf-8"))
    shown = house.shell.ask("import", register, *AREA)
    assert (shown["form"], shown["accepted"], shown["rejected"]) == ("members", 1, 1)


def test_accounts_are_added_for_places_and_for_units(house: House) -> None:
    ask = house.shell.ask
    made = ask("user", "add", "anna", "--role", "officer", "--area", "川汇区")
    assert {"login": "anna", "role": "officer"}.items() <= made.items()
    signed_in = requests.post(
        f"{house.up['url']}/api/v1/sign-in/with-password",
        json={"login": "anna", "password": made["password"]},
        timeout=60,
    )
    assert signed_in.status_code == 200, signed_in.text
    unit = ask("user", "add", "unit", "--role", "unit_officer", "--area", "川汇区", "--unit", "川汇区人社局")
    assert unit["unit"] == "川汇区人社局"


def test_queue_jobs_tables_and_settings_are_shown(house: House) -> None:
    ask = house.shell.ask
    listed = ask("queue", "list")
    assert listed == {"unsent": dict.fromkeys(SERVICES, 0), "counts": [], "failed": [], "dead": 0}
    assert ask("queue", "replay") == {"returned": 0, "replayed": 0}
    code, said = house.shell.refused("queue", "replay", uuid4())
    assert (code, "wishtree queue list" in said) == ("console.unknown_event", True)
    assert {"job", "next_period"} <= ask("jobs", "list")[0].keys()
    assert all(row["revision"] == row["newest"] for row in ask("db", "status"))
    assert ask("config", "check") == {"settings": "ok"}
    assert ask("config", "show")["session_secret"] == "***"
