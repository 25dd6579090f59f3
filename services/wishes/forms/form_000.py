"""Form 000: what a unit collects and sends up, micro-projects and micro-wishes together (source 000)."""

from datetime import date

import msgspec

from services.chassis.sheets import Column, Form, Need, PhoneColumn, read_day, read_name, text_within
from services.wishes.forms.wish_text import WishText, read_wish


class CollectedWish(msgspec.Struct, frozen=True, kw_only=True):
    """A row: who asks (a unit or a person), for what, and a remark."""

    name: str
    wish: WishText
    note: str


class Collector(msgspec.Struct, frozen=True, kw_only=True):
    """The line above the table: who collected, and when."""

    unit: str
    filled_by: str
    phone: str | None
    filled_on: date | None


FORM_000: Form[CollectedWish, Collector] = Form(
    key="000",
    title="{place}“您的心愿，我们的志愿”征集表",
    default_place="高新区",
    is_numbered=True,
    row=CollectedWish,
    columns=(
        Column(
            field="name",
            title="单位名称或个人姓名",
            spellings=("单位或个人", "单位名称（个人姓名）", "单位（个人）名称", "单位名称"),
            read=read_name,
            need=Need.REQUIRED,
            width=26,
        ),
        Column(
            field="wish",
            title="微项目、微心愿（以 40 字左右简要概括）",
            spellings=("微心愿、微项目", "双微项目", "双微清单", "微心愿", "微项目"),
            read=read_wish,
            need=Need.REQUIRED,
            width=64,
        ),
        Column(field="note", title="备注", spellings=("说明",), read=text_within(500), width=20),
    ),
    above=Collector,
    lines_above=(
        Column(
            field="unit",
            title="单位",
            spellings=("单位名称", "填报单位", "报送单位"),
            read=read_name,
            is_lenient=True,
        ),
        Column(
            field="filled_by",
            title="填报人",
            spellings=("填表人", "报送人", "联系人"),
            read=read_name,
            is_lenient=True,
        ),
        PhoneColumn(
            field="phone",
            title="联系电话",
            spellings=("联系方式", "电话", "手机"),
            blank=None,
            is_lenient=True,
        ),
        Column(
            field="filled_on",
            title="填报日期",
            spellings=("填表日期", "填报时间", "填表时间", "日期"),
            read=read_day,
            blank=None,
            is_lenient=True,
        ),
    ),
)
