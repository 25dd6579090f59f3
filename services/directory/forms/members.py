"""The member register: party members and volunteers of a unit or a community, for bulk import (FORMS.md)."""

import msgspec

from services.chassis.sheets import Column, Form, Need, PhoneColumn, read_list, read_name


class RegisteredMember(msgspec.Struct, frozen=True, kw_only=True):
    """A row: a member, by the names of their unit and community; the phone is E.164."""

    name: str
    unit: str
    community: str
    phone: str
    skills: tuple[str, ...]
    willingness: tuple[str, ...]


def no_lines_above() -> None:
    """Return nothing: the register has no lines to fill in above its table."""


MEMBERS: Form[RegisteredMember, None] = Form(
    key="members",
    title="{place}在职党员和志愿者名册",
    row=RegisteredMember,
    above=no_lines_above,
    columns=(
        Column(
            field="name",
            title="姓名",
            spellings=("党员姓名", "志愿者姓名", "成员姓名"),
            read=read_name,
            need=Need.REQUIRED,
        ),
        Column(
            field="unit",
            title="单位",
            spellings=("工作单位", "所在单位", "单位名称"),
            read=read_name,
            width=26,
        ),
        Column(
            field="community",
            title="居住社区",
            spellings=("居住地社区", "报到社区", "所在社区", "居住社区（村）", "社区"),
            read=read_name,
            width=20,
        ),
        PhoneColumn(
            field="phone",
            title="联系电话",
            spellings=("联系方式", "电话", "电话号码", "手机号码", "手机号", "手机"),
            need=Need.REQUIRED,
        ),
        Column(
            field="skills",
            title="职业特长",
            spellings=("特长", "专长", "技能", "职业、特长", "个人特长"),
            read=read_list,
            blank=(),
            width=24,
        ),
        Column(
            field="willingness",
            title="服务意愿",
            spellings=("志愿服务意愿", "服务意向", "服务项目", "意愿"),
            read=read_list,
            blank=(),
            width=24,
        ),
    ),
)
