"""Sessions that end before their time: the door hears of it, keeps it, and does without for a while."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import eventlet
import pytest

from services.chassis import clock
from services.chassis.refusals import Unavailable
from services.chassis.rights import Actor
from services.claims import contracts as claims
from services.directory import contracts as directory
from tests.support.gateway import Client, Gateway, Script, a_member, a_worker, gateway

WORKER, MEMBER = a_worker(), a_member()
SOON: dict[str, Any] = {"endings_asked_every": 0.05}


class Played:
    """A directory that knows whose sessions were ended, counts how often it is asked, and may be away."""

    def __init__(self) -> None:
        """Know of none."""
        self.ended: list[directory.SessionsEnded] = []
        self.asked: list[directory.ListEndedSessions] = []
        self.is_away = False

    def answer(self, query: directory.ListEndedSessions) -> Any:
        """Answer as the directory does, two on a page."""
        self.asked.append(query)
        if self.is_away:
            return Unavailable()
        found = [one for one in self.ended if one.ended_at >= query.since]
        start = int(query.after or 0)
        following = str(start + 2) if len(found) > start + 2 else None
        return directory.EndedSessions(items=found[start : start + 2], next=following)

    def end(self, actor: Actor, times: int = 1) -> None:
        """End the sessions of somebody."""
        who = actor.account_id or actor.member_id
        assert who is not None
        self.ended.append(directory.SessionsEnded(id=who, times=times, ended_at=clock.now()))


@pytest.fixture
def known() -> Played:
    return Played()


@pytest.fixture
def script(known: Played) -> Script:
    """A script with a directory that also says who somebody is, and shows the board to all."""
    script = Script()
    script.answer(directory.ListEndedSessions, known.answer)
    script.answer(directory.WhoAmI, lambda query: directory.SignedIn(actor=query.by, name="李四"))
    script.answer(claims.ListOffers, claims.Board(items=[]))
    return script


@pytest.fixture
def door(script: Script) -> Iterator[Gateway]:
    """A gateway that asks twenty times a second."""
    with gateway(script, **SOON) as opened:
        yield opened


def await_that(is_so: Callable[[], bool], within: float = 20) -> None:
    """Wait until something is so."""
    with eventlet.Timeout(within):
        while not is_so():
            eventlet.sleep(0.02)


def code_at_me(client: Client) -> str:
    """Return the code with which `/me` is refused, or `in`."""
    reply = client.get("/api/v1/me")
    return "in" if reply.status == 200 else reply.code


@pytest.mark.parametrize("actor", [WORKER, MEMBER])
def test_a_session_ends_soon_after_the_directory_ended_it(door: Gateway, known: Played, actor: Actor) -> None:
    client, other = door.signed_in(actor), door.signed_in(a_worker())
    assert code_at_me(client) == "in"
    known.end(actor)
    await_that(lambda: code_at_me(client) == "gateway.session_over")
    assert code_at_me(other) == "in"


def test_who_signs_in_again_is_in_although_sessions_of_before_are_over(door: Gateway, known: Played) -> None:
    before = door.signed_in(WORKER)
    known.end(WORKER)
    again = directory.SignedIn(actor=WORKER, name="李四", sessions_ended=1)
    door.script.answer(directory.SignInWithPassword, again)
    body = {"login": "li", "password": "secret secret"}
    token = door.client().post("/api/v1/sign-in/with-password", body).json["token"]
    await_that(lambda: code_at_me(before) == "gateway.session_over")
    assert code_at_me(door.client(Authorization=f"Bearer {token}")) == "in"


def test_who_changes_their_own_password_is_given_a_token_that_goes_on(door: Gateway, known: Played) -> None:
    renewed = directory.SignedIn(actor=WORKER, name="李四", sessions_ended=1)
    door.script.answer(directory.ChangePassword, renewed)
    client = door.signed_in(WORKER)
    body = {"old_password": "secret secret", "new_password": "another secret"}
    reply = client.post("/api/v1/me/password", body, Idempotency_Key="again")
    known.end(WORKER)
    await_that(lambda: code_at_me(client) == "gateway.session_over")
    assert code_at_me(door.client(Authorization=f"Bearer {reply.json['token']}")) == "in"
    assert code_at_me(door.client(Cookie=reply.headers["Set-Cookie"].partition(";")[0])) == "in"
    (asked,) = [one for one in door.script.heard if isinstance(one, directory.ChangePassword)]
    assert asked.key is None  # a receipt would open a session for whoever has its key


def test_a_cookie_whose_session_was_ended_is_nobody_on_what_is_open_to_all(
    door: Gateway, known: Played
) -> None:
    client = door.client(Cookie=f"wishtree={door.token(WORKER)}")
    known.end(WORKER)
    await_that(lambda: code_at_me(client) == "gateway.session_over")
    assert client.get("/api/v1/offers").status == 200


def test_a_gateway_that_starts_learns_at_once_what_was_ended_before(script: Script, known: Played) -> None:
    others = [a_worker() for _ in range(4)]
    for one in [*others, WORKER]:
        known.end(one)
    with gateway(script, endings_asked_every=60.0) as door:
        assert code_at_me(door.signed_in(WORKER)) == "gateway.session_over"  # it stood on the third page
        longest = timedelta(days=30)
        assert all(clock.now() - query.since >= longest for query in known.asked)


def test_requests_ask_the_directory_nothing_and_the_watch_only_for_what_is_new(
    script: Script, known: Played
) -> None:
    known.end(a_worker())
    with gateway(script, endings_asked_every=0.5) as door:
        client = door.signed_in(WORKER)
        assert code_at_me(client) == "in"
        known.asked.clear()
        for _ in range(50):
            client.get("/api/v1/me")
        assert len(known.asked) < 10
        await_that(lambda: bool(known.asked))
        assert clock.now() - known.asked[-1].since < timedelta(minutes=5)


def test_while_the_directory_is_away_what_was_known_last_holds_and_then_nobody_counts_as_signed_in(
    script: Script, known: Played
) -> None:
    known.end(MEMBER)
    with gateway(script, endings_known_for=3.0, **SOON) as door:
        worker, member = door.signed_in(WORKER), door.signed_in(MEMBER)
        visitor = door.client(Cookie=f"wishtree={door.token(WORKER)}")
        assert code_at_me(worker) == "in"
        known.is_away = True
        assert code_at_me(worker) == "in"
        assert code_at_me(member) == "gateway.session_over"
        await_that(lambda: code_at_me(worker) == "gateway.session_doubtful")
        reply = door.signed_in(WORKER, Accept_Language="en").get("/api/v1/me")
        assert (reply.status, reply.headers["Retry-After"]) == (503, "5")
        assert "cannot check your session" in reply.json["error"]["message"]
        assert visitor.get("/api/v1/offers").status == 200
        known.is_away = False
        assert code_at_me(worker) == "in"
