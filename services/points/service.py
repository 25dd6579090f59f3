"""The doors of points."""

from functools import partial

from services.chassis import clock
from services.chassis.contracts import Done
from services.chassis.messaging.entrypoints import answers, on
from services.chassis.work_provider import WorkProvider
from services.claims.contracts import ClaimsEnded, FulfilmentConfirmed, ProjectMoved, WishesClaimed
from services.directory.contracts import AreasChanged, MembersChanged, UnitsChanged
from services.points import queries, usecases
from services.points.contracts import (
    AcknowledgeFeedback,
    ApproveCorrection,
    ApproveNomination,
    Card,
    ChooseNameShown,
    CorrectionList,
    CountObligations,
    DeclineNomination,
    DutyList,
    DutyView,
    EntryList,
    FeedbackList,
    FeedbackReport,
    GetFeedback,
    GetRecognition,
    ListCorrections,
    ListDuties,
    ListEntries,
    ListFeedback,
    ListNominations,
    ListObjections,
    ListObligations,
    ListRecognitions,
    ListRules,
    MyCard,
    MyFeedback,
    MyNotices,
    MyObligations,
    NominateOutstanding,
    NominationList,
    NoticeList,
    ObjectToNotice,
    ObligationCounts,
    ObligationList,
    ProposeCorrection,
    Ranking,
    RankMembers,
    RecognitionList,
    RecognitionPaper,
    RecordCirculation,
    RejectCorrection,
    ReplyToFeedback,
    RuleList,
    RuleView,
    SetDuty,
    SetRule,
    UpholdNotice,
    WithdrawNotice,
)
from services.points.models import Base
from services.scheduler.contracts import FeedbackDue, NoticesDue, RecognitionDue, RemindersDue
from services.wishes.contracts import ReportersChanged, WishesSubmitted


class PointsService:
    """What deeds are worth: rules, the ledger, cards, recognitions, and feedback to units."""

    name = "points"
    tables = Base.metadata
    work = WorkProvider()

    # -- rules, cards, the ledger

    @answers(SetRule)
    def set_rule(self, command: SetRule) -> RuleView:
        return self.work.run(command, usecases.set_rule)

    @answers(ListRules)
    def list_rules(self, query: ListRules) -> RuleList:
        return self.work.read(query, partial(queries.list_rules, now=clock.now()))

    @answers(MyCard)
    def my_card(self, query: MyCard) -> Card:
        return self.work.read(query, partial(queries.my_card, now=clock.now()))

    @answers(ListEntries)
    def list_entries(self, query: ListEntries) -> EntryList:
        return self.work.read(query, queries.list_entries)

    @answers(ListRecognitions)
    def list_recognitions(self, query: ListRecognitions) -> RecognitionList:
        return self.work.read(query, queries.list_recognitions)

    # -- corrections

    @answers(ProposeCorrection)
    def propose_correction(self, command: ProposeCorrection) -> Done:
        return self.work.run(command, usecases.propose_correction)

    @answers(ApproveCorrection)
    def approve_correction(self, command: ApproveCorrection) -> Done:
        return self.work.run(command, usecases.approve_correction)

    @answers(RejectCorrection)
    def reject_correction(self, command: RejectCorrection) -> Done:
        return self.work.run(command, usecases.reject_correction)

    @answers(ListCorrections)
    def list_corrections(self, query: ListCorrections) -> CorrectionList:
        return self.work.read(query, queries.list_corrections)

    # -- recognition

    @answers(GetRecognition)
    def get_recognition(self, query: GetRecognition) -> RecognitionPaper:
        return self.work.read(query, partial(queries.get_recognition, now=clock.now()))

    @answers(NominateOutstanding)
    def nominate_outstanding(self, command: NominateOutstanding) -> Done:
        return self.work.run(command, usecases.nominate_outstanding)

    @answers(ApproveNomination)
    def approve_nomination(self, command: ApproveNomination) -> Done:
        return self.work.run(command, usecases.approve_nomination)

    @answers(DeclineNomination)
    def decline_nomination(self, command: DeclineNomination) -> Done:
        return self.work.run(command, usecases.decline_nomination)

    @answers(ListNominations)
    def list_nominations(self, query: ListNominations) -> NominationList:
        return self.work.read(query, queries.list_nominations)

    # -- obligations, notices, rankings

    @answers(SetDuty)
    def set_duty(self, command: SetDuty) -> DutyView:
        return self.work.run(command, usecases.set_duty)

    @answers(ListDuties)
    def list_duties(self, query: ListDuties) -> DutyList:
        return self.work.read(query, partial(queries.list_duties, now=clock.now()))

    @answers(MyObligations)
    def my_obligations(self, query: MyObligations) -> ObligationList:
        return self.work.read(query, partial(queries.my_obligations, now=clock.now()))

    @answers(ListObligations)
    def list_obligations(self, query: ListObligations) -> ObligationList:
        return self.work.read(query, partial(queries.list_obligations, now=clock.now()))

    @answers(CountObligations)
    def count_obligations(self, query: CountObligations) -> ObligationCounts:
        return self.work.read(query, partial(queries.count_obligations, now=clock.now()))

    @answers(MyNotices)
    def my_notices(self, query: MyNotices) -> NoticeList:
        return self.work.read(query, queries.my_notices)

    @answers(ListObjections)
    def list_objections(self, query: ListObjections) -> NoticeList:
        return self.work.read(query, partial(queries.list_objections, now=clock.now()))

    @answers(ObjectToNotice)
    def object_to_notice(self, command: ObjectToNotice) -> Done:
        return self.work.run(command, usecases.object_to_notice)

    @answers(UpholdNotice)
    def uphold_notice(self, command: UpholdNotice) -> Done:
        return self.work.run(command, usecases.uphold_notice)

    @answers(WithdrawNotice)
    def withdraw_notice(self, command: WithdrawNotice) -> Done:
        return self.work.run(command, usecases.withdraw_notice)

    @answers(ChooseNameShown)
    def choose_name_shown(self, command: ChooseNameShown) -> Done:
        return self.work.run(command, usecases.choose_name_shown)

    @answers(RankMembers)
    def rank_members(self, query: RankMembers) -> Ranking:
        return self.work.read(query, queries.rank_members)

    # -- feedback

    @answers(ListFeedback)
    def list_feedback(self, query: ListFeedback) -> FeedbackList:
        return self.work.read(query, queries.list_feedback)

    @answers(MyFeedback)
    def my_feedback(self, query: MyFeedback) -> FeedbackList:
        return self.work.read(query, queries.my_feedback)

    @answers(GetFeedback)
    def get_feedback(self, query: GetFeedback) -> FeedbackReport:
        return self.work.read(query, partial(queries.get_feedback, now=clock.now()))

    @answers(AcknowledgeFeedback)
    def acknowledge_feedback(self, command: AcknowledgeFeedback) -> Done:
        return self.work.run(command, usecases.acknowledge_feedback)

    @answers(ReplyToFeedback)
    def reply_to_feedback(self, command: ReplyToFeedback) -> Done:
        return self.work.run(command, usecases.reply_to_feedback)

    @answers(RecordCirculation)
    def record_circulation(self, command: RecordCirculation) -> Done:
        return self.work.run(command, usecases.record_circulation)

    # -- what others tell

    @on(AreasChanged)
    def on_areas_changed(self, event: AreasChanged) -> None:
        self.work.once(event, usecases.note_areas)

    @on(UnitsChanged)
    def on_units_changed(self, event: UnitsChanged) -> None:
        self.work.once(event, usecases.note_units)

    @on(MembersChanged)
    def on_members_changed(self, event: MembersChanged) -> None:
        self.work.once(event, usecases.note_members)

    @on(WishesClaimed)
    def on_wishes_claimed(self, event: WishesClaimed) -> None:
        self.work.once(event, usecases.note_claims)

    @on(ClaimsEnded)
    def on_claims_ended(self, event: ClaimsEnded) -> None:
        self.work.once(event, usecases.note_ends)

    @on(FulfilmentConfirmed)
    def on_fulfilment_confirmed(self, event: FulfilmentConfirmed) -> None:
        self.work.once(event, usecases.enter_deeds)

    @on(RecognitionDue)
    def on_recognition_due(self, event: RecognitionDue) -> None:
        self.work.once(event, usecases.complete_recognitions)

    @on(FeedbackDue)
    def on_feedback_due(self, event: FeedbackDue) -> None:
        self.work.once(event, usecases.issue_feedback)

    @on(WishesSubmitted)
    def on_wishes_submitted(self, event: WishesSubmitted) -> None:
        self.work.once(event, usecases.note_submissions)

    @on(ReportersChanged)
    def on_reporters_changed(self, event: ReportersChanged) -> None:
        self.work.once(event, usecases.note_reporters)

    @on(ProjectMoved)
    def on_project_moved(self, event: ProjectMoved) -> None:
        self.work.once(event, usecases.note_project)

    @on(RemindersDue)
    def on_reminders_due(self, event: RemindersDue) -> None:
        self.work.once(event, usecases.remind_of_feedback)

    @on(NoticesDue)
    def on_notices_due(self, event: NoticesDue) -> None:
        self.work.once(event, usecases.send_notices)
