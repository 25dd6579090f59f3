"""Wishes come in: from residents, from workers, again after a return; residents are found again."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.refusals import IllegalMove, Malformed, NotPermitted, SignInNeeded
from services.chassis.rights import ANYONE, Role
from services.wishes import contracts, queries, usecases
from services.wishes.contracts import (
    Door,
    Hardship,
    PersonalDataInTitle,
    PhoneNeeded,
    ResidentsChanged,
    UnknownCommunity,
    UnknownWish,
    UnusableDoor,
    WishesSubmitted,
    confirmation_index,
)
from tests.support.wishes import (
    COMMUNITY,
    FAR_COMMUNITY,
    NEIGHBOUR,
    PHONE,
    STREET,
    Desk,
    Place,
    a_resident,
    a_wish,
    a_worker,
    id_of,
)

pytestmark = pytest.mark.usefixtures("simulated_clock")


# -- from a resident


def test_a_resident_submits_a_wish_and_takes_home_two_codes(desk: Desk) -> None:
    receipt = desk.submit()
    wish = desk.wish(receipt.wish_id)
    assert (wish.state, wish.title, wish.door) == ("submitted", "想要一台收音机", Door.ONLINE)
    assert (wish.resident_name, wish.resident_phone) == ("彭**", "***5678")
    assert str(wish.due_on) == "2026-11-09"
    assert [(move.action, move.state, move.by) for move in wish.moves] == [
        ("submit", "submitted", "resident")
    ]
    assert (len(receipt.code), len(receipt.confirmation_code)) == (8, 6)


def test_a_new_wish_is_announced_sealed(desk: Desk) -> None:
    receipt = desk.submit()
    (event,) = desk.announced(WishesSubmitted)
    (taken,) = event.wishes
    seals = desk.workshop.seals
    assert (taken.code, taken.area_path) == (receipt.code, COMMUNITY.path)
    assert seals.open(taken.title) == "想要一台收音机"
    assert seals.open(taken.confirmation_code) == receipt.confirmation_code


def test_the_confirmation_is_kept_as_claims_will_look_for_it(desk: Desk) -> None:
    receipt = desk.submit()
    ((kept,),) = desk.rows("SELECT confirmation_index FROM wishes.wish")
    assert kept == confirmation_index(desk.workshop.seals, receipt.code, receipt.confirmation_code)


def test_the_same_key_submits_once_and_answers_the_same(desk: Desk) -> None:
    first = desk.submit(key="3f9c")
    assert desk.submit(key="3f9c") == first
    assert len(desk.announced(WishesSubmitted)) == 1


def test_the_same_wish_of_the_same_resident_is_kept_twice(desk: Desk) -> None:
    first, second = desk.submit(), desk.submit()
    assert first.wish_id != second.wish_id
    assert len(desk.rows("SELECT FROM wishes.resident")) == 1


def test_without_an_account_the_phone_is_needed(desk: Desk) -> None:
    with pytest.raises(PhoneNeeded):
        desk.submit(resident=a_resident(phone=None))


def test_a_title_with_a_phone_number_is_refused_before_anything_is_written(desk: Desk) -> None:
    with pytest.raises(PersonalDataInTitle):
        desk.submit(wish=a_wish(title="要轮椅，打13812345678"))
    assert desk.rows("SELECT FROM wishes.wish") == desk.rows("SELECT FROM wishes.resident") == []


@pytest.mark.parametrize("place", [STREET, Place("/nowhere/", "无", COMMUNITY.kind)])
def test_residents_live_in_communities(desk: Desk, place: Place) -> None:
    with pytest.raises(UnknownCommunity):
        desk.submit(place)


# -- from a worker


def test_a_worker_enters_a_wish_and_door_and_worker_are_recorded(desk: Desk) -> None:
    worker = a_worker(COMMUNITY, Role.GRID_WORKER)
    receipt = desk.enter(door=Door.CARD, by=worker, resident=a_resident(phone=None))
    wish = desk.wish(receipt.wish_id)
    assert (wish.door, wish.moves[0].by, wish.resident_phone) == (Door.CARD, str(worker.account_id), None)


def test_a_worker_of_another_community_enters_nothing_here(desk: Desk) -> None:
    with pytest.raises(NotPermitted):
        desk.enter(COMMUNITY, by=a_worker(NEIGHBOUR))
    with pytest.raises(SignInNeeded):
        desk.enter(COMMUNITY, by=ANYONE)


@pytest.mark.parametrize("door", [Door.ONLINE, Door.FORM_000, Door.FORM_001_1])
def test_a_worker_does_not_pose_as_another_door(desk: Desk, door: Door) -> None:
    with pytest.raises(UnusableDoor):
        desk.enter(door=door)


# -- residents found again


def test_a_resident_is_found_again_by_name_and_phone_in_their_community(desk: Desk) -> None:
    desk.enter()
    desk.enter(resident=a_resident(name="彭 桂兰", phone="138 1234 5678"))
    assert len(desk.rows("SELECT FROM wishes.resident")) == 1
    desk.enter(FAR_COMMUNITY)
    assert len(desk.rows("SELECT FROM wishes.resident")) == 2


def test_a_family_may_share_one_phone(desk: Desk) -> None:
    first = desk.enter(resident=a_resident(name="彭桂兰"))
    second = desk.enter(resident=a_resident(name="李小虎"))
    assert desk.wish(first.wish_id).resident_name == "彭**"
    assert desk.wish(second.wish_id).resident_name == "李**"


def test_somebody_without_a_phone_is_found_again_by_name(desk: Desk) -> None:
    for _ in range(2):
        desk.enter(resident=a_resident(phone=None))
    assert len(desk.rows("SELECT FROM wishes.resident")) == 1


def test_what_a_worker_learns_brings_the_resident_up_to_date(desk: Desk) -> None:
    desk.enter()
    desk.enter(resident=a_resident(address="清河路1号", age=81, hardship=(Hardship.EMPTY_NEST,)))
    desk.enter(resident=a_resident(address=""))  # nothing new is said
    ((address, age, hardship, version),) = desk.rows(
        "SELECT address, age, hardship, version FROM wishes.resident"
    )
    assert desk.workshop.seals.open(address) == "清河路1号"
    assert (age, hardship, version) == (81, ["empty_nest"], 2)
    changed = [event.residents[0].version for event in desk.announced(ResidentsChanged)]
    assert changed == [1, 2]


def test_a_stranger_changes_nobody_and_learns_nothing(desk: Desk) -> None:
    desk.enter(resident=a_resident(address="八一大道12号"))
    receipt = desk.submit(resident=a_resident(address="别处"))
    assert desk.rows("SELECT version FROM wishes.resident") == [(1,)]
    without_address = desk.submit(resident=a_resident(address=""))
    contacts = dict(desk.rows("SELECT code, contact FROM wishes.wish"))
    assert '"address":"别处"' in desk.workshop.seals.open(contacts[receipt.code])
    assert '"address":""' in desk.workshop.seals.open(contacts[without_address.code])


def test_a_worker_need_not_repeat_the_address(desk: Desk) -> None:
    desk.enter(resident=a_resident(address="八一大道12号"))
    receipt = desk.enter(resident=a_resident(address=""))
    contacts = dict(desk.rows("SELECT code, contact FROM wishes.wish"))
    assert '"address":"八一大道12号"' in desk.workshop.seals.open(contacts[receipt.code])


def test_whom_to_reach_is_announced_sealed(desk: Desk) -> None:
    desk.submit()
    (event,) = desk.announced(ResidentsChanged)
    (resident,) = event.residents
    assert resident.phone is not None
    assert desk.workshop.seals.open(resident.phone) == "+86" + PHONE
    assert (resident.area_path, resident.version) == (COMMUNITY.path, 1)


def test_one_resident_at_two_doors_at_the_same_moment_is_one_resident(desk: Desk) -> None:
    with ThreadPoolExecutor(6) as pool:
        receipts = list(pool.map(lambda _: desk.enter(), range(6)))
    assert len({receipt.wish_id for receipt in receipts}) == 6
    assert len(desk.rows("SELECT FROM wishes.resident")) == 1


# -- again, after a return


def _amend(desk: Desk, receipt: contracts.WishReceipt, **changes: object) -> None:
    command = contracts.AmendWish(by=a_worker(), wish_id=receipt.wish_id, wish=a_wish(**changes))
    desk.do(command, usecases.amend_wish, settings=desk.settings)


def test_a_returned_wish_is_put_right_and_goes_back_to_the_screener(
    desk: Desk, simulated_clock: SimulatedClock
) -> None:
    receipt = desk.enter()
    desk.do(
        contracts.ReturnWish(by=a_worker(), wish_id=receipt.wish_id, reason="请写清楚尺寸"),
        usecases.return_wish,
    )
    simulated_clock.set(simulated_clock.now().replace(day=10))
    _amend(desk, receipt, title="想要一台大字收音机", details="巴掌大")
    wish = desk.wish(receipt.wish_id)
    assert (wish.state, wish.title, wish.details) == ("submitted", "想要一台大字收音机", "巴掌大")
    assert str(wish.due_on) == "2026-11-17"
    assert [move.action for move in wish.moves] == ["submit", "return", "amend"]
    ((contact,),) = desk.rows("SELECT contact FROM wishes.wish")
    assert '"details":"巴掌大"' in desk.workshop.seals.open(contact)


def test_only_a_returned_wish_is_amended(desk: Desk) -> None:
    receipt = desk.enter()
    with pytest.raises(IllegalMove):
        _amend(desk, receipt)


def test_an_unknown_wish_is_not_found(desk: Desk) -> None:
    with pytest.raises(UnknownWish):
        desk.wish(id_of("nothing"))


# -- the ledger


def _page(desk: Desk, place: Place, **wanted: object) -> contracts.WishList:
    query = contracts.ListWishes(by=a_worker(place), area_id=place.id, **wanted)  # type: ignore[arg-type]
    page: contracts.WishList = desk.ask(query, queries.list_wishes)
    return page


def test_the_ledger_of_an_area_holds_its_subtree_only(desk: Desk) -> None:
    here, near, far = desk.enter(COMMUNITY), desk.enter(NEIGHBOUR), desk.enter(FAR_COMMUNITY)
    assert [wish.id for wish in _page(desk, COMMUNITY).items] == [here.wish_id]
    assert [wish.id for wish in _page(desk, STREET).items] == [here.wish_id, near.wish_id]
    with pytest.raises(NotPermitted):
        desk.wish(far.wish_id, by=a_worker(STREET))


def test_a_long_ledger_is_read_page_by_page_without_gaps(desk: Desk) -> None:
    entered = [desk.enter().wish_id for _ in range(7)]
    for state in (None, "submitted"):
        seen, after = [], None
        while True:
            page = _page(desk, COMMUNITY, state=state, limit=3, after=after)
            seen += [wish.id for wish in page.items]
            if page.next is None:
                break
            after = page.next
        assert seen == entered


def test_the_queue_is_sorted_by_the_day_screening_is_due(desk: Desk, simulated_clock: SimulatedClock) -> None:
    first, second = desk.enter(), desk.enter()
    returned = contracts.ReturnWish(by=a_worker(), wish_id=first.wish_id, reason="请写清楚")
    desk.do(returned, usecases.return_wish)
    simulated_clock.set(simulated_clock.now().replace(day=5))
    _amend(desk, first)
    queue = _page(desk, COMMUNITY, state="submitted").items
    assert [wish.id for wish in queue] == [second.wish_id, first.wish_id]


@pytest.mark.parametrize("wanted", [{"state": "lost"}, {"after": "x"}, {"after": "x", "state": "submitted"}])
def test_a_wrong_page_is_refused(desk: Desk, wanted: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        _page(desk, COMMUNITY, **wanted)
