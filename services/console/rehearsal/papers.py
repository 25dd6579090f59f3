"""The sheets that communities and units send in: official forms, filled as people fill them."""

from collections.abc import Sequence

from services.chassis.sheets import PrintedSheet, write_sheet
from services.console.rehearsal.layout import Wish


def form_001_1(place: str, wishes: Sequence[Wish]) -> bytes:
    """Return the collection sheet of a community (001, annex 1) as .xlsx."""
    return write_sheet(
        PrintedSheet(
            title=f"{place}“微心愿”活动需求征集表",
            headings=(
                "序号",
                "姓名",
                "性别",
                "年龄",
                "家庭住址",
                "心愿内容(清晰扼要)",
                "申领证明材料 (详细材料可附后)",
                "联系电话",
            ),
            widths=(6, 10, 6, 6, 30, 40, 20, 16),
            rows=[_row_001_1(number, wish) for number, wish in enumerate(wishes, start=1)],
        )
    )


def _row_001_1(number: int, wish: Wish) -> list[str | int]:
    person = wish.resident
    name = " ".join(person.name) if len(person.name) == 2 else person.name  # 彭 彤, as sheets have it
    gender = "女" if person.gender == "female" else "男"
    return [number, name, gender, f"{person.age}岁", person.address, wish.text, wish.evidence, person.phone]


def form_000(place: str, phone: str, wishes: Sequence[Wish]) -> bytes:
    """Return the collection sheet of a unit (000) as .xlsx."""
    return write_sheet(
        PrintedSheet(
            title="高新区“您的心愿，我们的志愿”征集表",
            headings=("序号", "单位名称或个人姓名", "微项目、微心愿（以 40 字左右简要概括）", "备注"),
            widths=(6, 26, 64, 20),
            lines_above=(f"单位：{place}　填报人：演练员　联系电话：{phone}　填报日期：",),
            rows=[[number, wish.resident.name, wish.text, ""] for number, wish in enumerate(wishes, start=1)],
        )
    )
