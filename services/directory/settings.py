"""The settings of the directory: how long one-time codes hold, and how often anything may be tried."""

from typing import Annotated

import msgspec

AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]


class DirectorySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[services.directory]`; the defaults suit a city of 280,000 members."""

    code_minutes: AtLeastOne = 10  # a one-time code holds so long
    tries_per_code: AtLeastOne = 5  # wrong tries after which a code is worth nothing
    seconds_between_codes: AtLeastOne = 60  # per phone
    codes_per_phone_and_hour: AtLeastOne = 5
    codes_per_phone_and_day: AtLeastOne = 10
    codes_per_network_and_day: AtLeastOne = 500  # a /24 or /48; whole offices share one address
    codes_per_day: AtLeastOne = 50_000  # what the SMS budget bears, over all phones
    tries_per_password: AtLeastOne = 10  # wrong passwords for one login within the minutes below
    password_pause_minutes: AtLeastOne = 15
