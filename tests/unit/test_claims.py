"""Who wins a place, and how offers and claims move on."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.chassis.refusals import IllegalMove, Refusal
from services.claims.contracts import (
    AlreadyYours,
    Claimed,
    NoLongerOffered,
    NoPlaceLeft,
    NotAMember,
    TooManyOpenClaims,
    UnknownOffer,
    UnusableText,
)
from services.claims.domain import (
    CLAIM_LIFECYCLE,
    KEEPS_ITS_PLACE,
    LONGEST_TEXT,
    OVER,
    UNDER_WAY,
    Asked,
    ClaimAction,
    Claimant,
    ClaimState,
    Offered,
    OfferState,
    Outcome,
    Places,
    Won,
    code_as_typed,
    is_doer,
    settle,
    text_given,
)

NOW = datetime(2026, 11, 7, 1, tzinfo=UTC)
TODAY = date(2026, 11, 7)
WISHES = [UUID(int=number) for number in range(1, 6)]
MEMBERS = [UUID(int=number) for number in range(101, 112)]
KEYS = ["once", "twice", "thrice"]
STRANGER = UUID(int=999)


def an_offer(places: int = 1, taken: int = 0, state: OfferState | None = None, limit: int = 3) -> Offered:
    """Return an offer with so many places, of which so many are taken."""
    full = OfferState.TAKEN if taken == places else OfferState.OPEN
    return Offered(
        Places(places, taken, 0, state or full, version=7), service_days=14, undo_minutes=10, limit=limit
    )


def a_claimant(open_claims: int = 0, **changes: object) -> Claimant:
    """Return an active member with so many open claims."""
    return Claimant(is_active=True, open_claims=open_claims, **changes)  # type: ignore[arg-type]


def settled(
    asked: list[Asked], offers: dict[UUID, Offered], members: dict[UUID, Claimant] | None = None
) -> list[Outcome]:
    """Settle with claims that are numbered in the order in which they win."""
    known = {member: a_claimant() for member in MEMBERS} if members is None else members
    numbers = count(1)
    return settle(asked, offers, known, NOW, TODAY, lambda: UUID(int=next(numbers)))


def refusals_in(outcomes: list[Outcome]) -> list[type[Refusal]]:
    """Return the kinds of refusal among the outcomes."""
    return [type(outcome) for outcome in outcomes if isinstance(outcome, Refusal)]


# -- the rush


def test_the_first_to_ask_wins_the_only_place() -> None:
    first, second = settled(
        [Asked(WISHES[0], MEMBERS[0]), Asked(WISHES[0], MEMBERS[1])], {WISHES[0]: an_offer()}
    )
    assert isinstance(first, Won)
    assert first.asked.member_id == MEMBERS[0]
    assert isinstance(second, NoPlaceLeft)


def test_a_place_won_says_by_when_and_until_when_it_can_be_undone() -> None:
    (won,) = settled([Asked(WISHES[0], MEMBERS[0])], {WISHES[0]: an_offer()})
    assert isinstance(won, Won)
    assert won.answer.due_on == TODAY + timedelta(days=14)
    assert won.answer.undo_until == NOW + timedelta(minutes=10)


def test_each_win_tells_how_the_offer_stands_after_it() -> None:
    wins = settled([Asked(WISHES[0], member) for member in MEMBERS[:3]], {WISHES[0]: an_offer(places=3)})
    standings = [won.places.standing() for won in wins if isinstance(won, Won)]
    assert [(now.state, now.places_left, now.version) for now in standings] == [
        ("open", 2, 8),
        ("open", 1, 9),
        ("taken", 0, 10),
    ]


def test_the_same_click_twice_in_one_batch_gets_the_same_answer() -> None:
    click = Asked(WISHES[0], MEMBERS[0], KEYS[0])
    first, again = settled([click, click], {WISHES[0]: an_offer(places=2)})
    assert isinstance(first, Won)
    assert again is first.answer


def test_a_click_answered_earlier_gets_that_answer_although_the_offer_is_gone() -> None:
    earlier = Claimed(claim_id=UUID(int=5), wish_id=WISHES[0], due_on=TODAY, undo_until=NOW)
    members = {MEMBERS[0]: a_claimant(answers={KEYS[0]: earlier})}
    assert settled([Asked(WISHES[0], MEMBERS[0], KEYS[0])], {}, members) == [earlier]


def test_a_member_cannot_take_two_places_on_one_wish() -> None:
    asked = [Asked(WISHES[0], MEMBERS[0]), Asked(WISHES[0], MEMBERS[0])]
    assert refusals_in(settled(asked, {WISHES[0]: an_offer(places=5)})) == [AlreadyYours]


def test_who_holds_the_last_place_hears_that_it_is_theirs_and_not_that_it_is_gone() -> None:
    members = {MEMBERS[0]: a_claimant(wishes=frozenset({WISHES[0]}))}
    outcomes = settled([Asked(WISHES[0], MEMBERS[0])], {WISHES[0]: an_offer(taken=1)}, members)
    assert refusals_in(outcomes) == [AlreadyYours]


def test_who_lost_a_race_with_full_hands_hears_of_the_race() -> None:
    members = {MEMBERS[0]: a_claimant(open_claims=3)}
    outcomes = settled([Asked(WISHES[0], MEMBERS[0])], {WISHES[0]: an_offer(taken=1)}, members)
    assert refusals_in(outcomes) == [NoPlaceLeft]


def test_a_member_takes_no_more_than_the_limit_within_one_batch() -> None:
    offers = {wish: an_offer(limit=2) for wish in WISHES}
    outcomes = settled([Asked(wish, MEMBERS[0]) for wish in WISHES[:3]], offers)
    assert [isinstance(outcome, Won) for outcome in outcomes] == [True, True, False]
    refused = outcomes[2]
    assert isinstance(refused, TooManyOpenClaims)
    assert refused.arguments == {"limit": 2}


@pytest.mark.parametrize("state", OVER)
def test_an_offer_that_is_over_is_no_longer_offered(state: OfferState) -> None:
    outcomes = settled([Asked(WISHES[0], MEMBERS[0])], {WISHES[0]: an_offer(places=2, state=state)})
    assert refusals_in(outcomes) == [NoLongerOffered]


def test_nobody_claims_what_was_never_released() -> None:
    assert refusals_in(settled([Asked(WISHES[0], MEMBERS[0])], {})) == [UnknownOffer]


@pytest.mark.parametrize("members", [{}, {MEMBERS[0]: Claimant(is_active=False, open_claims=0)}])
def test_strangers_and_those_who_left_do_not_claim(members: dict[UUID, Claimant]) -> None:
    outcomes = settled([Asked(WISHES[0], MEMBERS[0])], {WISHES[0]: an_offer()}, members)
    assert refusals_in(outcomes) == [NotAMember]


clicks = some.lists(
    some.builds(
        Asked,
        wish_id=some.sampled_from([*WISHES, STRANGER]),
        member_id=some.sampled_from([*MEMBERS, STRANGER]),
        request_key=some.sampled_from([None, *KEYS]),
    ),
    max_size=60,
)
boards = some.fixed_dictionaries(
    {wish: some.builds(an_offer, places=some.integers(1, 6), limit=some.integers(0, 4)) for wish in WISHES}
)
crowds = some.fixed_dictionaries({member: some.builds(a_claimant, some.integers(0, 3)) for member in MEMBERS})


@given(clicks, boards, crowds)
def test_a_rush_never_gives_a_place_twice_and_leaves_none_to_whoever_could_have_had_it(
    asked: list[Asked], offers: dict[UUID, Offered], members: dict[UUID, Claimant]
) -> None:
    outcomes = settled(asked, offers, members)
    assert len(outcomes) == len(asked)
    wins = [outcome for outcome in outcomes if isinstance(outcome, Won)]
    for wish, offer in offers.items():
        won = [win for win in wins if win.asked.wish_id == wish]
        assert len(won) <= offer.places.places
        assert len({win.asked.member_id for win in won}) == len(won)
        versions = [win.places.version for win in won]
        assert versions == list(range(8, 8 + len(won)))
        lost = [
            one
            for one, outcome in zip(asked, outcomes, strict=True)
            if one.wish_id == wish and isinstance(outcome, NoPlaceLeft)
        ]
        assert not lost or len(won) == offer.places.places


@given(clicks, boards, crowds)
def test_nobody_is_served_before_somebody_who_came_earlier(
    asked: list[Asked], offers: dict[UUID, Offered], members: dict[UUID, Claimant]
) -> None:
    """What one gets depends on those before them only: cutting the queue behind them changes nothing."""
    whole = settled(asked, offers, members)
    for length in range(0, len(asked), 7):
        part = settled(asked[:length], offers, members)
        assert list(map(_told, part)) == list(map(_told, whole[:length]))


def _told(outcome: Outcome) -> object:
    return type(outcome) if isinstance(outcome, Refusal) else outcome


@given(clicks, boards, crowds)
def test_nobody_passes_the_limit_of_the_offer_they_take(
    asked: list[Asked], offers: dict[UUID, Offered], members: dict[UUID, Claimant]
) -> None:
    open_claims = {member: claimant.open_claims for member, claimant in members.items()}
    for outcome in settled(asked, offers, members):
        if isinstance(outcome, Won):
            assert open_claims[outcome.asked.member_id] < offers[outcome.asked.wish_id].limit
            open_claims[outcome.asked.member_id] += 1


@given(clicks, boards, crowds)
def test_settling_changes_nothing_that_it_was_given(
    asked: list[Asked], offers: dict[UUID, Offered], members: dict[UUID, Claimant]
) -> None:
    before = (list(asked), dict(offers), dict(members))
    settled(asked, offers, members)
    assert (asked, offers, members) == before


# -- places


def test_a_place_given_back_opens_a_full_offer_again() -> None:
    full = Places(2, 1, 0, OfferState.OPEN, 1).take()
    assert full.state is OfferState.TAKEN
    assert full.free() == Places(2, 1, 0, OfferState.OPEN, 3)


def test_an_offer_is_fulfilled_with_its_last_place() -> None:
    places = Places(2, 2, 0, OfferState.TAKEN, 1).confirm()
    assert places.state is OfferState.TAKEN
    assert places.confirm().state is OfferState.FULFILLED


def test_a_wish_confirmed_on_one_place_keeps_the_others_on_the_board() -> None:
    assert Places(2, 1, 0, OfferState.OPEN, 1).confirm().state is OfferState.OPEN


def test_nothing_is_left_of_an_offer_that_was_withdrawn() -> None:
    withdrawn = Places(3, 1, 0, OfferState.OPEN, 1).withdraw()
    assert withdrawn.standing().places_left == 0
    assert withdrawn.free() == Places(3, 0, 0, OfferState.WITHDRAWN, 3)


@pytest.mark.parametrize(
    ("before", "places", "state", "offered"),
    [
        (Places(1, 1, 0, OfferState.TAKEN, 1), 2, OfferState.OPEN, 2),
        (Places(3, 2, 0, OfferState.OPEN, 1), 1, OfferState.TAKEN, 2),
        (Places(1, 1, 1, OfferState.FULFILLED, 1), 1, OfferState.FULFILLED, 1),
        (Places(1, 1, 1, OfferState.FULFILLED, 1), 2, OfferState.OPEN, 2),
        (Places(2, 0, 0, OfferState.WITHDRAWN, 1), 2, OfferState.OPEN, 2),
    ],
)
def test_a_new_release_never_resets_what_is_taken(
    before: Places, places: int, state: OfferState, offered: int
) -> None:
    after = before.offer_again(places)
    assert (after.state, after.places, after.taken, after.version) == (state, offered, before.taken, 2)


moves = some.lists(some.sampled_from(["take", "free", "confirm"]), max_size=40)


@given(some.integers(1, 5), moves)
def test_places_stand_as_the_numbers_say_after_any_moves(number: int, actions: list[str]) -> None:
    places = Places(number, 0, 0, OfferState.OPEN, 0)
    for action in actions:
        could = {
            "take": places.taken < places.places,
            "free": places.taken > places.confirmed,
            "confirm": places.taken > places.confirmed,
        }
        if could[action] and places.state not in OVER:
            places = getattr(places, action)()
        full = OfferState.TAKEN if places.taken == places.places else OfferState.OPEN
        assert places.state is (OfferState.FULFILLED if places.confirmed == places.places else full)
        assert 0 <= places.confirmed <= places.taken <= places.places


# -- claims, words, people


def test_a_claim_is_over_exactly_when_no_move_leaves_its_state() -> None:
    assert CLAIM_LIFECYCLE.final_states == set(ClaimState) - set(UNDER_WAY)
    assert set(KEEPS_ITS_PLACE) - set(UNDER_WAY) == {ClaimState.CONFIRMED}


def test_what_is_delivered_cannot_lapse_nor_be_returned() -> None:
    for action in (ClaimAction.LAPSE, ClaimAction.RETURN, ClaimAction.UNDO):
        with pytest.raises(IllegalMove):
            CLAIM_LIFECYCLE.after(ClaimState.DELIVERED, action)


def test_a_note_is_kept_without_blanks_around_it() -> None:
    assert text_given("  已送到。\n谢谢 ") == "已送到。\n谢谢"


@pytest.mark.parametrize("words", ["字" * (LONGEST_TEXT + 1), "a\x00b", "\x1b[31m", "\u202eabc"])
def test_what_cannot_be_kept_is_refused(words: str) -> None:
    with pytest.raises(UnusableText):
        text_given(words)


def test_codes_are_read_as_people_type_them() -> None:
    assert code_as_typed(" ab2c-３４５6 ") == "AB2C3456"
    assert code_as_typed("\x00' OR 1=1 --" * 50) == "OR11OR11OR11"


def test_the_doer_is_known_by_any_identity_and_nobody_by_none() -> None:
    account = UUID(int=301)
    assert is_doer((MEMBERS[0], None), (MEMBERS[0], account))
    assert is_doer((MEMBERS[0], account), (None, account))
    assert not is_doer((MEMBERS[0], None), (None, None))
