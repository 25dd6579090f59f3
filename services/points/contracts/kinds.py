"""The words that the contracts of points share: years, half-years, places, deeds and thresholds."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

__all__ = [
    "Below",
    "Deed",
    "HalfYear",
    "Threshold",
    "Year",
]


Year = Annotated[int, Meta(ge=2000, le=9999)]
HalfYear = Annotated[str, Meta(pattern=r"^[0-9]{4}H[12]$")]
Below = Annotated[str, Meta(pattern=r"^/[^\x00-\x1f]*$", max_length=500)]
"""The path of an area: it and everything below it is meant."""


class Deed(StrEnum):
    """What can be worth points (一事一记)."""

    GOODS_WISH = "goods_wish"
    SERVICE_WISH = "service_wish"
    SPIRIT_WISH = "spirit_wish"
    URGENT_WISH = "urgent_wish"  # in addition, when it could not wait


class Threshold(StrEnum):
    """What a year's points lead to (004)."""

    LETTER = "letter"  # 20: 发函通报表扬
    STAR = "star"  # 30: 社区志愿服务之星
    OUTSTANDING = "outstanding"  # 表现特别突出: 区委表彰
