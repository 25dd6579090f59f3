"""Registers of members and units that arrive as sheets: preview, commit, undo."""

from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, View
from services.chassis.import_reports import ImportReport, RowProblem, RowReport
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right

__all__ = [
    "BatchCannotBeUndone",
    "FileTooLarge",
    "ImportPeople",
    "ImportReport",
    "RowProblem",
    "RowReport",
    "UndoPeopleImport",
    "UnknownForm",
    "UnreadableSheet",
]


class ImportPeople(Command, frozen=True, kw_only=True):
    """Read a register of members or units, at most 20,000 rows; write it only when `commit` is true.

    Rows in error stay out. When no row can be imported nothing is written and `batch` stays unset.
    """

    right: ClassVar[Right] = Right.MANAGE_PEOPLE
    answer: ClassVar[type[View]] = ImportReport
    is_personal: ClassVar[bool] = True

    area_id: UUID
    file_name: str
    content: bytes
    form: str = "auto"  # auto | members | units
    commit: bool = False


class UndoPeopleImport(Command, frozen=True, kw_only=True):
    """Take an import back: what it added goes, what it changed is as before.

    Refused as a whole when anything of it was changed since, a member it added has signed in, or a unit it
    added has members, units below it or an officer by now.
    """

    right: ClassVar[Right] = Right.MANAGE_PEOPLE

    batch_id: UUID


# -- refusals


class UnknownForm(Refusal):
    """The directory reads registers of members and of units, no other form."""

    code = "directory.unknown_form"
    kind = RefusalKind.INVALID


class UnreadableSheet(Refusal):
    """The file is no sheet we can read, or none of the registers; `reason` is the code that says why."""

    code = "directory.unreadable_sheet"
    kind = RefusalKind.INVALID


class FileTooLarge(Refusal):
    """The file has more megabytes than `limit`; it can be sent in parts."""

    code = "directory.file_too_large"
    kind = RefusalKind.INVALID


class BatchCannotBeUndone(Refusal):
    """The batch is unknown, already undone, or what it brought has been used since.

    `why` is unknown, undone, changed, signed_in or in_use.
    """

    code = "directory.batch_cannot_be_undone"
