"""Who is told of referrals, campaigns, the month's roster and festivals: residents, workers, members."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from services.chassis.contracts import new_id
from services.chassis.rights import Role
from services.chassis.work import Workshop
from services.notify import usecases
from services.notify.channels import AddressKind
from services.wishes.contracts import (
    CampaignStage,
    CampaignStageBegan,
    CommunityDue,
    FestivalNear,
    ReferralAnswered,
    ReferralOutcome,
    ReferredWish,
    RosterChecksDue,
    WishReferred,
)
from tests.support.notify import CITY, COMMUNITY, STREET, House
from tests.support.notify_people import a_member, a_resident, an_account

pytestmark = pytest.mark.usefixtures("simulated_clock")


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop]) -> House:
    """Notify with SMS and e-mail set up."""
    return House(workshop_of("notify"), {"sms": AddressKind.PHONE, "email": AddressKind.EMAIL})


def a_referred_wish(house: House, resident_id: Any) -> ReferredWish:
    """Return a wish as the events of a referral name it."""
    return ReferredWish(
        wish_id=new_id(),
        code="XY-1234",
        resident_id=resident_id,
        area_path=COMMUNITY,
        title=house.seals.seal("一辆轮椅"),
    )


def places(people: int = 7) -> list[CommunityDue]:
    """Return the community with so many people."""
    return [
        CommunityDue(community_id=new_id(), community_name="银华社区", area_path=COMMUNITY, people=people)
    ]


def a_stage(stage: CampaignStage, released: int = 0) -> CampaignStageBegan:
    """Return that a stage began in the city."""
    return CampaignStageBegan(
        campaign_id=new_id(),
        campaign_name="点亮微心愿",
        stage=stage,
        area_id=new_id(),
        area_path=CITY,
        area_name="川汇区",
        until=date(2026, 11, 24),
        released=released,
    )


def test_a_resident_hears_of_the_referral_and_of_its_answer_once_each(house: House) -> None:
    resident = a_resident(house.seals)
    house.knows(residents=[resident])
    wish, reason = a_referred_wish(house, resident.id), house.seals.seal("需要专业适配")
    referred = WishReferred(wish=wish, department="区残联", sealed_reason=reason, due_on=date(2026, 11, 20))
    answered = ReferralAnswered(
        wish=wish, department="区残联", outcome=ReferralOutcome.SETTLED, sealed_reason=reason
    )
    for _ in range(2):
        house.hear(referred, usecases.tell_of_referral)
        house.hear(answered, usecases.tell_of_referral_answered)
    told = sorted(topic for topic, _, _ in house.told(resident.id))
    assert told == ["referral_answered", "wish_referred"]
    assert "轮椅" not in house.dump()
    assert "残联" not in house.dump()


def test_workers_hear_of_their_roster_and_of_festivals_with_whom_they_concern(house: House) -> None:
    worker = an_account(house.seals, Role.COMMUNITY_WORKER, COMMUNITY)
    other = an_account(house.seals, Role.COMMUNITY_WORKER, "/zk/ch/s1/c2/")
    house.knows(accounts=[worker, other])
    house.hear(RosterChecksDue(month="2026-12", communities=places()), usecases.tell_of_roster)
    festival = FestivalNear(
        festival="double_ninth",
        zh="重阳节",
        en="Double Ninth Festival",
        on=date(2026, 10, 18),
        audience="elders_alone",
        communities=places(people=12),
    )
    house.hear(festival, usecases.tell_of_festival)
    titles = sorted(title for title, _ in house.inbox(account_id=worker.id))
    assert titles == ["花名册：7人等待本月核对", "重阳节快到了，请提前征集心愿"]
    text = next(text for title, text in house.inbox(account_id=worker.id) if "重阳" in title)
    assert "失独老人、孤寡老人、空巢老人" in text
    assert "花名册上有12人" in text
    assert house.inbox(account_id=other.id) == []


def test_workers_of_the_area_hear_of_each_stage_and_members_of_claiming_only(house: House) -> None:
    worker = an_account(house.seals, Role.COMMUNITY_WORKER, COMMUNITY)
    elsewhere = an_account(house.seals, Role.COMMUNITY_WORKER, "/elsewhere/")
    officer = an_account(house.seals, Role.OFFICER, STREET)
    member, away = a_member(house.seals), a_member(house.seals, area_path="/elsewhere/")
    house.knows(accounts=[worker, elsewhere, officer], members=[member, away])
    for stage in (CampaignStage.COLLECTING, CampaignStage.CLAIMING, CampaignStage.GRANTING):
        house.hear(a_stage(stage, released=31), usecases.tell_of_campaign_stage)
    assert sorted(title for title, _ in house.inbox(account_id=worker.id)) == [
        "“点亮微心愿”开始征集",
        "“点亮微心愿”开始认领",
        "“点亮微心愿”进入圆梦阶段",
    ]
    assert [title for title, _ in house.inbox(member_id=member.id)] == ["“点亮微心愿”开始认领"]
    for nobody in ({"account_id": elsewhere.id}, {"account_id": officer.id}, {"member_id": away.id}):
        assert house.inbox(**nobody) == []


def test_members_are_not_called_to_an_empty_campaign(house: House) -> None:
    member = a_member(house.seals)
    house.knows(members=[member])
    house.hear(a_stage(CampaignStage.CLAIMING), usecases.tell_of_campaign_stage)
    assert house.told(member.id) == []
