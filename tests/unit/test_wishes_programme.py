"""The rules around wishes: stages of a campaign, quotas, taxonomies, likeness, papers, festivals ahead."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.chassis.calendar import Audience
from services.wishes.contracts import (
    CampaignDates,
    CampaignStage,
    Category,
    Taxonomy,
    UnusableDates,
    UnusableEvidence,
    UnusableQuota,
    WishKind,
)
from services.wishes.domain import (
    HARDSHIP_OF,
    WORDS,
    address_key,
    advice_on,
    begun_by,
    changed_dates,
    class_key,
    dates_in_order,
    festivals_ahead,
    is_same_thing,
    kind_of,
    last_day_of,
    official_class,
    pairs_in,
    quota_in_order,
    stage_on,
)

TANGSHAN = CampaignDates(
    collects_from=date(2022, 6, 13),
    claims_from=date(2022, 6, 20),
    grants_from=date(2022, 6, 25),
    ends_on=date(2022, 6, 30),
)
"""The campaign of 000, to the day."""


@pytest.mark.parametrize(
    ("day", "stage"),
    [
        (12, CampaignStage.PLANNED),
        (13, CampaignStage.COLLECTING),
        (19, CampaignStage.COLLECTING),
        (20, CampaignStage.CLAIMING),
        (24, CampaignStage.CLAIMING),
        (25, CampaignStage.GRANTING),
        (30, CampaignStage.GRANTING),
    ],
)
def test_the_stages_of_000_hold_to_the_day(day: int, stage: CampaignStage) -> None:
    assert stage_on(TANGSHAN, date(2022, 6, day)) is stage


def test_after_its_last_day_a_campaign_is_over_and_called_off_beats_all() -> None:
    assert stage_on(TANGSHAN, date(2022, 7, 1)) is CampaignStage.OVER
    assert stage_on(TANGSHAN, date(2022, 6, 20), is_called_off=True) is CampaignStage.CALLED_OFF
    assert last_day_of(CampaignStage.COLLECTING, TANGSHAN) == date(2022, 6, 19)
    assert last_day_of(CampaignStage.GRANTING, TANGSHAN) == date(2022, 6, 30)


@given(st.lists(st.integers(1, 120), min_size=3, max_size=3), st.integers(-10, 400))
def test_on_every_day_a_campaign_is_in_the_last_stage_that_has_begun(lengths: list[int], day: int) -> None:
    first = date(2026, 1, 1)
    claims = first + timedelta(days=lengths[0])
    grants = claims + timedelta(days=lengths[1])
    dates = dates_in_order(
        CampaignDates(
            collects_from=first,
            claims_from=claims,
            grants_from=grants,
            ends_on=grants + timedelta(days=lengths[2]),
        )
    )
    on = first + timedelta(days=day)
    stage, begun = stage_on(dates, on), begun_by(dates, on)
    if stage is CampaignStage.PLANNED:
        assert begun == []
    elif stage is not CampaignStage.OVER:
        assert begun[-1] is stage
        assert on <= last_day_of(stage, dates)


def test_stages_that_do_not_follow_each_other_are_refused() -> None:
    for wrong in (
        replace(TANGSHAN, claims_from=TANGSHAN.collects_from),
        replace(TANGSHAN, grants_from=TANGSHAN.claims_from),
        replace(TANGSHAN, ends_on=date(2022, 6, 24)),
        replace(TANGSHAN, ends_on=date(2023, 7, 1)),
    ):
        with pytest.raises(UnusableDates):
            dates_in_order(wrong)


def test_what_has_begun_keeps_its_day_and_what_is_to_come_may_move() -> None:
    today = date(2022, 6, 21)
    longer = replace(TANGSHAN, grants_from=date(2022, 6, 26), ends_on=date(2022, 7, 3))
    assert changed_dates(TANGSHAN, longer, today) == longer
    for wrong in (
        replace(TANGSHAN, claims_from=date(2022, 6, 22)),
        replace(TANGSHAN, collects_from=date(2022, 6, 1)),
    ):
        with pytest.raises(UnusableDates):
            changed_dates(TANGSHAN, wrong, today)
    with pytest.raises(UnusableDates):
        changed_dates(TANGSHAN, TANGSHAN, date(2022, 7, 5))


def test_a_quota_is_passed_above_its_most_and_never_without_one() -> None:
    assert [quota_in_order(1, 3).is_passed_by(wishes) for wishes in (0, 3, 4)] == [False, False, True]
    assert not quota_in_order(3, None).is_passed_by(10_000)
    for least, most in ((-1, 3), (4, 3), (0, 0), (1, 1_000_000)):
        with pytest.raises(UnusableQuota):
            quota_in_order(least, most)


# -- the taxonomies


@pytest.mark.parametrize("taxonomy", list(Taxonomy))
def test_every_wish_lies_in_exactly_one_class_and_every_class_has_wishes(taxonomy: Taxonomy) -> None:
    for category in Category:
        for kind in WishKind:
            key = class_key(taxonomy, category, kind)
            assert official_class(taxonomy, key).zh
            holding = [other for other in WORDS[taxonomy] if (category, kind) in pairs_in(taxonomy, other)]
            assert holding == [key]
    assert all(pairs_in(taxonomy, key) for key in WORDS[taxonomy])
    assert pairs_in(taxonomy, "no such class") == []


@pytest.mark.parametrize(
    ("taxonomy", "category", "kind", "words"),
    [
        ("000", Category.HEALTH, WishKind.GOODS, "物资需求类"),  # 医疗康复设备
        ("000", Category.LEGAL_AID, WishKind.SERVICE, "便民服务类"),  # 法律援助
        ("000", Category.POLICY, WishKind.SERVICE, "公益发展类"),  # 政策解读
        ("001", Category.POVERTY_RELIEF, WishKind.GOODS, "生活物资需求"),
        ("001", Category.CULTURE, WishKind.SERVICE, "精神文化需求"),
        ("001", Category.CONVENIENCE, WishKind.SERVICE, "微服务、微关怀"),  # 家政帮助
        ("004", Category.ENVIRONMENT, WishKind.SERVICE, "环境保护"),
    ],
)
def test_examples_of_the_documents_lie_where_the_documents_put_them(
    taxonomy: str, category: Category, kind: WishKind, words: str
) -> None:
    known = Taxonomy(taxonomy)
    assert official_class(known, class_key(known, category, kind)).zh == words


# -- likeness, papers, advice


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("想要一台收音机", "希望有收音机", True),
        ("希望得到一个书包", "书包", True),
        ("修理漏水的水龙头", "水龙头漏水，请帮忙修", True),
        ("想要一台收音机", "想要一床棉被", False),
        ("陪老人聊天", "想要一副老花镜", False),
    ],
)
def test_two_wishes_for_the_same_thing_are_recognised(one: str, other: str, alike: bool) -> None:
    assert is_same_thing(one, other) is alike
    assert is_same_thing(other, one) is alike


@given(st.text(max_size=60), st.text(max_size=60))
def test_likeness_is_mutual_and_every_wish_is_like_itself(one: str, other: str) -> None:
    assert is_same_thing(one, one)
    assert is_same_thing(one, other) is is_same_thing(other, one)


def test_an_address_is_the_same_however_it_is_written() -> None:
    assert address_key("八一大道 12号，3单元") == address_key("八一大道１２号3单元")
    assert address_key(" ，。") == ""


@pytest.mark.parametrize("content", [b"", b"<html>", b"\x89PN", b"GIF89a", b"PK\x03\x04"])
def test_a_file_that_is_neither_photo_nor_pdf_is_no_paper(content: bytes) -> None:
    with pytest.raises(UnusableEvidence):
        kind_of(content)


def test_advice_grows_with_the_value() -> None:
    assert [advice_on(value, 300) for value in (0, 300, 301, 3_000, 3_001)] == [
        None,
        None,
        "join",
        "join",
        "refer",
    ]


# -- festivals


def test_every_audience_of_a_festival_is_somebody_on_the_roster_or_the_volunteers() -> None:
    assert set(HARDSHIP_OF) == set(Audience)
    assert [audience for audience, hardship in HARDSHIP_OF.items() if not hardship] == [Audience.VOLUNTEERS]


def test_festivals_of_the_next_year_are_seen_in_the_old_one() -> None:
    keys = [festival.key for festival in festivals_ahead(date(2026, 12, 20))]
    assert keys == ["new_year", "spring_festival"]
    assert festivals_ahead(date(2100, 12, 31)) == []


def test_a_festival_is_still_near_on_its_own_day_and_no_more_the_day_after() -> None:
    day = date(2027, 6, 1)
    assert "childrens_day" in [festival.key for festival in festivals_ahead(day, 0)]
    assert "childrens_day" not in [festival.key for festival in festivals_ahead(day + timedelta(days=1))]
