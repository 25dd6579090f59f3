"""The doors of notify: what it hears of the others, what it answers, and the sender that runs beside."""

from collections.abc import Callable
from functools import partial
from typing import Any

from services.chassis.contracts import Done, Event
from services.chassis.messaging.entrypoints import answers, on
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
    CountDeliveries,
    DeliveryCounts,
    DeliveryList,
    Inbox,
    ListDeliveries,
    MarkRead,
    MyInbox,
    RetryDelivery,
)
from services.notify.models import Base
from services.notify.sender import SenderProvider
from services.points.contracts import FeedbackAnswered, FeedbackIssued, ThresholdReached
from services.wishes.contracts import ReleaseCompleted, ResidentsChanged, WishesSubmitted, WishScreened


class NotifyService:
    """Tells people, once."""

    name = "notify"
    tables = Base.metadata
    work = WorkProvider()
    sender = SenderProvider()

    # -- copies

    @on(AreasChanged)
    def on_areas_changed(self, event: AreasChanged) -> None:
        self._hear(event, usecases.note_areas)

    @on(UnitsChanged)
    def on_units_changed(self, event: UnitsChanged) -> None:
        self._hear(event, usecases.note_units)

    @on(MembersChanged)
    def on_members_changed(self, event: MembersChanged) -> None:
        self._hear(event, usecases.note_members)

    @on(AccountsChanged)
    def on_accounts_changed(self, event: AccountsChanged) -> None:
        self._hear(event, usecases.note_accounts)

    @on(ResidentsChanged)
    def on_residents_changed(self, event: ResidentsChanged) -> None:
        self._hear(event, usecases.note_residents)

    # -- what people are told

    @on(SignInCodeIssued)
    def on_sign_in_code_issued(self, event: SignInCodeIssued) -> None:
        self._hear(event, usecases.tell_of_sign_in_code)

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

    @on(WaitingMoved)
    def on_waiting_moved(self, event: WaitingMoved) -> None:
        self._hear(event, usecases.tell_of_waiting)

    @on(PoolMoved)
    def on_pool_moved(self, event: PoolMoved) -> None:
        self._hear(event, usecases.tell_of_pool)

    @on(DispatchesMoved)
    def on_dispatches_moved(self, event: DispatchesMoved) -> None:
        self._hear(event, usecases.tell_of_dispatches)

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
        answer: Done = self.work.run(command, usecases.retry_delivery)
        self.sender.nudge()
        return answer

    @answers(MyInbox)
    def my_inbox(self, query: MyInbox) -> Inbox:
        return self.work.read(query, partial(queries.my_inbox, self.sender.words))

    @answers(ListDeliveries)
    def list_deliveries(self, query: ListDeliveries) -> DeliveryList:
        return self.work.read(query, queries.list_deliveries)

    @answers(CountDeliveries)
    def count_deliveries(self, query: CountDeliveries) -> DeliveryCounts:
        return self.work.read(query, queries.count_deliveries)

    def _hear(self, event: Event, usecase: Callable[..., Any]) -> None:
        """Let an event take effect once, and the sender look at what came of it."""
        self.work.once(event, partial(usecase, self.sender.ways), afterwards=self.sender.nudge)
