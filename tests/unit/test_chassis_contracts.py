"""Contracts: strict, tolerant of what is new, and silent about what they were sent."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID, uuid4

import msgspec
import pytest

from services.chassis.contracts import Command, Event, View, new_id
from services.chassis.messaging import wire
from services.chassis.refusals import Faulted, Malformed, NotPermitted, Refusal, RefusalKind, RemoteRefusal
from services.chassis.rights import Actor, Right
from tests.unit.test_chassis_sealing import seals

CANARY = "王秀英13800001234"


class Colour(StrEnum):
    """A colour."""

    RED = "red"


class Thing(msgspec.Struct):
    """Something nested."""

    colour: Colour
    by_colour: dict[Colour, int] = {}


class MakeThing(Command, frozen=True, kw_only=True):
    """Make a thing."""

    right: ClassVar[Right] = Right.OPEN

    name: Annotated[str, msgspec.Meta(max_length=5, pattern="^[a-z]+$")]
    number: Annotated[int, msgspec.Meta(ge=0, le=9)] = 0
    made_at: datetime | None = None
    id: UUID | None = None
    things: list[Thing] = []


class ThingMade(Event, frozen=True, kw_only=True):
    """A thing was made."""

    source: ClassVar[str] = "things"
    name: ClassVar[str] = "thing_made.v1"

    words: str


class Secret(View, frozen=True, kw_only=True):
    """A personal answer."""

    is_personal: ClassVar[bool] = True

    words: str


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": CANARY},
        {"name": 13800001234},
        {"name": "a", "number": CANARY},
        {"name": "a", "number": 13800001234},
        {"name": "a", "made_at": CANARY},
        {"name": "a", "made_at": "2026-13-01T00:00:00Z " + CANARY},
        {"name": "a", "id": CANARY},
        {"name": "a", "things": [{"colour": CANARY}]},
        {"name": "a", "things": [{"colour": f"{CANARY} - at `$.{CANARY}`"}]},
        {"name": "a", "things": [{"colour": f"' - at `$.{CANARY}`"}]},
        {"name": "a", "things": [{"colour": "red", "by_colour": {CANARY: 1}}]},
        {"name": "a", "things": CANARY},
        {CANARY: CANARY},
        [CANARY],
        CANARY,
        None,
    ],
)
def test_a_complaint_says_where_it_is_wrong_and_never_what_was_written(wrong: object) -> None:
    for body in (wrong, json.dumps(wrong, ensure_ascii=False).encode(), json.dumps(wrong)):
        with pytest.raises(Malformed) as refused:
            MakeThing.from_wire(body)
        told = str(refused.value.arguments)
        for part in ("王秀英", "13800001234", "\\u738b"):
            assert part not in told


def test_a_complaint_about_an_enum_keeps_the_place() -> None:
    with pytest.raises(Malformed) as refused:
        MakeThing.from_wire({"name": "a", "things": [{"colour": "blue"}]})
    assert refused.value.arguments["problem"] == "Invalid enum value - at `$.things[0].colour`"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"name": "a\\u0000"}',
        b'{"name": "\\ud800"}',
        b'{"name": "a", "things": ' + b'{"x":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
        {"name": "a\x00"},
        {"name": "a", "things": [{"colour": "a\x00"}]},
        {"name": "a", "more": {"a\x00": 1}},
    ],
)
def test_what_is_no_contract_at_all_is_malformed_and_nothing_worse(body: object) -> None:
    with pytest.raises(Malformed):
        MakeThing.from_wire(body)


def test_a_field_that_is_not_known_yet_is_passed_over() -> None:
    assert MakeThing.from_wire({"name": "a", "from_next_year": [1]}) == MakeThing(name="a")


def test_a_contract_survives_the_wire() -> None:
    made = MakeThing(name="a", made_at=datetime(2026, 11, 2, tzinfo=UTC), by=Actor(account_id=uuid4()))
    assert MakeThing.from_wire(made.to_wire()) == made
    assert MakeThing.from_wire(msgspec.to_builtins(made)) == made


def test_the_method_is_the_contract_in_snake_case() -> None:
    assert MakeThing.method() == "make_thing"


def test_ids_come_in_the_order_of_time() -> None:
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 1000


def test_an_event_is_known_by_its_id_even_when_nothing_else_can_be_read() -> None:
    event = ThingMade(words="x")
    assert wire.event_id_in(event.to_wire()) == event.event_id
    assert (
        wire.event_id_in(json.dumps({"event_id": str(event.event_id), "words": 1}).encode()) == event.event_id
    )
    for poison in (b"", b"{}", b"[1]", b'{"event_id": 1}', b"[" * 100_000, b"\xff"):
        assert wire.event_id_in(poison) is None


# ------------------------------------------------------------ refusals and replies on the wire


def reply_to(refusal: Refusal | None, result: object = None) -> wire.Reply:
    """Return the reply as a caller reads it."""
    call = wire.OpenCall("make_thing", [], "reply-to", "id", True)
    return wire.read_replies(wire.write_replies([wire.reply_for(call, result, refusal)], True), "", True)[0]


def test_a_refusal_keeps_code_kind_and_arguments_on_its_way() -> None:
    refusal = wire.refusal_in(reply_to(NotPermitted(place="x")))
    assert isinstance(refusal, RemoteRefusal)
    assert (refusal.code, refusal.kind) == ("chassis.not_permitted", RefusalKind.FORBIDDEN)
    assert refusal.arguments == {"place": "x"}
    assert refusal.args == ("chassis.not_permitted",)
    assert str(refusal) == "chassis.not_permitted"
    assert refusal.to_wire() == NotPermitted(place="x").to_wire()


@pytest.mark.parametrize(
    "error",
    [
        {},
        {"exc_type": "KeyError", "exc_path": "builtins.KeyError", "exc_args": [CANARY], "value": CANARY},
        {"exc_path": "services.chassis.refusals.RemoteRefusal"},
        {"exc_path": "services.chassis.refusals.RemoteRefusal", "exc_args": ["a.b", "no such kind", {}]},
        {"exc_path": "services.chassis.refusals.RemoteRefusal", "exc_args": ["a.b", "invalid", [1]]},
        {"exc_path": "services.chassis.refusals.RemoteRefusal", "exc_args": ["a.b"]},
    ],
)
def test_an_error_of_another_make_is_a_fault_that_tells_nothing(error: dict[str, object]) -> None:
    refusal = wire.refusal_in(wire.Reply(None, error))
    assert isinstance(refusal, Faulted)
    assert refusal.arguments == {}


def test_an_answer_that_cannot_be_written_is_found_before_it_is_sent() -> None:
    with pytest.raises(TypeError):
        reply_to(None, {"result": object()})


def test_a_personal_answer_is_sealed_as_a_whole_and_nothing_else_is() -> None:
    made = seals()
    enclosed = wire.enclose(Secret(words=CANARY), made)
    assert set(enclosed) == {wire.SEALED}
    assert CANARY not in str(enclosed)
    assert Secret.from_wire(wire.disclose(enclosed, made)) == Secret(words=CANARY)
    plain = MakeThing(name="a")
    assert wire.enclose(plain, made) is plain
    with pytest.raises(Malformed):
        wire.disclose({wire.SEALED: "k1.AAAA"}, made)


@pytest.mark.parametrize("header", [None, "", "soon", [], {"a": 1}])
def test_a_letter_that_does_not_say_how_long_it_waits_waits_for_ever(header: object) -> None:
    assert wire.patience_in({wire.PATIENCE: header} if header is not None else None) == float("inf")


@pytest.mark.parametrize("body", [b"", b"1", b"{", b'{"args": 1}', b"[" * 100_000, b"\xff"])
@pytest.mark.parametrize("is_packed", [True, False])
def test_a_letter_that_is_no_call_is_malformed(body: bytes, is_packed: bool) -> None:
    with pytest.raises(Malformed):
        wire.open_calls(body, "make_thing", "reply-to", "id", is_packed)
