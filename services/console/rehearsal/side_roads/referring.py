"""Referral 转介 (001 六（一）): what is too big for one person goes to a department, which answers."""

from datetime import timedelta
from functools import partial
from itertools import cycle
from random import Random

from services.console.rehearsal import intake
from services.console.rehearsal.cast import Community
from services.console.rehearsal.programme import Referring
from services.console.rehearsal.side_roads.side_road import SideRoad
from services.wishes.contracts import (
    AnswerReferral,
    GetWish,
    ReferralOutcome,
    ReferWish,
    WishView,
)

ANSWERED_AFTER = timedelta(days=5)

ANSWERS = {
    ReferralOutcome.SETTLED: "已纳入本部门辅具适配项目，直接解决。",
    ReferralOutcome.RETURNED: "不属本部门职责，建议由单位认领。",
    ReferralOutcome.DECLINED: "现有政策不支持，已向本人说明。",
}


class ReferringRoad(SideRoad[Referring]):
    """Refers some of the wishes above the ceiling, and notes what the departments answer, one way each."""

    def prepare(self) -> None:
        """Let the answers come round in turn."""
        self._answers = cycle(ANSWERS)

    def screen(self, community: Community, wish: WishView, dice: Random) -> bool:
        """Refer a wish that is too big for one, if it is among the share."""
        template = self.scene.template_of(wish.title)
        value = wish.value or (template.value if template else 0)
        if value <= self.scene.scenario.ceiling or self.dice.random() >= self.settings.share:
            return False
        department = self.dice.choice(self.settings.departments)
        reason = "价值较高，请部门协调解决。"
        self.scene.ask(ReferWish(by=community.worker, wish_id=wish.id, department=department, reason=reason))
        answered_on = self.scene.today + ANSWERED_AFTER
        self.scene.later(answered_on, partial(self._answer, community, wish, next(self._answers)))
        return True

    def _answer(self, community: Community, wish: WishView, outcome: ReferralOutcome) -> None:
        """Note the answer; what is given back the screener accepts, since no department will do it."""
        answer = AnswerReferral(
            by=community.worker, wish_id=wish.id, outcome=outcome, reason=ANSWERS[outcome]
        )
        self.scene.ask(answer)
        if outcome is ReferralOutcome.RETURNED:
            again = self.scene.ask(GetWish(by=community.worker, wish_id=wish.id))
            intake.accept(self.scene, community, again)
