"""What an operator may set about wishes, in `[services.wishes]`; what an area sets lives in the directory."""

from typing import Annotated

import msgspec
from msgspec import Meta

from services.wishes.contracts import Urgency

AtLeastOne = Annotated[int, Meta(ge=1)]


class WishesSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of wishes; each default is fit for a city."""

    screening_days: AtLeastOne = 5  # working days from submission to the day screening is due
    pressing_screening_days: AtLeastOne = 2  # the same for what is pressing (轻重缓急)
    urgent_screening_days: AtLeastOne = 1
    evidence_kept_days: AtLeastOne = 180  # after that a paper that proves a need is thrown away
    largest_evidence: AtLeastOne = 5_000_000  # bytes
    most_cards: AtLeastOne = 500  # blank cards printed at once
    largest_sheet: AtLeastOne = 20_000  # rows of one import

    # Code and last four digits open a wish: 10,000 endings, and the code is public. Ten wrong tries a day
    # keep a stranger's chance at one in a thousand; an address is shared by a household, an office, a tower.
    wrong_tries_by_code: AtLeastOne = 10
    wrong_tries_by_address: AtLeastOne = 30
    tries_forgotten_after_hours: AtLeastOne = 24

    # Wishes that anybody says on the web; what workers enter is not limited. A hall, an estate or half a town
    # may share an address, a household a phone; each wish is answered by SMS at the cost of the area.
    wishes_by_address_hourly: AtLeastOne = 30
    wishes_by_address_daily: AtLeastOne = 100
    wishes_by_phone_daily: AtLeastOne = 5
    wishes_by_community_daily: AtLeastOne = 300

    complaint_days: AtLeastOne = 7  # after which an unanswered complaint goes to the area above
    complaints_by_address: AtLeastOne = 20  # until tries are forgotten
    figures_reminder_days: tuple[int, ...] = (3, 6, 10)  # of the month after a period, for who has not signed

    @property
    def longest_limit_hours(self) -> int:
        """Return after how many hours nothing is counted any more, whatever it was."""
        return max(24, self.tries_forgotten_after_hours)

    def screening_days_of(self, urgency: Urgency) -> int:
        """Return within how many working days a wish of this urgency is screened (003: 轻重缓急)."""
        shorter = {Urgency.URGENT: self.urgent_screening_days, Urgency.PRESSING: self.pressing_screening_days}
        return min(self.screening_days, shorter.get(urgency, self.screening_days))
