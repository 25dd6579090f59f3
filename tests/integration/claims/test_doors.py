"""Claims behind its doors: calls and events over the in-process broker, a rush among them."""

from collections import Counter
from collections.abc import Iterator

import eventlet
import pytest

from services.chassis.hosting import House
from services.chassis.messaging.caller import Caller
from services.chassis.migrations import metadata_of
from services.chassis.refusals import Refusal
from services.chassis.settings import Settings
from services.chassis.work import Workshop
from services.claims.contracts import (
    Claimed,
    ClaimWish,
    ConfirmByResident,
    DeliverClaim,
    GetOffer,
    LookUpContact,
    MyClaims,
)
from services.claims.service import ClaimsService
from tests.support.claims import (
    CONFIRMATION_CODE,
    CONTACT,
    ClaimsAtHand,
    as_member,
)

pytestmark = pytest.mark.usefixtures("simulated_clock")


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    """The claims service, hosted in this process."""
    house = House(settings, [ClaimsService])
    house.start()
    yield house
    house.stop()


@pytest.fixture
def caller(house: House) -> Iterator[Caller]:
    """Whoever asks the service, as the gateway does."""
    caller = house.caller("test")
    caller.start()
    yield caller
    caller.stop()


@pytest.fixture
def claims(settings: Settings) -> ClaimsAtHand:
    """The tables of the hosted service, and a way to let it have heard of wishes and members."""
    return ClaimsAtHand(Workshop(settings, metadata_of("claims")))


def refused(caller: Caller, *requests: ConfirmByResident) -> list[str]:
    """Return the codes with which these requests are refused."""
    codes = []
    for request in requests:
        with pytest.raises(Refusal) as refusal:
            caller.ask(request)
        codes.append(refusal.value.code)
    return codes


def test_a_wish_is_claimed_delivered_and_confirmed_over_the_broker(
    caller: Caller, claims: ClaimsAtHand
) -> None:
    member, wish = claims.a_member(), claims.a_released_wish()
    by = as_member(member)
    claimed = caller.ask(ClaimWish(by=by, wish_id=wish.wish_id, key="1"))
    assert caller.ask(ClaimWish(by=by, wish_id=wish.wish_id, key="1")) == claimed
    assert caller.ask(LookUpContact(by=by, claim_id=claimed.claim_id)).phone == CONTACT["phone"]
    caller.ask(DeliverClaim(by=by, claim_id=claimed.claim_id, note="送到了"))
    caller.ask(ConfirmByResident(wish_code=wish.code, confirmation_code=CONFIRMATION_CODE))
    (mine,) = caller.ask(MyClaims(by=by)).items
    assert (mine.state, mine.note) == ("confirmed", "送到了")
    assert caller.ask(GetOffer(wish_id=wish.wish_id)).state == "fulfilled"


def test_wrong_codes_are_refused_and_counted_over_the_broker(caller: Caller, claims: ClaimsAtHand) -> None:
    wish = claims.a_released_wish()
    wrong = [ConfirmByResident(wish_code=wish.code, confirmation_code="1", key=str(key)) for key in range(6)]
    codes = refused(caller, *wrong)
    assert codes == ["claims.wrong_confirmation_code"] * 5 + ["claims.too_many_tries"]


def test_a_rush_over_the_broker_gives_each_place_once(caller: Caller, claims: ClaimsAtHand) -> None:
    members, wish = claims.some_members(200), claims.a_released_wish(places=10)

    def ask(number: int) -> str:
        try:
            caller.ask(
                ClaimWish(by=as_member(members[number]), wish_id=wish.wish_id, key=str(number)), within=60
            )
        except Refusal as refusal:
            return refusal.code
        return Claimed.__name__

    answers = Counter(eventlet.GreenPool(200).imap(ask, range(200)))
    assert answers == {"Claimed": 10, "claims.no_place_left": 190}
