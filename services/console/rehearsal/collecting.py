"""The first half of a month: wishes come in through every door and are screened."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

from services.console.rehearsal import intake, papers
from services.console.rehearsal.cast import Community, every
from services.console.rehearsal.layout import Wish
from services.console.rehearsal.scene import Scene
from services.console.rehearsal.side_roads import SideRoad
from services.console.rehearsal.stage import Errand
from services.wishes.contracts import (
    AmendWish,
    DeclineWish,
    Door,
    ImportWishes,
    ListWishes,
    ReturnWish,
    WishDetails,
    WishView,
    WithdrawWish,
)

DESKS = 16
"""How many workers are at their desks at the same moment."""

DOORS = (Door.VISIT, Door.CALL, Door.CHAT, Door.CARD, Door.COUNTER)


class Collecting:
    """Takes wishes in and screens them, as workers and residents of the scenario would."""

    def __init__(self, scene: Scene, side_roads: Sequence[SideRoad[Any]]) -> None:
        """Take what is at hand, and the side roads that may decide about a wish first."""
        self._scene, self._scenario, self._side_roads = scene, scene.scenario, side_roads
        self._stage, self._cast, self._chance = scene.stage, scene.cast, scene.dice("collecting")
        self._know_the_form: set[UUID] = set()

    def take_in(self, wishes: list[Wish]) -> None:
        """Let every wish of a day come in through its door, save those that a side road brings in itself."""
        for road in self._side_roads:
            wishes = road.take_in(wishes)
        sheets: dict[tuple[str, str], list[Wish]] = defaultdict(list)
        errands: list[Errand] = []
        for wish in wishes:
            if wish.door in ("form_001_1", "form_000"):
                sheets[wish.community, wish.door].append(wish)
            else:
                errands.append(partial(self._say, wish, self._chance.choice(DOORS)))
        for (code, door), on_paper in sheets.items():
            errands.append(partial(self._send_in, self._cast.communities[code], door, on_paper))
        self._scene.together(errands, DESKS)

    def screen(self, on: datetime) -> None:
        """Let the workers of communities decide about what waits there, each with dice of their own."""
        ids = sorted(self._scene.unscreened)
        self._scene.unscreened.clear()
        communities = map(self._scene.community, ids)
        self._scene.together((partial(self._screen_community, one, on) for one in communities), DESKS)

    def _screen_community(self, community: Community, on: datetime) -> None:
        dice = self._scene.dice(on, community.path)
        waiting: list[WishView] = every(
            self._stage.ask, ListWishes, by=community.worker, area_id=community.id, state="submitted"
        )
        for wish in waiting:
            if not any(road.screen(community, wish, dice) for road in self._side_roads):
                self._decide(community, wish, dice)

    def _say(self, wish: Wish, door: Door) -> None:
        if wish.door == "api":
            intake.submit(self._scene, wish)
        else:
            intake.enter(self._scene, wish, door)

    def _send_in(self, community: Community, door: str, wishes: list[Wish]) -> None:
        """Import a sheet; a worker looks at the preview of the first one, and then knows the form."""
        content = (
            papers.form_001_1(community.name, wishes)
            if door == "form_001_1"
            else papers.form_000(community.name, wishes[0].resident.phone, wishes)
        )
        is_first = community.id not in self._know_the_form
        self._know_the_form.add(community.id)
        self._scene.unscreened.add(community.id)
        for commit in (False, True) if is_first else (True,):
            self._stage.ask(
                ImportWishes(
                    by=community.worker,
                    area_id=community.id,
                    file_name=f"{door}.xlsx",
                    content=content,
                    commit=commit,
                )
            )

    def _decide(self, community: Community, wish: WishView, dice: Random) -> None:
        shares, thrown = self._scenario.behaviour, dice.random()
        if thrown < shares.declined:
            reason = "超出微心愿范围，已告知可向民政部门申请。"
            self._stage.ask(DeclineWish(by=community.worker, wish_id=wish.id, reason=reason))
            return
        if thrown < shares.declined + shares.returned:
            self._return_and_amend(community, wish)
        self._accept(community, wish, dice)
        if thrown > 1 - shares.withdrawn:
            self._withdraw(community, wish)

    def _return_and_amend(self, community: Community, wish: WishView) -> None:
        self._stage.ask(ReturnWish(by=community.worker, wish_id=wish.id, reason="请写明型号或尺寸。"))
        details = WishDetails(
            title=wish.title,
            details="已补充：普通款即可。",
            kind=wish.kind,
            category=wish.category,
            value=wish.value,
        )
        self._stage.ask(AmendWish(by=community.worker, wish_id=wish.id, wish=details))

    def _accept(self, community: Community, wish: WishView, dice: Random) -> None:
        template = self._scene.template_of(wish.title)
        is_for_two = template is not None and template.kind == "spirit" and dice.random() < 0.2
        intake.accept(self._scene, community, wish, places=2 if is_for_two else None)

    def _withdraw(self, community: Community, wish: WishView) -> None:
        self._stage.ask(WithdrawWish(by=community.worker, wish_id=wish.id, reason="居民已自行解决。"))
