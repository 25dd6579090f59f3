"""The demo city: broken off while it is laid out, the next start makes it whole and doubles nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from services.chassis.contracts import Request
from services.chassis.database import engine_for
from services.chassis.hosting import House
from services.chassis.settings import Settings
from services.console import demo
from services.console.place import STORING, classes, house_at, settings_at
from services.directory.contracts import AddAccount
from services.wishes.contracts import AcceptWish

ACCOUNTS = {role: {"login": f"demo-{role}", "password": f"Wishes-{role}-2026"} for role in demo.ROLES}


class BrokenOff(BaseException):
    """Somebody pressed Ctrl-C."""


def breaking_off(ask: Callable[..., Any], at: type[Request], after: int) -> Callable[..., Any]:
    """Return `ask`, but broken off at the request of a kind that comes after so many of it."""
    seen = 0

    def asked(request: Request, **how: Any) -> Any:
        nonlocal seen
        seen += isinstance(request, at)
        if seen > after:
            raise BrokenOff
        return ask(request, **how)

    return asked


@contextmanager
def house_on(settings: Settings) -> Iterator[tuple[House, Callable[..., Any]]]:
    """Yield a running house and how to ask it."""
    house = House(settings, classes(STORING))
    house.start()
    caller = house.caller("test")
    caller.start()
    try:
        yield house, caller.ask
    finally:
        caller.stop()
        house.stop()


def counted(settings: Settings) -> dict[str, int]:
    """Return how many there are of what a demo city has."""
    question = """
        SELECT (SELECT count(*) FROM directory.account) AS accounts,
               (SELECT count(*) FROM wishes.wish) AS wishes,
               (SELECT count(*) FROM wishes.wish WHERE state = 'released') AS released"""
    with engine_for(settings.database_url).connect() as connection:
        return dict(connection.execute(text(question)).mappings().one())


@pytest.mark.timeout(240)
def test_a_demo_city_that_was_broken_off_is_made_whole_and_nothing_is_doubled(settings: Settings) -> None:
    with house_on(settings) as (house, ask):
        for at, after in ((AddAccount, 1), (AcceptWish, 20)):
            with pytest.raises(BrokenOff):
                demo.lay_out(breaking_off(ask, at, after), house.settle, ACCOUNTS)
        demo.lay_out(ask, house.settle, ACCOUNTS)
    assert counted(settings) == {
        "accounts": len(ACCOUNTS),
        "wishes": demo.WISHES_ON_THE_BOARD + demo.WISHES_IN_THE_QUEUE,
        "released": demo.WISHES_ON_THE_BOARD,
    }


def test_commands_in_the_folder_of_a_demo_know_its_telephone_and_its_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WISHTREE_DATABASE_URL", raising=False)
    with house_at(tmp_path, address="127.0.0.1:8477") as running:
        demo.note(running, tmp_path, is_demo=True)
        with settings_at(tmp_path) as seen:
            assert seen == demo.settings_of(running)
        demo.note(running, tmp_path, is_demo=False)
        with settings_at(tmp_path) as seen:
            assert seen.services == running.services
