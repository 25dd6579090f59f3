"""The doors of notify: what it hears of the others, what it answers, and the sender that runs beside."""

from collections.abc import Callable
from functools import partial
from typing import Any

from services.chassis.contracts import Command, Done, Event
from services.chassis.messaging.entrypoints import answers, answers_in_batches, on
from services.chassis.refusals import Refusal
from services.chassis.work_provider import WorkProvider
from services.claims.contracts import (
    ClaimDelivered,
    ClaimsDueSoon,
    ClaimsEnded,
    ClaimsOverdue,
    DispatchesMoved,
    EscalationsRaised,
    FulfilmentConfirmed,
    PoolMoved,
    ProjectMoved,
    RectificationsMoved,
    VisitsMoved,
    WaitingMoved,
    WishesClaimed,
)
from services.directory.contracts import (
    AccountsChanged,
    AreasChanged,
    MembersChanged,
    SignInCodeIssued,
    UnitsChanged,
)
from services.notify import queries, usecases
from services.notify.contracts import (
    BurstList,
    BurstSchedule,
    BurstView,
    CountDeliveries,
    DeliveryCounts,
    DeliveryList,
    GetBurst,
    Inbox,
    ListBursts,
    ListDeliveries,
    ListUnended,
    MarkRead,
    MyChannels,
    MyInbox,
    NoteHandle,
    OwnChannels,
    PauseBurst,
    PlanBurst,
    ReceiptsTaken,
    ResumeBurst,
    RetryDelivery,
    StartBurst,
    TakeReceipts,
    UnendedList,
)
from services.notify.measures import measure_pushes
from services.notify.models import Base
from services.notify.queries import bursts as burst_queries
from services.notify.sender import SenderProvider
from services.notify.service.deciding import DecidingDoors
from services.notify.service.operating import OperatingDoors
from services.points.contracts import (
    CorrectionProposed,
    FeedbackAnswered,
    FeedbackIssued,
    FeedbackUnanswered,
    NominationDecided,
    NoticeDecided,
    NoticeObjected,
    NoticesSent,
    OutstandingNominated,
    PointsCorrected,
    ThresholdReached,
)
from services.wishes.contracts import (
    CampaignStageBegan,
    ComplaintAnswered,
    ComplaintReceived,
    ComplaintsEscalated,
    FestivalNear,
    FiguresAwaited,
    ReferralAnswered,
    ReleaseCompleted,
    ResidentsChanged,
    RosterChecksDue,
    WishesSubmitted,
    WishReferred,
    WishScreened,
)


class NotifyService(DecidingDoors, OperatingDoors):
    """Tells people, once."""

    name = "notify"
    tables = Base.metadata
    work = WorkProvider()
    sender = SenderProvider()

    # -- copies

    @on(AreasChanged)
    def on_areas_changed(self, event: AreasChanged) -> None:
        self._hear_urgently(event, usecases.note_areas)

    @on(UnitsChanged)
    def on_units_changed(self, event: UnitsChanged) -> None:
        self._hear_urgently(event, usecases.note_units)

    @on(MembersChanged)
    def on_members_changed(self, event: MembersChanged) -> None:
        self._hear_urgently(event, usecases.note_members)

    @on(AccountsChanged)
    def on_accounts_changed(self, event: AccountsChanged) -> None:
        self._hear_urgently(event, usecases.note_accounts)

    @on(ResidentsChanged)
    def on_residents_changed(self, event: ResidentsChanged) -> None:
        self._hear_urgently(event, usecases.note_residents)

    # -- what people are told

    @on(SignInCodeIssued)
    def on_sign_in_code_issued(self, event: SignInCodeIssued) -> None:
        self._hear_urgently(event, usecases.tell_of_sign_in_code)

    @on(WishesSubmitted)
    def on_wishes_submitted(self, event: WishesSubmitted) -> None:
        self._hear(event, usecases.tell_of_wishes_submitted)

    @on(WishScreened)
    def on_wish_screened(self, event: WishScreened) -> None:
        self._hear(event, usecases.tell_of_wish_screened)

    @on(ReleaseCompleted)
    def on_release_completed(self, event: ReleaseCompleted) -> None:
        self._hear(event, usecases.tell_of_release)

    @on(WishesClaimed)
    def on_wishes_claimed(self, event: WishesClaimed) -> None:
        self._hear(event, usecases.tell_of_claims)

    @on(ClaimsEnded)
    def on_claims_ended(self, event: ClaimsEnded) -> None:
        self._hear(event, usecases.tell_of_ended_claims)

    @on(ClaimDelivered)
    def on_claim_delivered(self, event: ClaimDelivered) -> None:
        self._hear(event, usecases.tell_of_delivery)

    @on(FulfilmentConfirmed)
    def on_fulfilment_confirmed(self, event: FulfilmentConfirmed) -> None:
        self._hear(event, usecases.tell_of_fulfilment)

    @on(ClaimsDueSoon)
    def on_claims_due_soon(self, event: ClaimsDueSoon) -> None:
        self._hear(event, usecases.tell_of_claims_due_soon)

    @on(ClaimsOverdue)
    def on_claims_overdue(self, event: ClaimsOverdue) -> None:
        self._hear(event, usecases.tell_of_overdue_claims)

    @on(ThresholdReached)
    def on_threshold_reached(self, event: ThresholdReached) -> None:
        self._hear(event, usecases.tell_of_threshold)

    @on(FeedbackIssued)
    def on_feedback_issued(self, event: FeedbackIssued) -> None:
        self._hear(event, usecases.tell_of_feedback)

    @on(FeedbackAnswered)
    def on_feedback_answered(self, event: FeedbackAnswered) -> None:
        self._hear(event, usecases.tell_of_reply)

    @on(PointsCorrected)
    def on_points_corrected(self, event: PointsCorrected) -> None:
        self._hear(event, usecases.tell_of_corrected_points)

    @on(CorrectionProposed)
    def on_correction_proposed(self, event: CorrectionProposed) -> None:
        self._hear(event, usecases.tell_of_proposed_correction)

    @on(OutstandingNominated)
    def on_outstanding_nominated(self, event: OutstandingNominated) -> None:
        self._hear(event, usecases.tell_of_outstanding)

    @on(NominationDecided)
    def on_nomination_decided(self, event: NominationDecided) -> None:
        self._hear(event, usecases.tell_of_nomination)

    @on(NoticesSent)
    def on_notices_sent(self, event: NoticesSent) -> None:
        self._hear(event, usecases.tell_of_notices)

    @on(NoticeObjected)
    def on_notice_objected(self, event: NoticeObjected) -> None:
        self._hear(event, usecases.tell_of_objection)

    @on(NoticeDecided)
    def on_notice_decided(self, event: NoticeDecided) -> None:
        self._hear(event, usecases.tell_of_decided_notice)

    @on(FeedbackUnanswered)
    def on_feedback_unanswered(self, event: FeedbackUnanswered) -> None:
        self._hear(event, usecases.tell_of_unanswered_feedback)

    @on(FiguresAwaited)
    def on_figures_awaited(self, event: FiguresAwaited) -> None:
        self._hear(event, usecases.tell_of_figures_awaited)

    @on(ComplaintReceived)
    def on_complaint_received(self, event: ComplaintReceived) -> None:
        self._hear(event, usecases.tell_of_complaint)

    @on(ComplaintsEscalated)
    def on_complaints_escalated(self, event: ComplaintsEscalated) -> None:
        self._hear(event, usecases.tell_of_escalated_complaints)

    @on(ComplaintAnswered)
    def on_complaint_answered(self, event: ComplaintAnswered) -> None:
        self._hear(event, usecases.tell_of_answered_complaint)

    @on(WishReferred)
    def on_wish_referred(self, event: WishReferred) -> None:
        self._hear(event, usecases.tell_of_referral)

    @on(ReferralAnswered)
    def on_referral_answered(self, event: ReferralAnswered) -> None:
        self._hear(event, usecases.tell_of_referral_answered)

    @on(CampaignStageBegan)
    def on_campaign_stage_began(self, event: CampaignStageBegan) -> None:
        self._hear(event, usecases.tell_of_campaign_stage)

    @on(RosterChecksDue)
    def on_roster_checks_due(self, event: RosterChecksDue) -> None:
        self._hear(event, usecases.tell_of_roster)

    @on(FestivalNear)
    def on_festival_near(self, event: FestivalNear) -> None:
        self._hear(event, usecases.tell_of_festival)

    @on(WaitingMoved)
    def on_waiting_moved(self, event: WaitingMoved) -> None:
        self._hear(event, usecases.tell_of_waiting)

    @on(PoolMoved)
    def on_pool_moved(self, event: PoolMoved) -> None:
        self._hear(event, usecases.tell_of_pool)

    @on(DispatchesMoved)
    def on_dispatches_moved(self, event: DispatchesMoved) -> None:
        self._hear_urgently(event, usecases.tell_of_dispatches)

    @on(RectificationsMoved)
    def on_rectifications_moved(self, event: RectificationsMoved) -> None:
        self._hear(event, usecases.tell_of_rectifications)

    @on(EscalationsRaised)
    def on_escalations_raised(self, event: EscalationsRaised) -> None:
        self._hear(event, usecases.tell_of_escalations)

    @on(VisitsMoved)
    def on_visits_moved(self, event: VisitsMoved) -> None:
        self._hear(event, usecases.tell_of_visits)

    @on(ProjectMoved)
    def on_project_moved(self, event: ProjectMoved) -> None:
        self._hear(event, usecases.tell_of_project)

    # -- commands and queries

    @answers(MarkRead)
    def mark_read(self, command: MarkRead) -> Done:
        return self.work.run(command, usecases.mark_read)

    @answers(RetryDelivery)
    def retry_delivery(self, command: RetryDelivery) -> Done:
        return self._do(command, usecases.retry_delivery)

    @answers(MyInbox)
    def my_inbox(self, query: MyInbox) -> Inbox:
        return self.work.read(query, partial(queries.my_inbox, self.sender.words))

    @answers(MyChannels)
    def my_channels(self, query: MyChannels) -> OwnChannels:
        return self.work.read(query, partial(queries.my_channels, self.sender.ways.addresses))

    @answers(NoteHandle)
    def note_handle(self, command: NoteHandle) -> Done:
        return self.work.run(command, partial(usecases.note_handle, self.sender.ways))

    @answers_in_batches(TakeReceipts)
    def take_receipts(self, commands: list[TakeReceipts]) -> list[ReceiptsTaken | Refusal]:
        sender = self.sender
        take = partial(usecases.take_receipts, sender.ways, sender.receivers)
        answered: list[ReceiptsTaken | Refusal] = self.work.run_batch(commands, take)
        measure_pushes(sender.receivers, commands, answered)
        return answered

    @answers(ListDeliveries)
    def list_deliveries(self, query: ListDeliveries) -> DeliveryList:
        return self.work.read(query, queries.list_deliveries)

    @answers(ListUnended)
    def list_unended(self, query: ListUnended) -> UnendedList:
        return self.work.read(query, partial(queries.list_unended, self.sender.awaited))

    @answers(CountDeliveries)
    def count_deliveries(self, query: CountDeliveries) -> DeliveryCounts:
        return self.work.read(query, queries.count_deliveries)

    # -- bursts

    @answers(PlanBurst)
    def plan_burst(self, query: PlanBurst) -> BurstSchedule:
        sender = self.sender
        return self.work.read(query, partial(burst_queries.plan_burst, sender.ways, sender.speeds))

    @answers(GetBurst)
    def get_burst(self, query: GetBurst) -> BurstView:
        sender = self.sender
        return self.work.read(query, partial(burst_queries.get_burst, sender.ways, sender.speeds))

    @answers(ListBursts)
    def list_bursts(self, query: ListBursts) -> BurstList:
        return self.work.read(query, burst_queries.list_bursts)

    @answers(StartBurst)
    def start_burst(self, command: StartBurst) -> Done:
        return self._do(command, usecases.start_burst)

    @answers(PauseBurst)
    def pause_burst(self, command: PauseBurst) -> Done:
        return self._do(command, usecases.pause_burst)

    @answers(ResumeBurst)
    def resume_burst(self, command: ResumeBurst) -> Done:
        return self._do(command, usecases.resume_burst)

    def _do(self, command: Command, usecase: Callable[..., Done]) -> Done:
        """Do what may make something due, and let the sender look."""
        answer: Done = self.work.run(command, usecase)
        self.sender.nudge()
        return answer

    def _hear(self, event: Event, usecase: Callable[..., Any]) -> None:
        """Let an event take effect once, and the sender look at what came of it; nothing of it is urgent."""
        self.work.once(event, partial(usecase, self.sender.ways), afterwards=self.sender.nudge_others)

    def _hear_urgently(self, event: Event, usecase: Callable[..., Any]) -> None:
        """Let an event take effect once, and the sender look at once at what is urgent, too."""
        self.work.once(event, partial(usecase, self.sender.ways), afterwards=self.sender.nudge)
