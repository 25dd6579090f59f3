"""Complaints from anyone about anything, each answered by a worker of the place it went to."""

from datetime import date, timedelta
from functools import partial

from services.console.rehearsal.cast import Community, every
from services.console.rehearsal.programme import Complaining
from services.console.rehearsal.side_roads.side_road import SideRoad
from services.wishes.contracts import AnswerComplaint, ComplaintAbout, ListComplaints, SubmitComplaint

COMPLAINS_ON, ANSWERED_AFTER = 18, timedelta(days=5)

SAID = {
    ComplaintAbout.PROGRAMME: "希望发布时间提前一天通知，老人不会用手机。",
    ComplaintAbout.SOFTWARE: "手机上的字太小，看不清楚。",
    ComplaintAbout.OTHER: "建议多安排周末上门服务。",
}


class ComplainingRoad(SideRoad[Complaining]):
    """Lets residents complain once a month, and workers answer within days."""

    def close_day(self, day: date) -> None:
        """Complain on the day for it."""
        if day.day != COMPLAINS_ON:
            return
        communities = list(self.scene.cast.communities.values())
        for number in range(self.settings.each_month):
            community = self.dice.choice(communities)
            about = list(SAID)[number % len(SAID)]
            self.scene.ask(SubmitComplaint(text=SAID[about], about=about, area_id=community.id))
            self.scene.later(day + ANSWERED_AFTER, partial(self._answer, community))

    def _answer(self, community: Community) -> None:
        answer = "感谢您的意见，已转交负责人改进。"
        waiting = every(self.scene.ask, ListComplaints, by=community.worker, state="open")
        for complaint in waiting:
            self.scene.attempt(
                AnswerComplaint(by=community.worker, complaint_id=complaint.id, answer_text=answer)
            )
