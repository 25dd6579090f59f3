"""What was told long ago is forgotten, and nothing else."""

from datetime import timedelta
from time import time
from uuid import UUID

from sqlalchemy import func, select, text

from services.notify.measures import first_id_of
from services.notify.models import Attempt, Delivery, Message
from services.notify.usecases import retention
from tests.support.notify import House
from tests.support.notify_gate import polite, sent
from tests.support.notify_sending import known, numbers, remind

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
