"""Words of areas' own: proved before they hold, nearest first, and kept by what was planned with them."""

import re
from email import message_from_string
from email.policy import SMTP
from functools import partial
from typing import Any
from uuid import UUID

import eventlet
import pytest
from sqlalchemy import select

from services.chassis.contracts import new_id
from services.chassis.mailbox import mailbox_for
from services.chassis.refusals import NotPermitted, Refusal
from services.chassis.rights import Actor, Grant, Role
from services.chassis.words import say_refusal
from services.claims.contracts import ClaimsDueSoon
from services.notify import usecases
from services.notify.channels.providers import lines_of
from services.notify.contracts import (
    ForbiddenContent,
    ForbiddenSyntax,
    ListOverrides,
    NobodyIsTold,
    OverrideView,
    OverrideWords,
    PreviewWords,
    ReadWords,
    UnknownArea,
    UnknownOverride,
    UnknownWord,
    WithdrawOverride,
    WordsMissing,
    WordsTooLong,
)
from services.notify.domain import Topic
from services.notify.models import Area, Base, Message, Override
from services.notify.queries import words as queries_of_words
from services.notify.settings import NotifySettings
from tests.support.notify import CITY, COMMUNITY, STREET, TEMPLATES, House
from tests.support.notify_people import a_code, a_member, a_reminder
from tests.support.notify_sending import eventually, quick_settings, sending, sms_settings, smtp_settings
from tests.support.notify_words import INJECTIONS
from tests.support.peers import Peer

TOLD = {"topic": "claim_due_soon", "kind": "member"}
NEXT_STREET = "/zk/ch/s2/"
PARTS_OF_TEMPLATES = {"sms", "title", "text", "endif", "due_on", "day", "month", "half_year", "brief"}
"""Latin letters that an officer meets in a Chinese sentence: what they themselves have to write."""


@pytest.fixture
def areas(house: House) -> dict[str, UUID]:
    """The ids of areas by their paths."""
    ids = {path: new_id() for path in (CITY, STREET, COMMUNITY, NEXT_STREET)}
    with house.workshop.open() as work:
        for path, area_id in ids.items():
            work.session.add(Area(id=area_id, path=path, release_scope_id=area_id, version=1))
    return ids


def officer_of(path: str, role: Role = Role.OFFICER) -> Actor:
    return Actor(account_id=new_id(), grants=(Grant(role, path),))


def override(house: House, areas: dict[str, UUID], path: str, **written: Any) -> OverrideView:
    """Let the officer of an area put words in force."""
    by = written.pop("by", None) or officer_of(path)
    command = OverrideWords(by=by, area_id=areas[path], **(TOLD | written))
    answer: OverrideView = house.workshop.run(command, partial(usecases.override_words, TEMPLATES))
    return answer


def withdraw(house: House, override_id: UUID, by: Actor) -> None:
    house.workshop.run(WithdrawOverride(by=by, override_id=override_id), usecases.withdraw_override)


def read(house: House, areas: dict[str, UUID], path: str, **asked: Any) -> Any:
    query = ReadWords(by=officer_of(path), area_id=areas[path], **(TOLD | asked))
    return house.workshop.read(query, partial(queries_of_words.read_words, TEMPLATES))


def preview(house: House, areas: dict[str, UUID], settings: Any = None, **written: Any) -> Any:
    query = PreviewWords(by=officer_of(STREET), area_id=areas[STREET], **(TOLD | written))
    lines = lines_of(settings or NotifySettings())
    return house.workshop.read(query, partial(queries_of_words.preview_words, TEMPLATES, lines))


def remind_inhabitant(house: House, **changes: Any) -> UUID:
    """Remind a member of the community of their claim; return who it is."""
    member = a_member(house.seals, **changes)
    house.knows(members=[member])
    house.hear(ClaimsDueSoon(claims=[a_reminder(member.id, 3)]), usecases.tell_of_claims_due_soon)
    return member.id


def title(house: House, member: UUID, language: str = "zh") -> str:
    return house.inbox(member_id=member, language=language)[0][0]


# -- which words hold


def test_the_words_of_the_nearest_area_hold_and_others_stay_untouched(
    house: House, areas: dict[str, UUID]
) -> None:
    override(house, areas, CITY, title="市里提醒：{{ title }}")
    override(house, areas, STREET, title="街道提醒：{{ title }}")
    override(house, areas, NEXT_STREET, title="别处提醒：{{ title }}")
    override(house, areas, COMMUNITY, topic="claim_overdue", title="逾期：{{ title }}")

    member = remind_inhabitant(house)

    assert house.inbox(member_id=member)[0][0] == "街道提醒：一床厚棉被"
    assert "12月19日" in house.inbox(member_id=member)[0][1]  # the text is the standing one
    assert read(house, areas, COMMUNITY).title == "街道提醒：{{ title }}"
    assert read(house, areas, COMMUNITY).override_of == areas[STREET]
    assert read(house, areas, NEXT_STREET).title == "别处提醒：{{ title }}"


def test_a_message_keeps_the_words_that_held_when_it_was_planned(
    house: House, areas: dict[str, UUID]
) -> None:
    before = remind_inhabitant(house)
    first = override(house, areas, STREET, title="第一版：{{ title }}")
    with_first = remind_inhabitant(house)
    second = override(house, areas, STREET, title="第二版：{{ title }}")
    with_second = remind_inhabitant(house)
    withdraw(house, second.id, officer_of(STREET))
    after = remind_inhabitant(house)

    assert [title(house, member) for member in (before, with_first, with_second, after)] == [
        "还有3天：“一床厚棉被”",
        "第一版：一床厚棉被",
        "第二版：一床厚棉被",
        "还有3天：“一床厚棉被”",
    ]
    with pytest.raises(UnknownOverride):
        withdraw(house, first.id, officer_of(STREET))


def test_each_language_has_its_own_words_and_the_other_keeps_its_standing_ones(
    house: House, areas: dict[str, UUID]
) -> None:
    override(house, areas, STREET, language="en", title="Soon: {{ title }}")
    override(house, areas, CITY, title="快到期：{{ title }}")

    member = remind_inhabitant(house, language="en")

    assert title(house, member, "en") == "Soon: 一床厚棉被"
    assert title(house, member, "zh") == "快到期：一床厚棉被"
    assert title(house, member, "fr") == "快到期：一床厚棉被"


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_what_leaves_the_house_is_written_in_the_words_it_was_planned_with(
    house: House, areas: dict[str, UUID], gateway: Peer, mail: Peer, channel: str
) -> None:
    plans = {"claim_due_soon.member": (channel,)}
    settings = quick_settings(smtp_settings(mail), sms_settings(gateway), plans=plans)
    with sending(house, settings) as sender:
        own = {"sms": "{{ name }}请记得“{{ title }}”。", "title": "别忘了{{ title }}"}
        mine = override(house, areas, STREET, **own)
        member = remind_inhabitant(house, name="王淑珍", email="wang@example.org")
        withdraw(house, mine.id, officer_of(STREET))
        sender.nudge()
        eventually(lambda: house.told(member)[0][2] == f"{channel} accepted")

    if channel == "sms":
        assert gateway.received()[0]["content"] == "【心愿树】王淑珍请记得“一床厚棉被”。"
    else:
        letter = message_from_string(mail.received()[0]["mail"], policy=SMTP)
        assert letter["Subject"] == "别忘了一床厚棉被"


def test_of_officers_who_write_at_once_the_last_one_holds(house: House, areas: dict[str, UUID]) -> None:
    written = [
        eventlet.spawn(override, house, areas, STREET, title=f"第{number}版：{{{{ title }}}}")
        for number in range(5)
    ]
    put = {thread.wait().id for thread in written}

    with house.workshop.open() as work:
        held = select(Override.id).where(Override.withdrawn_at.is_(None))
        holding = list(work.session.execute(held).scalars())
    assert len(put) == 5
    assert len(holding) == 1
    assert set(holding) <= put


# -- who may


def test_officers_change_the_words_of_their_own_areas_only(house: House, areas: dict[str, UUID]) -> None:
    mine = override(house, areas, STREET, title="提醒：{{ title }}")

    for by in (officer_of(NEXT_STREET), officer_of(COMMUNITY), officer_of(STREET, Role.COMMUNITY_WORKER)):
        with pytest.raises(NotPermitted):
            override(house, areas, STREET, title="别人的：{{ title }}", by=by)
        with pytest.raises(NotPermitted):
            withdraw(house, mine.id, by)
    with pytest.raises(UnknownArea):
        override(house, {STREET: new_id()}, STREET, title="提醒")
    with pytest.raises(UnknownOverride):
        withdraw(house, new_id(), officer_of(CITY))
    assert read(house, areas, STREET).title == "提醒：{{ title }}"


def test_putting_in_force_and_withdrawing_are_recorded_and_listed(
    house: House, areas: dict[str, UUID]
) -> None:
    first = override(house, areas, STREET, title="一：{{ title }}")
    second = override(house, areas, STREET, title="二：{{ title }}")
    below = override(house, areas, COMMUNITY, title="三：{{ title }}")
    withdraw(house, below.id, officer_of(CITY))

    def listed(path: str, **asked: Any) -> list[UUID]:
        query = ListOverrides(by=officer_of(CITY), area_id=areas[path], **asked)
        return [item.id for item in house.workshop.read(query, queries_of_words.list_overrides).items]

    assert listed(CITY) == [second.id]
    assert listed(CITY, with_withdrawn=True) == [below.id, second.id, first.id]
    assert listed(CITY, with_withdrawn=True, limit=1, after=str(below.id)) == [second.id]
    assert listed(NEXT_STREET, with_withdrawn=True) == []
    audit = mailbox_for(Base.metadata).audit
    with house.workshop.engine.connect() as connection:
        recorded = connection.execute(select(audit.c.action, audit.c.subject)).all()
    assert [tuple(row) for row in recorded] == [
        ("words_overridden", str(first.id)),
        ("words_overridden", str(second.id)),
        ("words_overridden", str(below.id)),
        ("words_withdrawn", str(below.id)),
    ]


# -- the proof


def test_a_preview_shows_every_form_with_its_length_and_changes_nothing(
    house: House, areas: dict[str, UUID]
) -> None:
    seen = preview(house, areas, sms="{% if days_left %}还有{{ days_left }}天{% else %}今天{% endif %}到期")

    assert [(shown.sample, shown.sms, shown.parts) for shown in seen.shown] == [
        ("days_left: 3", "还有3天到期", 1),
        ("days_left: 0", "今天到期", 1),
    ]
    assert seen.shown[0].title == "还有3天：“一床厚棉被”"
    assert seen.notes == []
    assert read(house, areas, STREET).override_id is None


def test_a_preview_says_where_sms_go_out_as_they_were_approved(house: House, areas: dict[str, UUID]) -> None:
    account: dict[str, Any] = {"key_id": "k", "key_secret": "s", "signature": "心愿树", "templates": []}

    seen = preview(house, areas, NotifySettings(channels={"aliyun": account}), title="提醒：{{ title }}")

    assert len(seen.notes) == 1
    assert "aliyun" in seen.notes[0]


def test_the_standing_words_can_be_put_in_force_as_they_are_read(
    house: House, areas: dict[str, UUID]
) -> None:
    standing = read(house, areas, STREET)

    override(house, areas, STREET, sms=standing.sms, title=standing.title, text=standing.text)
    before, own = remind_inhabitant(house, area_path=NEXT_STREET), remind_inhabitant(house)

    assert house.inbox(member_id=before) == house.inbox(member_id=own)


@pytest.mark.parametrize("source", INJECTIONS)
@pytest.mark.parametrize("block", ["sms", "title", "text"])
def test_no_words_do_more_than_fill_in(house: House, areas: dict[str, UUID], source: str, block: str) -> None:
    with pytest.raises(Refusal) as refused:
        override(house, areas, STREET, **{block: source})

    assert isinstance(refused.value, ForbiddenSyntax | UnknownWord | WordsTooLong | ForbiddenContent)
    if isinstance(refused.value, ForbiddenSyntax):
        assert latin_in(say_refusal(refused.value)) <= PARTS_OF_TEMPLATES
    assert read(house, areas, STREET).override_id is None


@pytest.mark.parametrize(
    "attack",
    [
        "提醒\r\nBcc: everyone@example.org",
        "提醒\nBcc: everyone@example.org",
        "提醒\rX: y",
        "提醒\x00",
        "提醒\x1b[2J",
        "提醒\u2028Bcc: x",
        "提醒\u202e.gpj",
        "提醒\x85X: y",
        "提醒\t到期",
    ],
)
@pytest.mark.parametrize("block", ["sms", "title"])
def test_no_words_can_add_a_header_or_hide_what_they_say(
    house: House, areas: dict[str, UUID], attack: str, block: str
) -> None:
    with pytest.raises(ForbiddenContent):
        override(house, areas, STREET, **{block: attack})


def latin_in(sentence: str) -> set[str]:
    return set(re.findall("[A-Za-z_]{3,}", sentence))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"sms": "字" * 200}, "填入变量后最多占 3 条短信"),
        ({"sms": "字" * 2001}, "连同变量的写法最多 2000 个字符"),
        ({"title": "字" * 81}, "填入变量后最多 80 个字符"),
        ({"text": "{{ title }}" * 450 + "字" * 9000}, "连同变量的写法最多 5000 个字符"),
        ({"title": "一行\n两行"}, "不能出现“换行”"),
        ({"title": " "}, "缺少内容：文字"),
        ({}, "缺少内容：文字"),
        ({"text": "第一行\n{{ title.lower }}"}, "“text”第 2 行有不允许的写法：取变量内部的内容"),
        ({"text": "{{ title | shout }}"}, "可用的显示方式：brief, day, half_year, month"),
        ({"text": "{{ title | day('zh') }}"}, "变量与显示方式或比较的对象不相配"),
        ({"text": "{% if title %}到期"}, "每个 if 都要有 endif"),
        ({"text": "{{ title ~ title }}"}, "计算或拼接"),
    ],
)
def test_an_officer_reads_what_is_wrong_in_their_own_language(
    house: House, areas: dict[str, UUID], written: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refusal) as refused:
        override(house, areas, STREET, **written)

    sentence = say_refusal(refused.value)
    assert said in sentence
    assert latin_in(sentence) <= PARTS_OF_TEMPLATES


@pytest.mark.parametrize(
    ("written", "refusal", "said"),
    [
        ({}, WordsMissing, "sms"),
        ({"title": " \n "}, WordsMissing, "title"),
        ({"title": "{% if days_left > 100 %}到期{% endif %}"}, WordsMissing, "title"),
        ({"title": "字" * 1001}, WordsTooLong, "1000"),
        ({"title": "字" * 81}, WordsTooLong, "80"),
        ({"sms": "字" * 200}, WordsTooLong, "3"),
        ({"sms": "详见 {{ site }}"}, ForbiddenContent, "https:"),
        ({"sms": "详见 www.example.com"}, ForbiddenContent, "www."),
        ({"sms": "【别家】{{ title }}"}, ForbiddenContent, "【"),
        ({"title": "{ title }到期"}, ForbiddenContent, "{"),
        ({"text": "{{ phone }}"}, UnknownWord, "phone"),
        ({"text": "{{ title | shout }}"}, ForbiddenSyntax, "filter"),
        ({"text": "{{ title | day('zh') }}"}, ForbiddenSyntax, "misfit"),
        ({"topic": "weather", "title": "晴"}, NobodyIsTold, ""),
        ({"kind": "resident", "title": "到期"}, NobodyIsTold, ""),
        ({"language": "fr", "title": "Bientôt"}, NobodyIsTold, ""),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_do(
    house: House, areas: dict[str, UUID], written: dict[str, Any], refusal: type[Refusal], said: str
) -> None:
    with pytest.raises(refusal) as refused:
        override(house, areas, STREET, **written)

    assert said in str(refused.value.arguments)


def test_a_code_that_somebody_needs_cannot_be_left_out(house: House, areas: dict[str, UUID]) -> None:
    told = {"topic": "wish_received", "kind": "resident"}
    for block in ("sms", "text"):
        with pytest.raises(WordsMissing) as refused:
            override(house, areas, STREET, **told, **{block: "您的心愿编号：{{ code }}"})
        assert refused.value.arguments["word"] == "confirmation_code"

    assert override(house, areas, STREET, **told, title="收到您的心愿").title == "收到您的心愿"


def test_the_code_of_a_sign_in_belongs_to_no_area(house: House, areas: dict[str, UUID]) -> None:
    member = a_member(house.seals)
    house.knows(members=[member])
    own = dict.fromkeys(("sms", "text"), "{{ code }}")
    override(house, areas, CITY, topic="sign_in_code", **own)

    house.hear(a_code(house.seals, member.id), usecases.tell_of_sign_in_code)

    with house.workshop.open() as work:
        wording = work.session.execute(select(Message.wording)).scalar_one()
    assert wording == TEMPLATES.versions[Topic.SIGN_IN_CODE]
