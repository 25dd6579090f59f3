"""The doors of points."""

from functools import partial

from services.chassis import clock
from services.chassis.contracts import Done
from services.chassis.messaging.entrypoints import answers, on
from services.chassis.work_provider import WorkProvider
from services.claims.contracts import ClaimsEnded, FulfilmentConfirmed, WishesClaimed
from services.directory.contracts import AreasChanged, MembersChanged, UnitsChanged
from services.points import queries, usecases
from services.points.contracts import (
    AcknowledgeFeedback,
    Card,
    EntryList,
    FeedbackList,
    FeedbackReport,
    GetFeedback,
    ListEntries,
    ListFeedback,
    ListRecognitions,
    ListRules,
    MyCard,
    MyFeedback,
    RecognitionList,
    ReplyToFeedback,
    RuleList,
    RuleView,
    SetRule,
)
from services.points.models import Base
from services.scheduler.contracts import FeedbackDue, RecognitionDue


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
