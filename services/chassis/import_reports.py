"""What became of a sheet that was imported, row by row, as every service that reads sheets answers it."""

from uuid import UUID

from services.chassis.contracts import Contract, View


class RowProblem(Contract, frozen=True, kw_only=True):
    """What is wrong in one cell, as a code with arguments; the door says it in the caller's language."""

    column: str
    reason: str
    arguments: dict[str, str] = {}


class RowReport(Contract, frozen=True, kw_only=True):
    """What became of one row of a sheet; `row` is its number as a person sees it."""

    row: int
    status: str  # ok | warning | error
    problems: list[RowProblem] = []


class ImportReport(View, frozen=True, kw_only=True):
    """What an import did (`batch` is set) or would do (it is not); `problems` are those of the whole file."""

    form: str
    batch: UUID | None
    accepted: int
    rejected: int
    rows: list[RowReport]
    problems: list[RowProblem] = []
