"""The roster 困难帮扶对象花名册 (003: 每月对底册整理更新): who is on it is looked at every month."""

from datetime import date
from functools import partial
from itertools import islice

from services.console.demo import resident_details
from services.console.rehearsal.cast import Community, every
from services.console.rehearsal.people import Resident
from services.console.rehearsal.programme import Rechecking
from services.console.rehearsal.side_roads.side_road import SideRoad
from services.wishes.contracts import CheckRosterEntry, Hardship, ListRoster, PutOnRoster

LOOKS_ON = 11
"""Day of the month on which workers visit whoever waits for this month's look."""


class RecheckingRoad(SideRoad[Rechecking]):
    """Puts people on the roster before the first day, and lets workers look again in each month."""

    def prepare(self) -> None:
        """Put the first residents of every community on its roster (004: 把符合条件的居民登记在册)."""
        there = filter(self._lives_there, self.scene.scenario.lay_out().residents())
        residents = list(islice(there, 10 * self.settings.people))
        chosen = self.dice.sample(residents, min(self.settings.people, len(residents)))
        self._keeping = {resident.community for resident in chosen}
        self.scene.together(partial(self._put, resident) for resident in chosen)

    def close_day(self, day: date) -> None:
        """Look again, once a month; in each month one of them needs no help any more."""
        if day.day != LOOKS_ON:
            return
        takes_off = True
        for code in sorted(self._keeping):
            takes_off = self._look(self.scene.cast.communities[code], takes_off)

    def _lives_there(self, resident: Resident) -> bool:
        community = self.scene.cast.communities[resident.community]
        return self.scene.lies_in(community.id, self.settings.at)

    def _put(self, resident: Resident) -> None:
        community = self.scene.cast.communities[resident.community]
        details = resident_details(resident, hardship=(Hardship(resident.hardship),))
        self.scene.ask(PutOnRoster(by=community.worker, community_id=community.id, resident=details))

    def _look(self, community: Community, takes_off: bool) -> bool:
        """Check everybody who is due; say whether one is still to be taken off this month."""
        worker = community.worker
        due = every(self.scene.ask, ListRoster, by=worker, area_id=community.id, due=True)
        for entry in due:
            self.scene.ask(
                CheckRosterEntry(
                    by=worker,
                    resident_id=entry.resident_id,
                    still_in_hardship=not takes_off,
                    reason="子女已返家照料，不再困难。" if takes_off else "",
                )
            )
            takes_off = False
        return takes_off
