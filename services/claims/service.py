"""The doors of claims."""

from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from services.chassis import clock
from services.chassis.contracts import Done, View
from services.chassis.messaging.entrypoints import answers, answers_in_batches, on
from services.chassis.refusals import Refusal
from services.chassis.work_provider import WorkProvider
from services.claims import queries, usecases
from services.claims.contracts import (
    AcceptDispatch,
    AcceptPlace,
    ApproveProject,
    ArrangementList,
    ArrangeVisits,
    Board,
    CallBackList,
    ClaimBatch,
    Claimed,
    ClaimedBatch,
    ClaimForTeam,
    ClaimForUnit,
    ClaimJointly,
    ClaimList,
    ClaimProject,
    ClaimWish,
    CompleteProject,
    ConfirmByResident,
    ConfirmFulfilment,
    ContactView,
    DeclineDispatch,
    DeclinePlace,
    DeliverClaim,
    Dispatched,
    DispatchList,
    DispatchWish,
    EndVisits,
    EscalationList,
    FinishJointPart,
    GetLetterOfIntent,
    GetOffer,
    GetPool,
    GiveBackPledge,
    JointParts,
    LeaveLine,
    LeaveVisits,
    LetterOfIntent,
    ListArrangements,
    ListCallBacks,
    ListClaims,
    ListDispatches,
    ListEscalations,
    ListJointParts,
    ListOffers,
    ListOpenProjects,
    ListPledges,
    ListProjects,
    ListRectifications,
    ListSatisfactionLevels,
    ListVisits,
    LookUpContact,
    MemberSuggestions,
    MyClaims,
    MyDispatches,
    MyPledges,
    MyProjects,
    MyRectifications,
    MyVisits,
    MyWaiting,
    OfferView,
    OpenProjects,
    PledgeList,
    PledgeTowardsWish,
    PoolView,
    ProjectList,
    ProposeProject,
    ProposeUnitProject,
    ReachMilestone,
    ReceivePledge,
    RecordCallBack,
    RecordVisit,
    RectificationList,
    ReportNotDone,
    ReportNotDoneByResident,
    ReportRectified,
    ReturnClaim,
    ReviseProject,
    SatisfactionScale,
    SendBackProject,
    SettleRectification,
    SignOffProject,
    SimilarOffers,
    SuggestMembers,
    SuggestWishes,
    UndoClaim,
    VisitList,
    WaitForPlace,
    WaitingList,
    WishSuggestions,
    WithdrawDispatch,
    WithdrawPledge,
)
from services.claims.models import Base
from services.directory.contracts import AreasChanged, MembersChanged, TeamsChanged, UnitsChanged
from services.scheduler.contracts import (
    HourStruck,
    LapsesDue,
    RemindersDue,
)
from services.wishes.contracts import WishesReleased, WishWithdrawn

Answer = TypeVar("Answer", bound=View)


class ClaimsService:
    """Offers on the board, and who takes them and sees them through."""

    name = "claims"
    tables = Base.metadata
    work = WorkProvider()

    # -- claiming

    @answers_in_batches(ClaimWish)
    def claim_wish(self, commands: Sequence[ClaimWish]) -> list[Claimed | Refusal]:
        """Serve the members who are waiting, in the order in which they came."""
        return self.work.run_batch(commands, usecases.claim_wishes)

    @answers(UndoClaim)
    def undo_claim(self, command: UndoClaim) -> Done:
        """Take one's own claim back within minutes."""
        return self.work.run(command, usecases.undo_claim)

    @answers(ReturnClaim)
    def return_claim(self, command: ReturnClaim) -> Done:
        """Give one's place back."""
        return self.work.run(command, usecases.return_claim)

    @answers(LookUpContact)
    def look_up_contact(self, command: LookUpContact) -> ContactView:
        """Show whom to call; no receipt is kept, so that every look is looked up and recorded anew."""
        return self.work.read(command, partial(usecases.look_up_contact, now=clock.now()))

    # -- fulfilment

    @answers(DeliverClaim)
    def deliver_claim(self, command: DeliverClaim) -> Done:
        """Note that the doer says it is done."""
        return self.work.run(command, usecases.deliver_claim)

    @answers(ConfirmFulfilment)
    def confirm_fulfilment(self, command: ConfirmFulfilment) -> Done:
        """Confirm for a worker who asked the resident."""
        return self.work.run(command, usecases.confirm_fulfilment)

    @answers(ConfirmByResident)
    def confirm_by_resident(self, command: ConfirmByResident) -> Done:
        """Confirm for the resident."""
        return _said(self.work.run(command, usecases.confirm_by_resident))

    @answers(ReportNotDone)
    def report_not_done(self, command: ReportNotDone) -> Done:
        """Note for a worker that it was not done."""
        return self.work.run(command, usecases.report_not_done)

    @answers(ReportNotDoneByResident)
    def report_not_done_by_resident(self, command: ReportNotDoneByResident) -> Done:
        """Note for the resident that it was not done."""
        return _said(self.work.run(command, usecases.report_not_done_by_resident))

    # -- dispatch

    @answers(DispatchWish)
    def dispatch_wish(self, command: DispatchWish) -> Dispatched:
        """Propose a wish to members in turn."""
        return self.work.run(command, usecases.dispatch_wish)

    @answers(WithdrawDispatch)
    def withdraw_dispatch(self, command: WithdrawDispatch) -> Done:
        """Take a dispatch back."""
        return self.work.run(command, usecases.withdraw_dispatch)

    @answers(AcceptDispatch)
    def accept_dispatch(self, command: AcceptDispatch) -> Claimed:
        """Claim what was proposed."""
        return self.work.run(command, usecases.accept_dispatch)

    @answers(DeclineDispatch)
    def decline_dispatch(self, command: DeclineDispatch) -> Done:
        """Say no to what was proposed."""
        return self.work.run(command, usecases.decline_dispatch)

    @answers(MyDispatches)
    def my_dispatches(self, query: MyDispatches) -> DispatchList:
        """Show what is proposed to the caller."""
        return self.work.read(query, queries.my_dispatches)

    @answers(ListDispatches)
    def list_dispatches(self, query: ListDispatches) -> DispatchList:
        """Show the dispatches of an area."""
        return self.work.read(query, queries.list_dispatches)

    # -- after a confirmation

    @answers(RecordCallBack)
    def record_call_back(self, command: RecordCallBack) -> Done:
        """Keep what a resident said when called back."""
        return self.work.run(command, usecases.record_call_back)

    @answers(ReportRectified)
    def report_rectified(self, command: ReportRectified) -> Done:
        """Note that the doer says it is put right."""
        return self.work.run(command, usecases.report_rectified)

    @answers(SettleRectification)
    def settle_rectification(self, command: SettleRectification) -> Done:
        """Close what was put right, or open it anew."""
        return self.work.run(command, usecases.settle_rectification)

    @answers(ListSatisfactionLevels)
    def list_satisfaction_levels(self, query: ListSatisfactionLevels) -> SatisfactionScale:
        """Show the five levels."""
        return self.work.read(query, queries.list_satisfaction_levels)

    @answers(ListCallBacks)
    def list_call_backs(self, query: ListCallBacks) -> CallBackList:
        """Show whom to call back."""
        return self.work.read(query, queries.list_call_backs)

    @answers(ListRectifications)
    def list_rectifications(self, query: ListRectifications) -> RectificationList:
        """Show what is to be put right in an area."""
        return self.work.read(query, queries.list_rectifications)

    @answers(MyRectifications)
    def my_rectifications(self, query: MyRectifications) -> RectificationList:
        """Show what the caller is to put right."""
        return self.work.read(query, queries.my_rectifications)

    @answers(ListEscalations)
    def list_escalations(self, query: ListEscalations) -> EscalationList:
        """Show what is stuck."""
        return self.work.read(query, queries.list_escalations)

    # -- with and for others

    @answers(ClaimForUnit)
    def claim_for_unit(self, command: ClaimForUnit) -> Claimed:
        """Take a place for a unit."""
        return self.work.run(command, usecases.claim_for_unit)

    @answers(ClaimForTeam)
    def claim_for_team(self, command: ClaimForTeam) -> Claimed:
        """Take a place for a team."""
        return self.work.run(command, usecases.claim_for_team)

    @answers(ClaimJointly)
    def claim_jointly(self, command: ClaimJointly) -> Claimed:
        """Take a place for several."""
        return self.work.run(command, usecases.claim_jointly)

    @answers(FinishJointPart)
    def finish_joint_part(self, command: FinishJointPart) -> Done:
        """Note that a part is done."""
        return self.work.run(command, usecases.finish_joint_part)

    @answers(ClaimBatch)
    def claim_batch(self, command: ClaimBatch) -> ClaimedBatch:
        """Take many places in one go."""
        return self.work.run(command, usecases.claim_batch)

    @answers(ListJointParts)
    def list_joint_parts(self, query: ListJointParts) -> JointParts:
        """Show the parts of a joint claim."""
        return self.work.read(query, queries.list_joint_parts)

    # -- waiting list

    @answers(WaitForPlace)
    def wait_for_place(self, command: WaitForPlace) -> Done:
        """Get in line."""
        return self.work.run(command, usecases.wait_for_place)

    @answers(LeaveLine)
    def leave_line(self, command: LeaveLine) -> Done:
        """Wait no longer."""
        return self.work.run(command, usecases.leave_line)

    @answers(AcceptPlace)
    def accept_place(self, command: AcceptPlace) -> Claimed:
        """Take the place that is kept."""
        return self.work.run(command, usecases.accept_place)

    @answers(DeclinePlace)
    def decline_place(self, command: DeclinePlace) -> Done:
        """Let the place go to the next."""
        return self.work.run(command, usecases.decline_place)

    @answers(MyWaiting)
    def my_waiting(self, query: MyWaiting) -> WaitingList:
        """Show where the caller waits."""
        return self.work.read(query, queries.my_waiting)

    # -- pledges

    @answers(PledgeTowardsWish)
    def pledge_towards_wish(self, command: PledgeTowardsWish) -> Done:
        """Promise a part."""
        return self.work.run(command, usecases.pledge_towards_wish)

    @answers(WithdrawPledge)
    def withdraw_pledge(self, command: WithdrawPledge) -> Done:
        """Take a promise back."""
        return self.work.run(command, usecases.withdraw_pledge)

    @answers(ReceivePledge)
    def receive_pledge(self, command: ReceivePledge) -> Done:
        """Note what was handed over."""
        return self.work.run(command, usecases.receive_pledge)

    @answers(GiveBackPledge)
    def give_back_pledge(self, command: GiveBackPledge) -> Done:
        """Note what was handed back."""
        return self.work.run(command, usecases.give_back_pledge)

    @answers(GetPool)
    def get_pool(self, query: GetPool) -> PoolView:
        """Show how far the pledges have come."""
        return self.work.read(query, queries.get_pool)

    @answers(MyPledges)
    def my_pledges(self, query: MyPledges) -> PledgeList:
        """Show the caller's pledges."""
        return self.work.read(query, queries.my_pledges)

    @answers(ListPledges)
    def list_pledges(self, query: ListPledges) -> PledgeList:
        """Show the ledger of an area."""
        return self.work.read(query, queries.list_pledges)

    # -- suggestions

    @answers(SuggestWishes)
    def suggest_wishes(self, query: SuggestWishes) -> WishSuggestions:
        """Show wishes that fit the caller."""
        return self.work.read(query, partial(queries.suggest_wishes, now=clock.now()))

    @answers(SuggestMembers)
    def suggest_members(self, query: SuggestMembers) -> MemberSuggestions:
        """Show members who fit a wish."""
        return self.work.read(query, queries.suggest_members)

    # -- recurring visits

    @answers(ArrangeVisits)
    def arrange_visits(self, command: ArrangeVisits) -> Done:
        """Pair a visitor with a resident."""
        return self.work.run(command, usecases.arrange_visits)

    @answers(RecordVisit)
    def record_visit(self, command: RecordVisit) -> Done:
        """Note that the visitor came."""
        return self.work.run(command, usecases.record_visit)

    @answers(EndVisits)
    def end_visits(self, command: EndVisits) -> Done:
        """End an arrangement for a worker."""
        return self.work.run(command, usecases.end_visits)

    @answers(LeaveVisits)
    def leave_visits(self, command: LeaveVisits) -> Done:
        """End one's own arrangement."""
        return self.work.run(command, usecases.leave_visits)

    @answers(MyVisits)
    def my_visits(self, query: MyVisits) -> VisitList:
        """Show the caller's visits."""
        return self.work.read(query, queries.my_visits)

    @answers(ListVisits)
    def list_visits(self, query: ListVisits) -> VisitList:
        """Show the visits in an area."""
        return self.work.read(query, queries.list_visits)

    @answers(ListArrangements)
    def list_arrangements(self, query: ListArrangements) -> ArrangementList:
        """Show who keeps coming to whom."""
        return self.work.read(query, queries.list_arrangements)

    # -- projects

    @answers(ProposeProject)
    def propose_project(self, command: ProposeProject) -> Done:
        """Propose a project for a community."""
        return self.work.run(command, usecases.propose_project)

    @answers(ProposeUnitProject)
    def propose_unit_project(self, command: ProposeUnitProject) -> Done:
        """Propose a project for a unit."""
        return self.work.run(command, usecases.propose_unit_project)

    @answers(ReviseProject)
    def revise_project(self, command: ReviseProject) -> Done:
        """Propose anew what was sent back."""
        return self.work.run(command, usecases.revise_project)

    @answers(ApproveProject)
    def approve_project(self, command: ApproveProject) -> Done:
        """Approve a plan."""
        return self.work.run(command, usecases.approve_project)

    @answers(SendBackProject)
    def send_back_project(self, command: SendBackProject) -> Done:
        """Send a plan back."""
        return self.work.run(command, usecases.send_back_project)

    @answers(ClaimProject)
    def claim_project(self, command: ClaimProject) -> Done:
        """Claim a project for a unit."""
        return self.work.run(command, usecases.claim_project)

    @answers(ReachMilestone)
    def reach_milestone(self, command: ReachMilestone) -> Done:
        """Note that a milestone is reached."""
        return self.work.run(command, usecases.reach_milestone)

    @answers(CompleteProject)
    def complete_project(self, command: CompleteProject) -> Done:
        """Note that all is done."""
        return self.work.run(command, usecases.complete_project)

    @answers(SignOffProject)
    def sign_off_project(self, command: SignOffProject) -> Done:
        """Accept what was done, or not."""
        return self.work.run(command, usecases.sign_off_project)

    @answers(ListOpenProjects)
    def list_open_projects(self, query: ListOpenProjects) -> OpenProjects:
        """Show the projects for all to see."""
        return self.work.read(query, queries.list_open_projects)

    @answers(ListProjects)
    def list_projects(self, query: ListProjects) -> ProjectList:
        """Show the projects of an area."""
        return self.work.read(query, partial(queries.list_projects, now=clock.now()))

    @answers(MyProjects)
    def my_projects(self, query: MyProjects) -> ProjectList:
        """Show the projects of the caller's unit."""
        return self.work.read(query, partial(queries.my_projects, now=clock.now()))

    @answers(GetLetterOfIntent)
    def get_letter_of_intent(self, query: GetLetterOfIntent) -> LetterOfIntent:
        """Show what a letter of intent is printed from."""
        return self.work.read(query, partial(queries.get_letter_of_intent, now=clock.now()))

    # -- reading

    @answers(ListOffers)
    def list_offers(self, query: ListOffers) -> Board:
        """Show a page of the board."""
        return self.work.read(query, partial(queries.list_offers, now=clock.now()))

    @answers(GetOffer)
    def get_offer(self, query: GetOffer) -> OfferView:
        """Show one offer."""
        return self.work.read(query, partial(queries.get_offer, now=clock.now()))

    @answers(SimilarOffers)
    def similar_offers(self, query: SimilarOffers) -> Board:
        """Show open offers like one."""
        return self.work.read(query, partial(queries.similar_offers, now=clock.now()))

    @answers(MyClaims)
    def my_claims(self, query: MyClaims) -> ClaimList:
        """Show the caller's claims."""
        return self.work.read(query, queries.my_claims)

    @answers(ListClaims)
    def list_claims(self, query: ListClaims) -> ClaimList:
        """Show the claims of an area."""
        return self.work.read(query, queries.list_claims)

    # -- what others tell

    @on(WishesReleased)
    def on_wishes_released(self, event: WishesReleased) -> None:
        """Put them on the board."""
        self.work.once(event, usecases.offer_wishes)

    @on(WishWithdrawn)
    def on_wish_withdrawn(self, event: WishWithdrawn) -> None:
        """Take it off the board."""
        self.work.once(event, usecases.withdraw_offer)

    @on(MembersChanged)
    def on_members_changed(self, event: MembersChanged) -> None:
        """Keep members as they are now."""
        self.work.once(event, usecases.note_members)

    @on(UnitsChanged)
    def on_units_changed(self, event: UnitsChanged) -> None:
        """Keep units as they are now."""
        self.work.once(event, usecases.note_units)

    @on(TeamsChanged)
    def on_teams_changed(self, event: TeamsChanged) -> None:
        """Keep teams as they are now."""
        self.work.once(event, usecases.note_teams)

    @on(AreasChanged)
    def on_areas_changed(self, event: AreasChanged) -> None:
        """Keep the settings of areas as they are now."""
        self.work.once(event, usecases.note_areas)

    @on(RemindersDue)
    def on_reminders_due(self, event: RemindersDue) -> None:
        """Announce who is to be reminded."""
        self.work.once(event, usecases.remind_of_claims)
        self.work.once(event, usecases.note_overdue_rectifications)
        self.work.once(event, usecases.look_after_visits)
        self.work.once(event, usecases.escalate)

    @on(LapsesDue)
    def on_lapses_due(self, event: LapsesDue) -> None:
        """Let lapse what is long overdue."""
        self.work.once(event, usecases.lapse_claims)
        self.work.once(event, usecases.lapse_pools)

    @on(HourStruck)
    def on_hour_struck(self, event: HourStruck) -> None:
        """Ask the next where an answer is overdue."""
        self.work.once(event, usecases.pass_on_unanswered)
        self.work.once(event, usecases.move_dispatches)


def _said(answer: Answer | Refusal) -> Answer:
    """Return an answer, or say a refusal that is worth keeping: the transaction is committed by now."""
    if isinstance(answer, Refusal):
        raise answer
    return answer
