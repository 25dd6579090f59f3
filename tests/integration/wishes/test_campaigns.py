"""Campaigns: dated stages that begin once, wishes that wait for theirs, quotas of reporting units (000)."""

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from services.chassis.clock import SimulatedClock
from services.chassis.refusals import NotPermitted
from services.wishes import contracts, forms, queries, usecases
from services.wishes.contracts import (
    CampaignOver,
    CampaignStage,
    CampaignStageBegan,
    NotCollecting,
    QuotaSpent,
    ReportersChanged,
    ReportsBy,
    UnknownCampaign,
    UnknownReporter,
    UnusableDates,
    UnusableQuota,
    WishesReleased,
)
from tests.support.sheets import xlsx
from tests.support.together import all_at_once
from tests.support.wishes import (
    CITY,
    COMMUNITY,
    DISTRICT,
    FAR_COMMUNITY,
    FAR_DISTRICT,
    NEIGHBOUR,
    OFFICER,
    PHONE,
    STREET,
    Desk,
    a_worker,
    id_of,
)
from tests.support.wishes_programme import (
    TODAY,
    ask_now,
    campaign,
    campaign_view,
    dates_from,
    day,
    handed_in,
)

CLAIMS_FROM = TODAY + timedelta(days=7)


def go_to(simulated: SimulatedClock, on: date) -> None:
    """Let it be noon of another day."""
    simulated.set(simulated.now() + (on - simulated.now().date()))


def begun(desk: Desk) -> list[tuple[CampaignStage, int]]:
    """Return the stages that were announced, with what went up."""
    return [(event.stage, event.released) for event in desk.announced(CampaignStageBegan)]


# -- stages


def test_the_three_stages_begin_by_date_and_each_is_announced_once(
    desk: Desk, simulated_clock: SimulatedClock
) -> None:
    first = TODAY + timedelta(days=3)
    running = campaign(desk, first=first)
    seen = []
    for days in range(25):
        today = TODAY + timedelta(days=days)
        go_to(simulated_clock, today)
        day(desk, today)
        day(desk, today)
        seen.append(campaign_view(desk, running).stage)
    assert begun(desk) == [
        (CampaignStage.COLLECTING, 0),
        (CampaignStage.CLAIMING, 0),
        (CampaignStage.GRANTING, 0),
    ]
    assert [seen.count(stage) for stage in CampaignStage] == [3, 7, 5, 6, 4, 0]
    until = [event.until for event in desk.announced(CampaignStageBegan)]
    assert until == [first + timedelta(days=6), first + timedelta(days=11), first + timedelta(days=17)]


def test_a_campaign_that_collects_from_today_begins_at_once(desk: Desk) -> None:
    campaign(desk)
    assert begun(desk) == [(CampaignStage.COLLECTING, 0)]


def test_of_stages_that_passed_while_nobody_was_there_only_the_last_is_told_and_wishes_go_up(
    desk: Desk, simulated_clock: SimulatedClock
) -> None:
    running = campaign(desk, first=TODAY)
    wish = handed_in(desk, campaign_id=running)
    desk.accept(wish.wish_id)
    late = TODAY + timedelta(days=13)
    go_to(simulated_clock, late)
    day(desk, late)
    assert begun(desk)[1:] == [(CampaignStage.GRANTING, 1)]
    assert desk.state(wish.wish_id) == "released"


# -- its wishes


def test_wishes_of_a_campaign_go_up_at_its_stage_of_claiming_and_not_with_the_month(
    desk: Desk, simulated_clock: SimulatedClock
) -> None:
    running = campaign(desk)
    wish, other = handed_in(desk, campaign_id=running), desk.screened()
    desk.accept(wish.wish_id)
    desk.release("2026-11")
    assert (desk.state(wish.wish_id), desk.state(other.wish_id)) == ("screened", "released")
    go_to(simulated_clock, CLAIMS_FROM)
    day(desk, CLAIMS_FROM)
    assert begun(desk)[-1] == (CampaignStage.CLAIMING, 1)
    (released,) = desk.announced(WishesReleased)[-1].wishes
    assert (released.wish_id, released.period) == (wish.wish_id, None)
    assert desk.state(wish.wish_id) == "released"
    assert desk.unexplained() == []


def test_a_wish_screened_after_its_campaign_opened_goes_up_at_once(
    desk: Desk, simulated_clock: SimulatedClock
) -> None:
    running = campaign(desk)
    wish = handed_in(desk, campaign_id=running)
    go_to(simulated_clock, CLAIMS_FROM)
    day(desk, CLAIMS_FROM)
    desk.accept(wish.wish_id)
    assert desk.state(wish.wish_id) == "released"


def test_wishes_of_a_campaign_that_was_called_off_go_up_with_their_month(desk: Desk) -> None:
    running = campaign(desk)
    wish = handed_in(desk, campaign_id=running)
    desk.accept(wish.wish_id)
    desk.do(
        contracts.CallOffCampaign(by=OFFICER, campaign_id=running, reason="改到明年"),
        usecases.call_off_campaign,
    )
    desk.release("2026-11")
    assert desk.state(wish.wish_id) == "released"
    assert campaign_view(desk, running).stage is CampaignStage.CALLED_OFF
    day(desk, CLAIMS_FROM)
    assert len(begun(desk)) == 1
    with pytest.raises(CampaignOver):
        desk.do(contracts.ChangeCampaign(by=OFFICER, campaign_id=running), usecases.change_campaign)


def test_a_wish_that_came_before_may_join_until_it_goes_up(desk: Desk) -> None:
    running, wish = campaign(desk), desk.submit()
    join = contracts.JoinCampaign(by=a_worker(), wish_id=wish.wish_id, campaign_id=running)
    desk.do(join, usecases.join_campaign)
    desk.do(join, usecases.join_campaign)
    (told,) = desk.announced(ReportersChanged)
    (row,) = desk.rows("SELECT reporter_id, version FROM wishes.wish")
    assert [(change.reporter_id, change.version) for change in told.changes] == [(row.reporter_id, 2)]
    assert row.version == 2
    assert (desk.wish(wish.wish_id).campaign_id, campaign_view(desk, running).wishes) == (running, 1)
    listed = contracts.ListWishes(by=OFFICER, area_id=CITY.id, campaign_id=running)
    assert [found.code for found in desk.ask(listed, queries.list_wishes).items] == [wish.code]
    up = desk.urgent()
    with pytest.raises(NotCollecting):
        desk.do(replace(join, wish_id=up.wish_id), usecases.join_campaign)


def test_a_campaign_takes_wishes_of_its_area_while_it_collects(
    desk: Desk, simulated_clock: SimulatedClock
) -> None:
    running = campaign(desk, DISTRICT, first=TODAY + timedelta(days=1))
    with pytest.raises(NotCollecting):
        handed_in(desk, campaign_id=running)
    with pytest.raises(UnknownCampaign):
        handed_in(desk, FAR_COMMUNITY, campaign_id=running)
    with pytest.raises(UnknownCampaign):
        handed_in(desk, campaign_id=id_of("no campaign"))


# -- quotas


def test_a_strict_quota_refuses_what_is_too_much_and_what_is_declined_frees_a_place(desk: Desk) -> None:
    running = campaign(desk, most=3, is_strict=True)
    wishes = [handed_in(desk, place, campaign_id=running) for place in (COMMUNITY, NEIGHBOUR, COMMUNITY)]
    with pytest.raises(QuotaSpent) as refused:
        handed_in(desk, campaign_id=running)
    assert refused.value.arguments == {"most": 3, "handed_in": 3}
    desk.withdraw(wishes[0].wish_id)
    assert not handed_in(desk, campaign_id=running).over_quota
    assert not desk.enter().over_quota


def test_of_many_who_hand_in_at_once_no_more_get_in_than_the_quota_takes(desk: Desk) -> None:
    running = campaign(desk, most=3, is_strict=True)
    outcomes = all_at_once(
        *(partial(handed_in, desk, place, campaign_id=running) for place in (COMMUNITY, NEIGHBOUR) * 4)
    )
    assert sum(isinstance(outcome, QuotaSpent) for outcome in outcomes) == 5
    assert campaign_view(desk, running).wishes == 3


def test_a_quota_that_is_not_strict_tells_the_worker_and_keeps_the_wish(desk: Desk) -> None:
    running = campaign(desk, least=1, most=1)
    told = [handed_in(desk, campaign_id=running).over_quota for _ in range(2)]
    assert told == [False, True]
    assert campaign_view(desk, running).wishes == 2


def test_a_sheet_counts_for_a_campaign_as_a_whole(desk: Desk) -> None:
    running = campaign(desk, least=1, most=2, is_strict=True)

    def bring(rows: int) -> contracts.ImportReport:
        sheet: list[Any] = [["姓名", "心愿内容", "联系电话"]]
        content = xlsx(sheet + [["彭桂兰", f"第{row}本图书", PHONE] for row in range(rows)])
        command = contracts.ImportWishes(
            by=a_worker(),
            area_id=COMMUNITY.id,
            file_name="表.xlsx",
            content=content,
            commit=True,
            campaign_id=running,
        )
        return desk.take(command, forms.read("表.xlsx", content, "0394", "auto"))

    with pytest.raises(QuotaSpent):
        bring(3)
    assert not bring(2).over_quota
    assert campaign_view(desk, running).wishes == 2


def test_who_still_owes_wishes_is_seen_unit_by_unit(desk: Desk) -> None:
    running = campaign(desk, least=2, reports_by=ReportsBy.COMMUNITY)
    school = id_of("school")
    quota = contracts.SetQuota(by=OFFICER, campaign_id=running, reporter_id=school, name="实验小学")
    desk.do(quota, usecases.set_quota)
    for _ in range(2):
        handed_in(desk, campaign_id=running)
    handed_in(desk, campaign_id=running, reporter_id=school)
    view = campaign_view(desk, running)
    owing = {quota.name: (quota.handed_in, quota.is_owing) for quota in view.quotas}
    assert owing == {
        COMMUNITY.name: (2, False),
        NEIGHBOUR.name: (0, True),
        FAR_COMMUNITY.name: (0, True),
        "实验小学": (1, False),
    }
    assert view.wishes == 3
    with pytest.raises(UnknownReporter):
        handed_in(desk, campaign_id=running, reporter_id=id_of("somebody else"))


def test_a_street_has_a_quota_of_its_own_where_one_was_set(desk: Desk) -> None:
    running = campaign(desk, is_strict=True)
    quota = contracts.SetQuota(
        by=OFFICER, campaign_id=running, reporter_id=STREET.id, name=STREET.name, least=0, most=1
    )
    desk.do(quota, usecases.set_quota)
    handed_in(desk, campaign_id=running)
    with pytest.raises(QuotaSpent):
        handed_in(desk, NEIGHBOUR, campaign_id=running)
    desk.do(replace(quota, most=None), usecases.set_quota)
    handed_in(desk, NEIGHBOUR, campaign_id=running)


# -- planning


def test_stages_follow_each_other_and_what_has_begun_keeps_its_day(desk: Desk) -> None:
    good = dates_from()
    for wrong in (
        replace(good, claims_from=good.collects_from),
        replace(good, ends_on=good.collects_from),
        replace(good, ends_on=good.collects_from + timedelta(days=400)),
        dates_from(TODAY - timedelta(days=60)),
    ):
        with pytest.raises(UnusableDates):
            campaign(desk, dates=wrong)
    with pytest.raises(UnusableQuota):
        campaign(desk, least=3, most=2)
    running = campaign(desk)
    later = replace(good, claims_from=good.claims_from + timedelta(days=1))
    change = contracts.ChangeCampaign(by=OFFICER, campaign_id=running, dates=later, name="圆梦行动", most=5)
    desk.do(change, usecases.change_campaign)
    view = campaign_view(desk, running)
    assert (view.dates, view.name, view.most, view.least) == (later, "圆梦行动", 5, 3)
    earlier = replace(later, collects_from=TODAY - timedelta(days=1))
    with pytest.raises(UnusableDates):
        desk.do(replace(change, dates=earlier), usecases.change_campaign)


def test_a_campaign_is_planned_by_an_officer_and_seen_around_its_area(desk: Desk) -> None:
    for nobody in (a_worker(), a_worker(FAR_DISTRICT)):
        command = contracts.CreateCampaign(by=nobody, area_id=DISTRICT.id, name="圆梦", dates=dates_from())
        with pytest.raises(NotPermitted):
            desk.do(command, usecases.create_campaign)
    own, citywide = campaign(desk, DISTRICT), campaign(desk)

    def listed(place_id: object, **more: object) -> list[object]:
        query = contracts.ListCampaigns(by=OFFICER, area_id=place_id, **more)  # type: ignore[arg-type]
        return [view.id for view in ask_now(desk, query, queries.list_campaigns).items]

    assert listed(COMMUNITY.id) == [own, citywide]
    assert listed(FAR_DISTRICT.id) == [citywide]
    assert listed(CITY.id, limit=1) == [own]
    assert listed(CITY.id, limit=1, after=str(own)) == [citywide]
