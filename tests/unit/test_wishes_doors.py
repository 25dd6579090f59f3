"""The doors of wishes: every contract is answered, under its name, and every refusal has its sentences."""

import tomllib
from importlib import resources

import pytest

from services.chassis.contracts import Request
from services.chassis.messaging.entrypoints import contracts_of
from services.chassis.refusals import Refusal
from services.wishes import contracts
from services.wishes.service import WishesService

OFFERED = list(vars(contracts).values())
REQUESTS = [kind for kind in OFFERED if isinstance(kind, type) and issubclass(kind, Request)]
REFUSALS = [kind for kind in OFFERED if isinstance(kind, type) and issubclass(kind, Refusal)]


def test_every_command_and_query_is_answered_under_its_name() -> None:
    answered, _ = contracts_of(WishesService)
    assert answered == {request.method(): request for request in REQUESTS}
    assert {request.service() for request in REQUESTS} == {"wishes"}


def test_what_is_heard_keeps_the_names_of_its_queues() -> None:
    _, heard = contracts_of(WishesService)
    assert {handler: event.name for handler, event in heard.items()} == {
        "on_areas_changed": "areas_changed.v1",
        "on_release_due": "release_due.v1",
        "on_wishes_claimed": "wishes_claimed.v1",
        "on_claims_ended": "claims_ended.v1",
        "on_fulfilment_confirmed": "fulfilment_confirmed.v1",
        "on_reminders_due": "reminders_due.v1",
        "on_reminders_due_of_complaints": "reminders_due.v1",
        "on_reminders_due_of_figures": "reminders_due.v1",
        "on_reminders_due_to_count": "reminders_due.v1",
        "on_waiting_moved": "waiting_moved.v1",
        "on_pool_moved": "pool_moved.v1",
        "on_free_places_given_up": "free_places_given_up.v1",
    }


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)
def test_every_refusal_has_a_sentence_in_both_languages(refusal: type[Refusal]) -> None:
    sentences = tomllib.loads(resources.files("services.wishes").joinpath("words.toml").read_text("utf-8"))
    assert set(sentences[refusal.code]) == {"zh", "en"}
