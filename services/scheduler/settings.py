"""What an operator may tell the scheduler: public holidays that nobody has announced to the software yet."""

from datetime import date

import msgspec

from services.chassis.calendar import PublicHolidays


class SchedulerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The section `[services.scheduler]`.

    `holidays` says of single days whether they are public holidays; `announced_years` are the years for which
    that list is complete. Both matter to areas whose release gives way to holidays.
    """

    holidays: dict[date, bool] = {}
    announced_years: frozenset[int] = frozenset()

    def public_holidays(self) -> PublicHolidays:
        """Return the announced holidays with what the operator knows better."""
        return PublicHolidays(self.holidays, self.announced_years)
