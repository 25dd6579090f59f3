"""When people may be told: quiet hours, the hours of invitations, and which ways out ring at all.

The hours are those of a clock on the wall: minutes from midnight where the house stands. Asia/Shanghai knows
no summer time; where there is one, the gate that is passed again before every try puts the hour right.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from services.notify.domain.topics import TopicClass

DAY = 24 * 60
"""Minutes of a day."""


@dataclass(frozen=True)
class Hours:
    """A stretch of every day, in minutes from midnight, maybe across midnight; equal ends mean none."""

    begins: int
    ends: int

    @classmethod
    def between(cls, begins: str, ends: str) -> "Hours":
        """Return the hours from `21:00` to `08:00`; raise `ValueError` for what is no time of the day."""
        return cls(minute_of(begins), minute_of(ends))

    def minutes_left(self, minute: int) -> int:
        """Return in how many minutes they end, if they hold in `minute` of the day; 0 when they do not."""
        if (minute - self.begins) % DAY < (self.ends - self.begins) % DAY:
            return (self.ends - minute) % DAY
        return 0


def hours_of(begins: int | None, ends: int | None) -> Hours | None:
    """Return hours as rows keep them; None where none were set."""
    return None if begins is None or ends is None else Hours(begins, ends)


NONE = Hours(0, 0)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Manners:
    """What the house holds itself to: its quiet hours, when no invitations go out, when the digest does."""

    quiet: Hours = NONE
    no_invitations: Hours = NONE
    assumes_consent: bool = True  # that whoever said nothing about invitations wants them
    digest_minute: int = 17 * 60 + 30
    zone: tzinfo = SHANGHAI

    def minute(self, at: datetime) -> int:
        """Return the minute of the day in which `at` lies where the house stands."""
        local = at.astimezone(self.zone)
        return local.hour * 60 + local.minute

    def opens_at(
        self, topic_class: TopicClass, rings: bool, at: datetime, own: Hours | None = None
    ) -> datetime:
        """Return when something may go out that is ready `at`: then, or when the hours that forbid it end.

        What is urgent goes at any hour. What rings waits for the end of the quiet hours, the recipient's own
        or those of the house; a letter disturbs nobody. Invitations wait for their hours on every way. Two
        prohibitions that follow on each other are met one after the other: the gate is passed again.
        Source: NOTIFY 8 and the classes of its model.
        """
        if topic_class is TopicClass.URGENT:
            return at
        minute, wait = self.minute(at), 0
        if rings:
            wait = (own or self.quiet).minutes_left(minute)
        if topic_class is TopicClass.MARKETING:
            wait = max(wait, self.no_invitations.minutes_left(minute))
        return at.replace(second=0, microsecond=0) + timedelta(minutes=wait) if wait else at

    def last_digest(self, at: datetime) -> datetime:
        """Return the latest moment, not after `at`, at which the digests of a day were due."""
        local = at.astimezone(self.zone)
        hour = time(self.digest_minute // 60, self.digest_minute % 60)
        today = datetime.combine(local.date(), hour, self.zone)
        return today if today <= local else today - timedelta(days=1)


def minute_of(said: str) -> int:
    """Return the minute of the day that `07:30` names; raise `ValueError` for anything else."""
    hour, minute = said[:2], said[3:]
    if len(said) != 5 or said[2] != ":" or not (hour + minute).isascii() or not (hour + minute).isdigit():
        raise ValueError("a time of the day is written 07:30")
    if int(hour) > 23 or int(minute) > 59:
        raise ValueError("a day has 24 hours of 60 minutes")
    return int(hour) * 60 + int(minute)


def said_as(minute: int) -> str:
    """Return a minute of the day as `07:30`."""
    return f"{minute // 60:02}:{minute % 60:02}"
