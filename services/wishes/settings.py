"""What an operator may set about wishes, in `[services.wishes]`; what an area sets lives in the directory."""

from typing import Annotated

import msgspec
from msgspec import Meta

AtLeastOne = Annotated[int, Meta(ge=1)]


class WishesSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of wishes; each default is fit for a city."""

    screening_days: AtLeastOne = 5  # working days from submission to the day screening is due
    largest_sheet: AtLeastOne = 20_000  # rows of one import

    # Code and last four digits open a wish: 10,000 endings, and the code is public. Ten wrong tries a day
    # keep a stranger's chance at one in a thousand; an address is shared by a household, an office, a tower.
    wrong_tries_by_code: AtLeastOne = 10
    wrong_tries_by_address: AtLeastOne = 30
    tries_forgotten_after_hours: AtLeastOne = 24
