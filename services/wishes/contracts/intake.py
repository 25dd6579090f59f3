"""How wishes come in: from residents, from workers on their behalf, from the official forms."""

from typing import ClassVar
from uuid import UUID

from services.chassis import import_reports
from services.chassis.contracts import Command, Contract, View
from services.chassis.import_reports import RowProblem, RowReport
from services.chassis.rights import Right
from services.wishes.contracts.kinds import Category, Door, Hardship, Urgency, WishKind
from services.wishes.contracts.reading import DuplicateHint

__all__ = [
    "AmendWish",
    "EnterWish",
    "ImportReport",
    "ImportWishes",
    "ResidentDetails",
    "RowProblem",
    "RowReport",
    "SubmitWish",
    "UndoWishImport",
    "WishDetails",
    "WishReceipt",
]


class ResidentDetails(Contract, frozen=True, kw_only=True):
    """Who wishes. `phone` may be missing when a worker entered the wish; the worker is told to call back."""

    name: str
    phone: str | None = None
    address: str = ""
    gender: str | None = None  # 男 | 女
    age: int | None = None
    hardship: tuple[Hardship, ...] = ()


class WishDetails(Contract, frozen=True, kw_only=True):
    """What is wished for: a summary of at most 40 characters, and details apart."""

    title: str
    details: str = ""
    kind: WishKind = WishKind.GOODS
    category: Category | None = None
    urgency: Urgency = Urgency.ORDINARY
    value: int = 0
    places: int = 1
    skill: str | None = None


class WishReceipt(View, frozen=True, kw_only=True):
    """What the resident takes home: the code to track by and the code to confirm with."""

    is_personal: ClassVar[bool] = True

    wish_id: UUID
    code: str
    confirmation_code: str
    duplicates: list[DuplicateHint] = []  # for a worker: may be the same wish told twice
    over_quota: bool = False  # for a worker: the reporting unit has handed in all it was asked for


class SubmitWish(Command, frozen=True, kw_only=True):
    """A resident says a wish, without an account."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = WishReceipt
    is_personal: ClassVar[bool] = True

    community_id: UUID
    wish: WishDetails
    resident: ResidentDetails
    address: str = ""  # network address the wish comes from, for the limits on how many


class EnterWish(Command, frozen=True, kw_only=True):
    """A worker enters a wish for a resident; the door and the worker are recorded."""

    right: ClassVar[Right] = Right.COLLECT
    answer: ClassVar[type[View]] = WishReceipt
    is_personal: ClassVar[bool] = True

    community_id: UUID
    wish: WishDetails
    resident: ResidentDetails
    door: Door = Door.VISIT
    card_code: str | None = None  # of the paper card on which it was written
    campaign_id: UUID | None = None
    reporter_id: UUID | None = None  # the reporting unit, when it is not the street or community itself


class AmendWish(Command, frozen=True, kw_only=True):
    """A returned wish is put right and goes back to the screener."""

    right: ClassVar[Right] = Right.COLLECT
    is_personal: ClassVar[bool] = True

    wish_id: UUID
    wish: WishDetails


class ImportReport(import_reports.ImportReport, frozen=True, kw_only=True):
    """What an import of wishes did or would do; `problems` of the file say what of it was left aside."""

    over_quota: bool = False  # the reporting unit has handed in more than it was asked for


class ImportWishes(Command, frozen=True, kw_only=True):
    """Read an official form (000 or 001-1); write it only when `commit` is true. Rows in error stay out."""

    right: ClassVar[Right] = Right.COLLECT
    answer: ClassVar[type[View]] = ImportReport
    is_personal: ClassVar[bool] = True

    area_id: UUID  # the community to which the wishes belong
    file_name: str
    content: bytes
    form: str = "auto"  # auto | 000 | 001-1
    commit: bool = False
    campaign_id: UUID | None = None
    reporter_id: UUID | None = None


class UndoWishImport(Command, frozen=True, kw_only=True):
    """Take an import back, as long as none of its wishes was screened."""

    right: ClassVar[Right] = Right.COLLECT

    batch_id: UUID
