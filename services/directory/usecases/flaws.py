"""What is wrong with a list of people or units: a command is refused for it, a sheet is told row by row."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from services.chassis.refusals import Refusal
from services.chassis.sheets import Reason

Value = TypeVar("Value")


def where(row: int) -> str:
    """Return how the sentence of a refusal points at a row of what was sent."""
    return f"#{row} "


class Flaw(NamedTuple):
    """What is wrong in one field; without a `refusal` it is a warning."""

    field: str
    reason: str
    arguments: dict[str, str]
    refusal: type[Refusal] | None


class Flaws:
    """The flaws found on the way through a list, by place in the list (from 0)."""

    def __init__(self, rows: Sequence[int]) -> None:
        """Take the numbers by which a person knows the rows."""
        self._rows = rows
        self._found: dict[int, list[Flaw]] = {}
        self._illegible: set[int] = set()

    def add(self, place: int, field: str, refusal: type[Refusal], other: int | None = None) -> None:
        """Note that a row cannot be taken; `other` is the place of the row it collides with."""
        arguments = {"where": ""} if other is None else {"where": "", "other": str(self._rows[other])}
        self._found.setdefault(place, []).append(Flaw(field, refusal.code, arguments, refusal))

    def usable(
        self, place: int, field: str, found: Value | Reason | None, refusal: type[Refusal]
    ) -> Value | None:
        """Return what was read, or None after noting that it could not be."""
        if found is None or isinstance(found, Reason):
            self.add(place, field, refusal)
            return None
        return found

    def warn(self, place: int, field: str, reason: str) -> None:
        """Note something that a person should look at."""
        self._found.setdefault(place, []).append(Flaw(field, reason, {}, None))

    def leave_out(self, place: int) -> None:
        """Note that a row cannot be taken for what its cells already say, whatever else is found in it."""
        self._illegible.add(place)

    def of(self, place: int) -> list[Flaw]:
        """Return what was found in a row."""
        return self._found.get(place, [])

    def forbids(self, place: int) -> bool:
        """Say whether a row cannot be taken."""
        return place in self._illegible or any(flaw.refusal for flaw in self.of(place))

    def refuse_first(self) -> None:
        """Raise the refusal of the first row that cannot be taken, if there is one."""
        for place in sorted(self._found):
            for flaw in self._found[place]:
                if flaw.refusal:
                    raise flaw.refusal(**(flaw.arguments | {"where": where(self._rows[place])}))
