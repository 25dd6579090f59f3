"""Units, party branches and companies claim a wish, with somebody named who answers for it (000, 003)."""

from collections.abc import Iterator
from datetime import date
from itertools import cycle, zip_longest

from services.claims.contracts import ClaimForUnit
from services.console.rehearsal.programme_of_claims import ClaimingUnits
from services.console.rehearsal.side_roads.naming import somebody_of
from services.console.rehearsal.side_roads.side_road import ReleaseRoad
from services.directory.contracts import UnitKind, UnitView


class ClaimingUnitsRoad(ReleaseRoad[ClaimingUnits]):
    """Lets one unit after the other claim, of every kind in turn."""

    def prepare(self) -> None:
        """Put the units in the order in which they claim."""
        self._turns = cycle(self._in_turn())

    def act(self, day: date) -> None:
        """Claim, each unit one wish."""
        for offer in self.pick(day, self.settings.each_month):
            unit = next(self._turns)
            officer = self.scene.cast.officer_of(unit)
            claimed = self.scene.attempt(
                ClaimForUnit(
                    by=officer,
                    wish_id=offer.wish_id,
                    unit_id=unit.id,
                    named=somebody_of(self.scene, unit, self.dice),
                )
            )
            if claimed is not None:
                self.fulfilling.see_through(offer, claimed.claim_id, officer, day, self.dice)

    def _in_turn(self) -> Iterator[UnitView]:
        """Yield an organ, an institution, a company, a branch, and so on."""
        by_kind = {kind: [unit for unit in self.scene.cast.units if unit.kind is kind] for kind in UnitKind}
        for units in by_kind.values():
            self.dice.shuffle(units)
        for together in zip_longest(*by_kind.values()):
            yield from (unit for unit in together if unit is not None)
