"""One account, several processes that speak through it: together they keep to what the vendor allows.

The vendors count. What went out by the time they are asked is never more than the account's bucket held and
what flowed into it since; however busy the machine is, that only makes it less.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from threading import Thread
from time import monotonic, sleep

import msgspec
import pytest
from sqlalchemy import text

from services.chassis import clock
from services.chassis.contracts import new_id
from services.chassis.rights import Actor
from services.chassis.work import Workshop
from services.claims.contracts import ClaimsDueSoon
from services.notify import usecases
from services.notify.channels.asking import CanBeAsked, Question
from services.notify.channels.chats import Telegram
from services.notify.channels.providers import let_take_turns, limits_of, lines_of
from services.notify.channels.tencent import QUESTIONS
from services.notify.channels.wechat import WeComApp
from services.notify.contracts import NoteHandle
from services.notify.domain import Bucket, Rate, bucket_of
from services.notify.sender import Sender
from services.notify.sender.turns import SharedTurns
from services.notify.settings import NotifySettings
from services.notify.usecases.accounts import forget_turns
from tests.support.chat_accounts import section
from tests.support.notify import House
from tests.support.notify_people import a_member, a_reminder
from tests.support.notify_sending import attempts, eventually, numbers, quick_settings, sending
from tests.support.sms_accounts import tencent_section
from tests.support.vendors import Vendor, vendor

KINDS = ("dingtalk", "feishu", "telegram", "wecom")


@pytest.fixture(scope="module")
def processes() -> Iterator[dict[str, Vendor]]:
    with ExitStack() as stack:
        yield {kind: stack.enter_context(vendor(kind)) for kind in (*KINDS, "tencent")}


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop]) -> House:
    return House(workshop_of("notify"), {})


def settings_for(vendors: dict[str, Vendor], kind: str) -> NotifySettings:
    described = {kind: section(kind, vendors[kind], timeout=60.0)}
    return quick_settings(channels=described, plans={"claim_due_soon.member": (kind,)}, receipt=1800)


@contextmanager
def two_senders(house: House, settings: NotifySettings) -> Iterator[tuple[Sender, Sender]]:
    with sending(house, settings) as one, sending(house, settings) as other:
        yield one, other


def remind(house: House, kind: str, addresses: list[str], of_each: int = 1) -> None:
    """Tell members who are found at these addresses of so many claims, each in words of its own."""
    members = [a_member(house.seals, phone=phone) for phone in numbers(0, len(addresses))]
    house.knows(members=members)
    for member, address in zip(members, addresses, strict=True):
        if address:
            told = NoteHandle(by=Actor(member_id=member.id), channel=kind, handle=address)
            house.workshop.run(told, partial(usecases.note_handle, house.ways))
    reminders = [
        msgspec.structs.replace(a_reminder(member.id, 3), title=f"第{number}个心愿{member.id}")
        for member in members
        for number in range(of_each)
    ]
    house.hear(ClaimsDueSoon(claims=reminders), usecases.tell_of_claims_due_soon)


def allowed(bucket: Bucket, began: float) -> float:
    """Return how many a bucket lets out since `began`, even if it was full then."""
    return bucket.capacity + bucket.refill * (monotonic() - began)


def most_in_a_window(calls: list[float], seconds: float) -> int:
    return max(sum(began <= at < began + seconds for at in calls) for began in calls)


@pytest.mark.parametrize(("kind", "number"), [("dingtalk", 4), ("feishu", 9), ("telegram", 70)])
def test_two_senders_of_one_account_keep_to_its_rate_together(
    house: House, vendors: dict[str, Vendor], kind: str, number: int
) -> None:
    began = monotonic()
    with two_senders(house, settings_for(vendors, kind)) as (sender, _):
        limits = sender.limits[kind]
        addresses = [str(4711 + n) if kind == "telegram" else "" for n in range(number * 2)]
        remind(house, kind, addresses)
        eventually(lambda: len(vendors[kind].accepted()) >= number)

    bucket = limits.bucket()
    assert bucket is not None
    assert len(vendors[kind].accepted()) <= allowed(bucket, began)
    for rate in limits.rates:
        assert most_in_a_window([call["at"] for call in vendors[kind].calls()], rate.seconds / 2) <= rate.most


@pytest.mark.parametrize(
    ("kind", "rate", "number"),
    [("telegram", Telegram.to_one_chat, 4), ("wecom", WeComApp.to_one_member, 18)],
)
def test_two_senders_tell_nobody_more_than_the_vendor_passes_on_to_them(
    house: House, vendors: dict[str, Vendor], kind: str, rate: Rate, number: int
) -> None:
    began = monotonic()
    with two_senders(house, settings_for(vendors, kind)):
        remind(house, kind, ["4711", "4712"], of_each=number * 2)
        eventually(lambda: len(vendors[kind].accepted()) >= number * 2)

    told = Counter(str(message["to"]) for message in vendors[kind].accepted())
    assert max(told.values()) <= allowed(bucket_of(rate), began)
    assert {outcome for outcome, _ in attempts(house)} == {"accepted", "wait"}
    assert failures(house) == 0
    assert not is_any_account_resting(house)


def failures(house: House) -> int:
    with house.workshop.engine.connect() as connection:
        return int(connection.execute(text("SELECT sum(failures) FROM notify.delivery")).scalar_one())


def is_any_account_resting(house: House) -> bool:
    resting = text("SELECT EXISTS (SELECT FROM notify.account WHERE rests_until IS NOT NULL)")
    with house.workshop.engine.connect() as connection:
        return bool(connection.execute(resting).scalar_one())


def test_what_was_said_before_a_restart_still_counts(house: House, vendors: dict[str, Vendor]) -> None:
    began, settings = monotonic(), settings_for(vendors, "wecom")
    with sending(house, settings):
        remind(house, "wecom", ["Wang"], of_each=40)
        eventually(lambda: len(vendors["wecom"].accepted()) >= 15)
    with sending(house, settings):
        eventually(lambda: len(vendors["wecom"].accepted()) >= 17)

    assert len(vendors["wecom"].accepted()) <= allowed(bucket_of(WeComApp.to_one_member), began)


def test_the_table_of_turns_knows_no_addresses_and_forgets_the_quiet(
    house: House, vendors: dict[str, Vendor]
) -> None:
    with sending(house, settings_for(vendors, "wecom")):
        remind(house, "wecom", ["WangShuzhen"])
        eventually(lambda: len(vendors["wecom"].accepted()) == 1)

    with house.workshop.engine.begin() as connection:
        (known,) = connection.execute(text("SELECT address_index FROM notify.turn")).scalars()
        connection.execute(text("UPDATE notify.turn SET refilled_at = refilled_at - interval '11 minutes'"))
        forget_turns(connection)
        left = connection.execute(text("SELECT count(*) FROM notify.turn")).scalar_one()
    assert "wang" not in known.lower()
    assert left == 0


def test_two_processes_ask_tencent_no_faster_than_it_answers_one(
    house: House, vendors: dict[str, Vendor]
) -> None:
    asking = [asking_tencent(house, vendors["tencent"]) for _ in range(2)]
    questions = [Question(new_id(), phone, "", clock.now()) for phone in numbers(0, 30)]
    began = monotonic()
    threads = [Thread(target=channel.ask, args=(questions,)) for channel in asking]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    bucket = QUESTIONS.bucket()
    assert bucket is not None
    assert len(vendors["tencent"].calls()) == 60
    assert allowed(bucket, began) >= 60


def asking_tencent(house: House, played: Vendor) -> CanBeAsked:
    lines = lines_of(quick_settings(channels={"tencent": tencent_section(played)}))
    let_take_turns(lines, lambda name: SharedTurns(house.workshop, name, stand))
    channel = lines["sms"].providers[0].channel
    assert isinstance(channel, CanBeAsked)
    assert limits_of(lines)["tencent"].bucket() is None  # its questions are limited, its messages are not
    return channel


def stand(seconds: float) -> bool:
    sleep(seconds)
    return False
