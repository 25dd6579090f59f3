"""The demo city: laid out once in a new house, with wishes on the board and somebody for every role."""

import os
import secrets
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import eventlet
import msgspec
from rich.table import Table

from services.chassis import clock, thrift
from services.chassis.hosting import House
from services.chassis.refusals import Refusal
from services.chassis.rights import OPERATOR_AT_THE_CONSOLE, Role
from services.chassis.settings import Settings
from services.console.layouts import area_paths, lay_out_city
from services.console.rehearsal.cast import every
from services.console.rehearsal.layout import Layout, Wish
from services.console.rehearsal.people import Resident
from services.console.rehearsal.scenario import load
from services.console.speech import err, out
from services.directory.contracts import AddAccount, ListAreas, ListUnits, LoginTaken
from services.wishes.contracts import (
    AcceptWish,
    Category,
    Door,
    EnterWish,
    Hardship,
    ReleaseWishes,
    ResidentDetails,
    Urgency,
    WishDetails,
    WishKind,
)

Ask = Callable[..., Any]

WISHES_ON_THE_BOARD = 60
WISHES_IN_THE_QUEUE = 12


def settings_of(house: Settings) -> Settings:
    """Return the settings of a demo house: its SMS go to a page of its own instead of a gateway."""
    port = house.address.rpartition(":")[2]
    services: dict[str, Any] = {
        "gateway": {"demo": True},
        "notify": {
            "sms": {
                "url": f"http://127.0.0.1:{port}/demo/sms",
                "fields": {"phone": "{{ national }}", "text": "{{ text }}", "id": "{{ id }}"},
            },
            "quiet_from": "00:00",  # a demo is looked at in the evening too
            "quiet_to": "00:00",
            "invitations_from": "00:00",
            "invitations_to": "00:00",
        },
    }
    return msgspec.structs.replace(house, services=services)


LISTENS_AT = "demo-listens-at"
"""A file in the data folder for as long as its house is run as a demo: the address that it listens at."""


def note(settings: Settings, home: Path, *, is_demo: bool) -> None:
    """Note for other commands that the house in `home` is run as a demo, and where; or that it is no more."""
    kept = home.expanduser() / LISTENS_AT
    if is_demo:
        kept.write_text(settings.address)
    else:
        kept.unlink(missing_ok=True)


def listens_at(home: Path) -> str | None:
    """Return where the house in `home` listens as a demo; None when it is run as none."""
    kept = home.expanduser() / LISTENS_AT
    return kept.read_text() if kept.exists() else None


def signing_in(settings: Settings, home: Path) -> dict[str, dict[str, str]]:
    """Return how to sign in as each role of the demo city."""
    member = next(load("chuanhui").lay_out().members())
    return accounts_in(home) | {
        "member": {"phone": member.phone, "codes": f"{settings.public_url}/demo/phone"}
    }


def prepare(house: House, home: Path) -> None:
    """Lay out the city when the house is new, or was left in the middle of it, while it already answers."""
    eventlet.spawn_n(_lay_out_if_new, house, home.expanduser())


def accounts_in(home: Path) -> dict[str, dict[str, str]]:
    """Return logins and passwords of the demo, made on first use and readable by their owner only."""
    kept = home.expanduser() / "demo.json"
    if not kept.exists():
        made = {role: {"login": f"demo-{role}", "password": secrets.token_urlsafe(9)} for role in ROLES}
        with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(msgspec.json.encode(made))
    content: dict[str, dict[str, str]] = msgspec.json.decode(kept.read_bytes())
    return content


ROLES = {
    "operator": "运维 operator, 全市",
    "officer": "区级 officer, 川汇区",
    "worker": "社区工作者 community worker, 文明社区",
    "unit": "单位联系人 unit officer",
}


def show(roles: dict[str, dict[str, str]], public_url: str) -> None:
    """Print how to sign in as each role; what is to be copied, and every link, stands whole on its line."""
    table = Table(show_header=True, box=None, padding=(0, 2))
    for title in ("角色 role", "账号 login", "口令 password"):
        table.add_column(title, overflow="fold")
    for role, title in ROLES.items():
        table.add_row(title, roles[role]["login"], roles[role]["password"])
    out.print(table)
    out.print(f"党员 member  {roles['member']['phone']}  验证码 codes  {roles['member']['codes']}")
    out.print(f"心愿树 board  {public_url}/")
    out.print(f"接口 API  {public_url}/api/openapi.json")


UNFINISHED = "demo-unfinished"
"""A file in the data folder for as long as the city is being laid out; who finds it there begins anew."""


def _lay_out_if_new(house: House, home: Path) -> None:
    caller, unfinished = house.caller("demo"), home / UNFINISHED
    try:
        caller.start()
        if unfinished.exists() or not caller.ask(ListAreas(limit=1)).items:
            unfinished.touch()
            lay_out(caller.ask, house.settle, accounts_in(home))
            unfinished.unlink()
            err.print("[green]演示城市已就绪 the demo city is ready[/green]")
    except Refusal as refusal:
        err.print(f"[red]演示数据未能完成 the demo could not be laid out: {refusal.code}[/red]")
    finally:
        caller.stop()
        thrift.give_back()


def lay_out(ask: Ask, settle: Callable[[], bool], accounts: dict[str, dict[str, str]]) -> None:
    """Lay out the demo city; every step may be repeated, so that one that was broken off is made whole."""
    layout = load("chuanhui").lay_out()
    lay_out_city(ask, layout)
    settle()
    paths = area_paths(layout)
    ids = _community_ids(ask)
    _add_accounts(ask, accounts, layout, paths)
    wishes = list(islice(_from_every_community(layout), WISHES_ON_THE_BOARD + WISHES_IN_THE_QUEUE))
    for number, wish in enumerate(wishes):
        receipt = ask(enter(wish, ids[paths[wish.community]], layout.scenario.skills))
        if number >= WISHES_IN_THE_QUEUE:
            ask(_accept(wish, receipt.wish_id, layout.scenario.ceiling))
    city = f"/{layout.scenario.city.code}/"
    period = clock.now().strftime("%Y-%m")
    ask(ReleaseWishes(by=OPERATOR_AT_THE_CONSOLE, area_id=ids[city], period=period))
    settle()


def _accept(wish: Wish, wish_id: Any, ceiling: int) -> AcceptWish:
    return AcceptWish(
        by=OPERATOR_AT_THE_CONSOLE,
        wish_id=wish_id,
        ceiling_reason="演示" if wish.value > ceiling else None,
        key=f"demo-{wish.number}-accepted",
    )


def enter(wish: Wish, community_id: Any, skills: dict[str, str]) -> EnterWish:
    """Return the command with which a worker enters a scenario's wish."""
    return EnterWish(
        by=OPERATOR_AT_THE_CONSOLE,
        community_id=community_id,
        door=Door.VISIT,
        wish=wish_details(wish, skills),
        resident=resident_details(wish.resident),
        key=f"demo-{wish.number}",
    )


def wish_details(wish: Wish, skills: dict[str, str]) -> WishDetails:
    """Return a scenario's wish in the shape of the contract, its skill by the name it has in `skills`."""
    return WishDetails(
        title=wish.text,
        details=wish.details,
        kind=WishKind(wish.kind),
        category=Category(wish.category),
        urgency=Urgency(wish.urgency),
        value=wish.value,
        skill=skills[wish.skill] if wish.skill else None,
    )


def resident_details(person: Resident, hardship: tuple[Hardship, ...] = ()) -> ResidentDetails:
    """Return a scenario's resident in the shape of the contract."""
    return ResidentDetails(
        name=person.name,
        phone=person.phone,
        address=person.address,
        gender="女" if person.gender == "female" else "男",
        age=person.age,
        hardship=hardship,
    )


def _from_every_community(layout: Layout) -> Any:
    """Yield wishes of the first month, taking the communities in turn."""
    by_community: dict[str, list[Wish]] = {}
    for wish in islice(layout.wishes(), 200):
        by_community.setdefault(wish.community, []).append(wish)
    while any(by_community.values()):
        for waiting in by_community.values():
            if waiting:
                yield waiting.pop(0)


def _community_ids(ask: Ask) -> dict[str, Any]:
    return {area.path: area.id for area in every(ask, ListAreas)}


def _add_accounts(
    ask: Ask, accounts: dict[str, dict[str, str]], layout: Layout, paths: dict[str, str]
) -> None:
    city, district = (f"{paths[code]}" for code in (layout.scenario.city.code, layout.scenario.district.code))
    first = next(area for area in layout.areas() if area.kind == "community")
    city_id = _community_ids(ask)[city]
    unit = ask(ListUnits(by=OPERATOR_AT_THE_CONSOLE, area_id=city_id, limit=1)).items[0]
    places: dict[str, dict[str, Any]] = {
        "operator": {"role": Role.OPERATOR, "area_path": "/"},
        "officer": {"role": Role.OFFICER, "area_path": district},
        "worker": {"role": Role.COMMUNITY_WORKER, "area_path": paths[first.code]},
        "unit": {"role": Role.UNIT_OFFICER, "unit_id": unit.id},
    }
    for role, account in accounts.items():
        details: dict[str, Any] = {**account, **places[role], "name": ROLES[role].split()[0]}
        try:
            ask(AddAccount(by=OPERATOR_AT_THE_CONSOLE, **details))
        except Refusal as refusal:
            if refusal.code != LoginTaken.code:  # added before it was broken off
                raise
