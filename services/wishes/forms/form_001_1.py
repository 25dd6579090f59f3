"""Form 001-1: the wishes that a community collects from its residents (source 001, annex 1)."""

from enum import StrEnum

import msgspec

from services.chassis.sheets import (
    Cell,
    Column,
    Form,
    Need,
    PhoneColumn,
    Reason,
    read_age,
    read_name,
    text_of,
    text_within,
)
from services.wishes.forms.wish_text import WishText, read_wish


class Gender(StrEnum):
    """As the official forms write it: 男 or 女."""

    FEMALE = "女"
    MALE = "男"


_GENDERS = {
    "女": Gender.FEMALE,
    "女性": Gender.FEMALE,
    "f": Gender.FEMALE,
    "female": Gender.FEMALE,
    "男": Gender.MALE,
    "男性": Gender.MALE,
    "m": Gender.MALE,
    "male": Gender.MALE,
}


class RequestedWish(msgspec.Struct, frozen=True, kw_only=True):
    """A row: a resident, what they wish for, what proves it, and how to reach them (E.164)."""

    name: str
    gender: Gender | None
    age: int | None
    address: str
    wish: WishText
    evidence: str
    phone: str | None


def read_gender(cell: Cell) -> Gender | Reason:
    """Return the gender: 男, 女, 男性, 女性, male, F."""
    return _GENDERS.get(text_of(cell).lower()) or Reason("sheets.gender_unreadable")


def no_lines_above() -> None:
    """Return nothing: the form has no lines to fill in above its table."""


FORM_001_1: Form[RequestedWish, None] = Form(
    key="001-1",
    title="{place}“微心愿”活动需求征集表",
    default_place="XX 社区（XX 村）",
    is_numbered=True,
    row=RequestedWish,
    above=no_lines_above,
    foreign=("圆梦党员", "圆梦党员姓名", "认领人", "认领人姓名"),  # forms 001-2 and 001-3: already claimed
    columns=(
        Column(
            field="name",
            title="姓名",
            spellings=("居民姓名", "征集对象姓名", "申请人姓名", "申请人", "求助人"),
            read=read_name,
            need=Need.REQUIRED,
        ),
        Column(
            field="gender",
            title="性别",
            read=read_gender,
            blank=None,
            is_lenient=True,
            width=6,
        ),
        Column(
            field="age",
            title="年龄",
            spellings=("周岁", "年龄（周岁）"),
            read=read_age,
            blank=None,
            is_lenient=True,
            width=6,
        ),
        Column(
            field="address",
            title="家庭住址",
            spellings=("住址", "家庭地址", "详细地址", "居住地址", "地址"),
            read=text_within(200),
            width=28,
        ),
        Column(
            field="wish",
            title="心愿内容(清晰扼要)",
            spellings=("微心愿内容", "微心愿", "心愿", "心愿需求", "需求内容"),
            read=read_wish,
            need=Need.REQUIRED,
            width=36,
        ),
        Column(
            field="evidence",
            title="申领证明材料 (详细材料可附后)",
            spellings=("证明材料", "申请证明材料", "申领材料"),
            read=text_within(500),
            width=20,
        ),
        PhoneColumn(
            field="phone",
            title="联系电话",
            spellings=("联系方式", "电话", "电话号码", "手机号码", "手机号", "手机"),
            need=Need.WANTED,
            blank=None,
        ),
    ),
)
