"""The unit register: offices, institutions, enterprises and companies, for bulk import (FORMS.md)."""

import re
import unicodedata

import msgspec

from services.chassis.sheets import (
    Cell,
    Column,
    Form,
    Need,
    PhoneColumn,
    Reason,
    clean_name,
    read_name,
    text_of,
)
from services.directory.contracts import UnitKind


class RegisteredUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A row: a unit, the unit above it and the street it reports to by name; the phone is E.164."""

    name: str
    parent: str
    kind: UnitKind | None
    street: str
    contact: str
    phone: str | None
    email: str | None


_KINDS = {
    "机关": UnitKind.ORGAN,
    "行政机关": UnitKind.ORGAN,
    "党政机关": UnitKind.ORGAN,
    "事业": UnitKind.INSTITUTION,
    "事业单位": UnitKind.INSTITUTION,
    "企业": UnitKind.ENTERPRISE,
    "企业单位": UnitKind.ENTERPRISE,
    "国有企业": UnitKind.ENTERPRISE,
    "国企": UnitKind.ENTERPRISE,
    "公司": UnitKind.COMPANY,
    "民营企业": UnitKind.COMPANY,
    "私营企业": UnitKind.COMPANY,
    "党支部": UnitKind.BRANCH,
    "党组织": UnitKind.BRANCH,
    "社会组织": UnitKind.SOCIAL,
    "社会团体": UnitKind.SOCIAL,
}


_ADDRESS = re.compile(r"[^\s@<>()\[\]\",:;\\]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")


def read_kind(cell: Cell) -> UnitKind | Reason:
    """Return the kind of unit: 机关, 事业单位, 企业, 公司, 党支部 or 社会组织."""
    kinds = "、".join(("机关", "事业单位", "企业", "公司", "党支部", "社会组织"))
    return _KINDS.get(clean_name(text_of(cell))) or Reason("sheets.unit_kind_unknown", {"kinds": kinds})


def read_email(cell: Cell) -> str | Reason:
    """Return the address, its domain in small letters; whether somebody reads it there is not asked."""
    written = unicodedata.normalize("NFKC", text_of(cell))
    if not _ADDRESS.fullmatch(written) or len(written) > 254:
        return Reason("sheets.email_unreadable")
    person, domain = written.split("@")
    return f"{person}@{domain.lower()}"


def no_lines_above() -> None:
    """Return nothing: the register has no lines to fill in above its table."""


UNITS: Form[RegisteredUnit, None] = Form(
    key="units",
    title="{place}单位名册",
    row=RegisteredUnit,
    above=no_lines_above,
    columns=(
        Column(
            field="name",
            title="单位名称",
            spellings=("单位全称", "名称", "单位"),
            read=read_name,
            need=Need.REQUIRED,
            width=30,
        ),
        Column(
            field="parent",
            title="上级单位",
            spellings=("主管单位", "上级主管单位", "上级党组织"),
            read=read_name,
            width=26,
        ),
        Column(
            field="kind",
            title="单位类型",
            spellings=("单位性质", "类型"),
            read=read_kind,
            blank=None,
            is_lenient=True,
        ),
        Column(
            field="street",
            title="报到街道",
            spellings=("报到街道（镇）", "报到街道、镇", "所属街道", "街道"),
            read=read_name,
            width=16,
        ),
        Column(field="contact", title="联系人", spellings=("联络员", "联系人姓名"), read=read_name),
        PhoneColumn(
            field="phone",
            title="联系电话",
            spellings=("联系方式", "电话", "联系人电话", "电话号码", "手机"),
            blank=None,
            is_lenient=True,
        ),
        Column(
            field="email",
            title="电子邮箱",
            spellings=("邮箱", "电子邮件", "E-mail"),
            read=read_email,
            blank=None,
            is_lenient=True,
            width=24,
        ),
    ),
)
