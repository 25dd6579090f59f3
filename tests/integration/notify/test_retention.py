"""What was told long ago is forgotten, and nothing else."""

from datetime import timedelta
from time import time
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from services.chassis.settings import WrongSettings
from services.notify.measures import first_id_of
from services.notify.models import Attempt, Delivery, Message
from services.notify.settings import NotifySettings
from services.notify.usecases import retention
from tests.support.database import settings_for
from tests.support.notify import House
from tests.support.notify_gate import polite, sent
from tests.support.notify_sending import eventually, known, numbers, quick_settings, remind, sending

YEAR = timedelta(days=365)


def counted(house: House) -> list[int]:
    with house.workshop.open() as work:
        return [
            work.session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Message, Delivery, Attempt)
        ]


def test_messages_are_forgotten_with_their_deliveries_and_attempts_when_their_time_is_over(
    house: House,
) -> None:
    polite(house)
    remind(house, *(known(house, phone=phone) for phone in numbers(0, 3)))
    sent(house, "sms")
    grow_old(house, 400)
    remind(house, known(house, phone="+8613800000009"))
    assert counted(house) == [4, 4, 3]

    with house.workshop.open() as work:
        assert retention.forget_messages(work.session, YEAR) == 3
        assert retention.forget_messages(work.session, YEAR) == 0

    assert counted(house) == [1, 1, 0]


def test_a_running_sender_forgets_what_is_older_than_its_settings_say(house: House) -> None:
    remind(house, known(house))
    grow_old(house, 200)
    remind(house, known(house, phone="+8613800000009"))

    with sending(house, quick_settings(messages_kept_days=199)):
        eventually(lambda: counted(house)[0] == 1)


def test_nobody_may_forget_within_half_a_year() -> None:
    with pytest.raises(WrongSettings, match="messages_kept_days"):
        kept_for(182)
    assert kept_for(183).messages_kept_days == 183


def kept_for(days: int) -> NotifySettings:
    said = {"services": {"notify": {"messages_kept_days": days}}}
    return settings_for("postgresql://nowhere/none", **said).of("notify", NotifySettings)


def grow_old(house: House, days: int) -> None:
    """Let all messages be so old: their ids say so."""
    begins = first_id_of(time() - days * 86_400).int
    with house.workshop.open() as work:
        session = work.session
        session.execute(text("ALTER TABLE notify.delivery DROP CONSTRAINT fk_delivery_message_id_message"))
        for number, known_as in enumerate(session.scalars(select(Message.id)).all()):
            ids = {"old": known_as, "new": UUID(int=begins + number)}
            session.execute(text("UPDATE notify.message SET id = :new WHERE id = :old"), ids)
            session.execute(text("UPDATE notify.delivery SET message_id = :new WHERE message_id = :old"), ids)
