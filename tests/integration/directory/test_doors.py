"""The doors of the directory, asked over a broker: heavy work in threads, counts kept, no name in clear."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.chassis.contracts import Request
from services.chassis.hosting import House
from services.chassis.messaging.caller import Caller
from services.chassis.messaging.entrypoints import contracts_of
from services.chassis.migrations import metadata_of
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import ANYONE, OPERATOR_AT_THE_CONSOLE, Role
from services.chassis.settings import Settings
from services.chassis.work import Workshop
from services.directory import contracts
from services.directory.contracts import (
    AddAccount,
    AddAreas,
    AddMembers,
    AddUnits,
    ChangePassword,
    GrantRole,
    ImportPeople,
    ListAreas,
    ListEndedSessions,
    ListMembers,
    ListUnits,
    NewMember,
    NewUnit,
    RequestSignInCode,
    ResetPassword,
    SignInCodeIssued,
    SignInWithCode,
    SignInWithPassword,
    UndoPeopleImport,
    WhoAmI,
)
from services.directory.service import DirectoryService
from tests.support.directory import (
    NAMES,
    OPERATOR,
    PASSWORD,
    WENMING,
    a_sheet,
    an_area,
    announced,
    stored_texts,
)

pytestmark = pytest.mark.usefixtures("simulated_clock")

CANARIES = ("彭卡纳", "13812345678", "canary@example.com", "何金丝", "13987654321", "李雀", "13700001111")


@pytest.fixture
def caller(settings: Settings) -> Iterator[Caller]:
    """A caller to a house in which only the directory lives."""
    house = House(settings, [DirectoryService])
    house.start()
    caller = house.caller("test")
    caller.start()
    yield caller
    caller.stop()
    house.stop()


@pytest.fixture
def workshop(settings: Settings) -> Workshop:
    """The same tables, to look into."""
    return Workshop(settings, metadata_of("directory"))


def refusal_of(caller: Caller, request: Any) -> str:
    """Return the code with which a request is refused."""
    with pytest.raises(Refusal) as refused:
        caller.ask(request)
    return refused.value.code


def lay_out(caller: Caller) -> dict[str, Any]:
    """Add a city over the broker."""
    added = caller.ask(AddAreas(by=OPERATOR, areas=[an_area(path) for path in NAMES])).items
    return {area.path: area for area in added}


def test_every_contract_of_the_directory_has_its_door() -> None:
    answered, _ = contracts_of(DirectoryService)
    asked = {
        thing.method(): thing
        for thing in vars(contracts).values()
        if isinstance(thing, type) and issubclass(thing, Request)
    }
    assert answered == asked


def test_a_register_is_read_in_a_thread_imported_and_taken_back(caller: Caller) -> None:
    areas = lay_out(caller)
    content = a_sheet(["姓名", "联系电话"], ["彭 卡纳", 13812345678.0], ["何金丝", "123"])
    wanted: dict[str, Any] = {
        "by": OPERATOR,
        "area_id": areas[WENMING].id,
        "file_name": "a.xlsx",
        "content": content,
    }
    preview = caller.ask(ImportPeople(**wanted), within=90)
    assert (preview.accepted, preview.rejected, preview.batch) == (1, 1, None)
    report = caller.ask(ImportPeople(**wanted, commit=True, key="k"), within=90)
    assert caller.ask(ImportPeople(**wanted, commit=True, key="k"), within=90) == report
    caller.ask(UndoPeopleImport(by=OPERATOR, batch_id=report.batch))
    assert caller.ask(ListMembers(by=OPERATOR, area_id=areas[WENMING].id)).items == []
    unread = ImportPeople(**(wanted | {"by": ANYONE}))
    assert refusal_of(caller, unread) == "chassis.sign_in_needed"


def test_staff_sign_in_with_a_password_and_the_same_answer_for_whoever_does_not_exist(caller: Caller) -> None:
    lay_out(caller)
    account: dict[str, Any] = {
        "login": "worker",
        "password": PASSWORD,
        "name": "李雀",
        "role": Role.COMMUNITY_WORKER,
    }
    add = AddAccount(by=OPERATOR, area_path=WENMING, key="k", **account)
    assert caller.ask(add) == caller.ask(add)
    actor = caller.ask(SignInWithPassword(login="worker", password=PASSWORD, key="k")).actor
    assert caller.ask(WhoAmI(by=actor)).name == "李雀"
    for login in ("worker", "nobody"):
        wrong = SignInWithPassword(login=login, password="a wrong password", key="k")
        assert refusal_of(caller, wrong) == "directory.wrong_password"
    change = ChangePassword(by=actor, old_password=PASSWORD, new_password="another battery", key="k")
    assert caller.ask(change).actor == actor
    assert refusal_of(caller, change) == "directory.wrong_password"  # no receipt opens a session
    ended = caller.ask(ListEndedSessions(since=datetime(2020, 1, 1, tzinfo=UTC))).items
    assert [(one.id, one.times) for one in ended] == [(actor.account_id, 1)]
    caller.ask(ResetPassword(by=OPERATOR, login="worker", password="yet another battery"))
    assert caller.ask(SignInWithPassword(login="worker", password="yet another battery")).actor == actor


def test_a_wrong_code_is_counted_through_the_door_and_no_receipt_signs_in_again(
    caller: Caller, workshop: Workshop
) -> None:
    areas = lay_out(caller)
    caller.ask(
        AddMembers(
            by=OPERATOR, area_id=areas[WENMING].id, members=[NewMember(name="彭卡纳", phone="13812345678")]
        )
    )
    caller.ask(RequestSignInCode(phone="13812345678"))
    code = workshop.seals.open(announced(workshop, SignInCodeIssued)[-1].code)
    wrong = SignInWithCode(phone="13812345678", code="x", key="k")
    assert refusal_of(caller, wrong) == "directory.wrong_code"
    assert '"wrong_tries": 1' in stored_texts(workshop)["sign_in_code"]
    right = SignInWithCode(phone="13812345678", code=code, key="k")
    assert caller.ask(right).name == "彭卡纳"
    assert refusal_of(caller, right) == "directory.wrong_code"


def requests_with(nonsense: str, area_id: UUID) -> list[Any]:
    """Return requests of every kind that say `nonsense` wherever they can."""
    by, account = OPERATOR, dict[str, Any](login=nonsense, role=Role.OFFICER, area_path=nonsense)
    person: dict[str, Any] = {"name": nonsense, "phone": nonsense}
    return [
        ListAreas(below=nonsense),
        ListAreas(name=nonsense),
        ListAreas(after=nonsense),
        ListUnits(by=by, area_id=area_id, name=nonsense),
        ListUnits(by=by, area_id=area_id, after=nonsense),
        ListMembers(by=by, area_id=area_id, after=nonsense),
        AddAreas(by=by, areas=[an_area(WENMING, name=nonsense, code=nonsense, parent_path=nonsense)]),
        AddUnits(
            by=by, area_id=area_id, units=[NewUnit(name=nonsense, parent_name=nonsense, street_name=nonsense)]
        ),
        AddUnits(
            by=by, area_id=area_id, units=[NewUnit(name=f"单位{nonsense}", contact_name=f"甲{nonsense}")]
        ),
        AddMembers(
            by=by, area_id=area_id, members=[NewMember(**person, unit_name=nonsense, skills=(nonsense,))]
        ),
        AddMembers(
            by=by,
            area_id=area_id,
            members=[NewMember(name=f"甲{nonsense}", phone="13812345678", willingness=(nonsense,))],
        ),
        AddAccount(by=by, password=nonsense, name=nonsense, **account),
        GrantRole(by=by, **account),
        RequestSignInCode(phone=nonsense, address=nonsense),
        SignInWithCode(phone=nonsense, code=nonsense),
        SignInWithPassword(login=nonsense, password=nonsense),
        ImportPeople(by=by, area_id=area_id, file_name=nonsense, content=nonsense.encode(), form=nonsense),
    ]


@pytest.mark.parametrize(
    "nonsense", ["\x00", "%", "_", "\\", "'; DROP TABLE directory.member; --", "\u202e", "长" * 9999]
)
def test_nonsense_in_a_text_is_answered_or_refused_but_never_a_fault(caller: Caller, nonsense: str) -> None:
    faults = []
    for request in requests_with(nonsense, lay_out(caller)[WENMING].id):
        try:
            caller.ask(request)
        except Refusal as refusal:
            faults += [request.method()] if refusal.kind is RefusalKind.UNAVAILABLE else []
    assert faults == []


def open_accounts(caller: Caller) -> None:
    """Let a canary be an account whose login is a phone, as offices like it."""
    by = OPERATOR_AT_THE_CONSOLE
    account = AddAccount(
        by=by,
        login="13812345678",
        password=PASSWORD,
        name="彭卡纳",
        role=Role.OFFICER,
        area_path=WENMING,
        phone="13987654321",
        email="canary@example.com",
        key="k3",
    )
    caller.ask(account)
    caller.ask(GrantRole(by=by, login="13812345678", role=Role.GRID_WORKER, area_path=WENMING, key="k4"))
    caller.ask(SignInWithPassword(login="13812345678", password=PASSWORD, key="k5"))


def live_a_little(caller: Caller) -> None:
    """Let the canaries register, be imported, get accounts, sign in, fail and be listed."""
    areas = lay_out(caller)
    by, area_id = OPERATOR_AT_THE_CONSOLE, areas[WENMING].id
    canary = NewMember(name="彭卡纳", phone="13812345678", email="canary@example.com")
    caller.ask(AddMembers(by=by, area_id=area_id, members=[canary], key="k1"))
    unit = NewUnit(
        name="人社局", contact_name="何金丝", contact_phone="13987654321", contact_email="canary@example.com"
    )
    caller.ask(AddUnits(by=by, area_id=area_id, units=[unit], key="k2"))
    sheet = a_sheet(["姓名", "联系电话"], ["李雀", "13700001111"], ["何金丝", "13987654321x"])
    for _ in range(2):  # the second time it changes somebody, whose past is kept for the undo
        imported = {
            "by": by,
            "area_id": area_id,
            "file_name": "彭卡纳.xlsx",
            "content": sheet,
            "commit": True,
        }
        caller.ask(ImportPeople(**imported), within=90)
        sheet = a_sheet(["姓名", "联系电话", "职业特长"], ["李雀", "13700001111", "理发"])
    open_accounts(caller)
    for phone in ("13812345678", "13987654321"):
        caller.ask(RequestSignInCode(phone=phone, address="203.0.113.7", key=phone[:3]))
        refusal_of(caller, SignInWithCode(phone=phone, code="000000x"))
    refusal_of(
        caller, AddMembers(by=by, area_id=area_id, members=[NewMember(name="彭卡纳", phone="1381234567")])
    )
    for request in (ListAreas(), ListMembers(by=by, area_id=area_id), ListUnits(by=by, area_id=area_id)):
        caller.ask(request)


def test_no_name_phone_or_address_is_in_clear_in_any_table_event_or_log(
    caller: Caller,
    workshop: Workshop,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    live_a_little(caller)
    kept = "\n".join(stored_texts(workshop).values())
    logged = caplog.text + "".join(capsys.readouterr())
    assert "彭" not in kept
    for canary_text in (*CANARIES, "203.0.113", PASSWORD):
        assert canary_text not in kept
        assert canary_text not in logged
    with workshop.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM directory.outbox")).scalar_one() > 0
