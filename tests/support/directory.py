"""Builders for the directory: a small city, people in it, and who may do what there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from typing import Any, TypeVar
from uuid import UUID

import openpyxl
import pytest
from sqlalchemy import text

from services.chassis.contracts import Event
from services.chassis.migrations import metadata_of
from services.chassis.refusals import Refusal
from services.chassis.rights import OPERATOR_AT_THE_CONSOLE, Actor, Grant, Role
from services.chassis.words import LANGUAGES, say_refusal
from services.chassis.work import Workshop
from services.directory import forms, passwords, usecases
from services.directory.contracts import (
    AddAccount,
    AddAreas,
    AddMembers,
    AddUnits,
    AreaKind,
    AreaView,
    ImportPeople,
    ImportReport,
    NewArea,
    NewMember,
    NewUnit,
    SignedIn,
    SignInWithPassword,
    UndoPeopleImport,
)
from services.directory.models import Base
from services.directory.settings import DirectorySettings
from tests.support.database import fresh_database, settings_for

AnyEvent = TypeVar("AnyEvent", bound=Event)

CITY = "/zhoukou/"
DISTRICT = "/zhoukou/chuanhui/"
WENCHANG = "/zhoukou/chuanhui/wenchang/"
CHENZHOU = "/zhoukou/chuanhui/chenzhou/"
WENMING = "/zhoukou/chuanhui/wenchang/wenming/"
JIANZHONG = "/zhoukou/chuanhui/wenchang/jianzhong/"
ZHONGZHOU = "/zhoukou/chuanhui/chenzhou/zhongzhou/"
SAME_NAME = "/zhoukou/chuanhui/chenzhou/jianzhong/"

NAMES = {
    CITY: (AreaKind.CITY, "周口市"),
    DISTRICT: (AreaKind.DISTRICT, "川汇区"),
    WENCHANG: (AreaKind.STREET, "文昌街道"),
    CHENZHOU: (AreaKind.STREET, "陈州街道"),
    WENMING: (AreaKind.COMMUNITY, "文明社区"),
    JIANZHONG: (AreaKind.COMMUNITY, "建中社区"),
    ZHONGZHOU: (AreaKind.COMMUNITY, "中州社区"),
    SAME_NAME: (AreaKind.COMMUNITY, "建中社区"),
}

OPERATOR = OPERATOR_AT_THE_CONSOLE
PASSWORD = "correct horse battery"


@contextmanager
def directory_on(server_url: str) -> Iterator[Workshop]:
    """Yield the workshop of the directory on a database of its own."""
    with fresh_database(server_url) as url:
        yield Workshop(settings_for(url), metadata_of("directory"))


def empty(workshop: Workshop) -> Workshop:
    """Return the workshop with empty tables: sooner done than a database for every test."""
    names = ", ".join(f"directory.{table.name}" for table in Base.metadata.sorted_tables)
    with workshop.engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {names}"))
    return workshop


def an_area(path: str, **changes: Any) -> NewArea:
    """Return the area at `path` as it is added."""
    kind, name = NAMES.get(path, (AreaKind.COMMUNITY, "新社区"))
    *above, code = path.strip("/").split("/")
    parent = f"/{'/'.join(above)}/" if above else None
    return NewArea(**({"kind": kind, "name": name, "code": code, "parent_path": parent} | changes))


def a_city(workshop: Workshop) -> dict[str, AreaView]:
    """Add a city with two streets of two communities each; return its areas by path."""
    added = workshop.run(AddAreas(by=OPERATOR, areas=[an_area(path) for path in NAMES]), usecases.add_areas)
    return {area.path: area for area in added.items}


def staff(role: Role, path: str) -> Actor:
    """Return somebody of the staff with a role in an area."""
    return Actor(account_id=UUID(int=1), grants=(Grant(role, path),))


worker_at = partial(staff, Role.COMMUNITY_WORKER)
officer_at = partial(staff, Role.OFFICER)


def a_member(**changes: Any) -> NewMember:
    """Return a member as they register."""
    return NewMember(**({"name": "彭彤", "phone": "13812345678"} | changes))


def register(workshop: Workshop, area: AreaView, *members: NewMember, by: Actor = OPERATOR) -> Any:
    """Let members register in an area."""
    return workshop.run(AddMembers(by=by, area_id=area.id, members=list(members)), usecases.add_members)


def register_units(workshop: Workshop, area: AreaView, *units: NewUnit, by: Actor = OPERATOR) -> Any:
    """Let units register in an area."""
    return workshop.run(AddUnits(by=by, area_id=area.id, units=list(units)), usecases.add_units)


def add_account(workshop: Workshop, login: str, *, by: Actor = OPERATOR, **changes: Any) -> Any:
    """Add an account as its door does."""
    wanted: dict[str, Any] = {
        "login": login,
        "password": PASSWORD,
        "name": "李翔",
        "role": Role.COMMUNITY_WORKER,
    }
    command = AddAccount(by=by, **(wanted | changes))
    password_hash = passwords.hash_password(command.password)
    return workshop.run(command, partial(usecases.add_account, password_hash=password_hash))


def sign_in(
    workshop: Workshop, login: str, password: str = PASSWORD, settings: DirectorySettings | None = None
) -> SignedIn:
    """Sign an account in as its door does."""
    command = SignInWithPassword(login=login, password=password)
    counting = partial(usecases.count_password_try, settings=settings or DirectorySettings())
    proven = passwords.proven_hash(workshop.run(command, counting), password)
    signed_in: SignedIn = workshop.run(command, partial(usecases.sign_in_with_password, proven=proven))
    return signed_in


def import_sheet(
    workshop: Workshop, area: AreaView, content: bytes, by: Actor = OPERATOR, **changes: Any
) -> ImportReport:
    """Import a sheet as its door does."""
    wanted: dict[str, Any] = {"area_id": area.id, "file_name": "名册.xlsx", "content": content}
    command = ImportPeople(by=by, **(wanted | changes))
    area_code = workshop.read(command, usecases.area_code_for)
    reading = forms.read(command.file_name, command.content, area_code, command.form)
    report: ImportReport = workshop.run(command, partial(usecases.import_people, reading=reading))
    return report


def a_sheet(*rows: list[Any]) -> bytes:
    """Return an .xlsx file with these rows."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def announced(workshop: Workshop, event: type[AnyEvent]) -> list[AnyEvent]:
    """Return the events of a kind in the outbox, oldest first."""
    question = text("SELECT body FROM directory.outbox WHERE name = :name ORDER BY id")
    with workshop.engine.connect() as connection:
        return [event.from_wire(body) for body in connection.scalars(question, {"name": event.name})]


def count(workshop: Workshop, table: str, condition: str = "true") -> int:
    """Return how many rows of a table meet a condition."""
    with workshop.engine.connect() as connection:
        question = text(f"SELECT count(*) FROM directory.{table} WHERE {condition}")
        return int(connection.execute(question).scalar_one())


def stored_texts(workshop: Workshop) -> dict[str, str]:
    """Return everything in the schema of the directory as text, by table."""
    with workshop.engine.connect() as connection:
        return {
            table.name: "\n".join(
                connection.scalars(text(f'SELECT to_jsonb(kept)::text FROM directory."{table.name}" AS kept'))
            )
            for table in Base.metadata.sorted_tables
        }


@contextmanager
def refused(refusal: type[Refusal], **arguments: Any) -> Iterator[pytest.ExceptionInfo[Refusal]]:
    """Expect a refusal with these arguments, and a whole sentence for it in every language."""
    with pytest.raises(refusal) as raised:
        yield raised
    assert arguments.items() <= raised.value.arguments.items()
    for language in LANGUAGES:
        sentence = say_refusal(raised.value, language)
        assert sentence != raised.value.code
        assert "{" not in sentence, sentence


def problems_of(report: ImportReport) -> Mapping[int, list[tuple[str, str]]]:
    """Return what is wrong by row, as columns and reasons."""
    return {
        row.row: [(problem.column, problem.reason) for problem in row.problems]
        for row in report.rows
        if row.problems
    }


PLACES_OF_RIGHTS = {
    "own": (WENMING, WENMING),
    "child": (WENCHANG, WENMING),
    "sibling": (JIANZHONG, WENMING),
    "parent": (WENMING, WENCHANG),
}
"""Where a caller has their role, and the area that a request is about."""

MAY_REACH = {"own": True, "child": True, "sibling": False, "parent": False}


def undo(workshop: Workshop, batch: UUID | None, by: Any = OPERATOR) -> None:
    """Take an import back."""
    assert batch is not None
    workshop.run(UndoPeopleImport(by=by, batch_id=batch), usecases.undo_people_import)
