"""Complaints from anyone about anything: answered by a worker, raised by one, or read above only."""

from datetime import date, timedelta
from functools import partial

from services.chassis.rights import Actor
from services.console.rehearsal.cast import Community, above, every, officer_at
from services.console.rehearsal.programme import Complaining
from services.console.rehearsal.side_roads.side_road import SideRoad
from services.wishes.contracts import (
    AnswerComplaint,
    ComplaintAbout,
    ListComplaints,
    RaiseComplaint,
    SubmitComplaint,
)

COMPLAINS_ON = 18
RAISED_AFTER, ANSWERED_AFTER = timedelta(days=3), timedelta(days=5)

SAID = {
    ComplaintAbout.PROGRAMME: "希望发布时间提前一天通知，老人不会用手机。",
    ComplaintAbout.SOFTWARE: "手机上的字太小，看不清楚。",
    ComplaintAbout.PEOPLE: "窗口的人说话不耐烦，请上级管一管。",
    ComplaintAbout.OTHER: "建议多安排周末上门服务。",
}


class ComplainingRoad(SideRoad[Complaining]):
    """Lets residents complain once a month; workers answer, save the first, which they raise."""

    _raised = False

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
            if not self._raised:
                self._raised = True
                self.scene.later(day + RAISED_AFTER, partial(self._raise, community))

    def _raise(self, community: Community) -> None:
        """Give to the street what the community cannot settle."""
        for complaint in every(self.scene.ask, ListComplaints, by=community.worker, state="open"):
            self.scene.attempt(RaiseComplaint(by=community.worker, complaint_id=complaint.id))

    def _answer(self, community: Community) -> None:
        """Answer what the community has, and what the street has of it."""
        for answering in (community.worker, officer_at(above(community.path))):
            self._answer_as(answering)

    def _answer_as(self, answering: Actor) -> None:
        answer = "感谢您的意见，已转交负责人改进。"
        for state in ("open", "escalated"):
            for complaint in every(self.scene.ask, ListComplaints, by=answering, state=state):
                self.scene.attempt(
                    AnswerComplaint(by=answering, complaint_id=complaint.id, answer_text=answer)
                )
