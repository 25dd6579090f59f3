"""The doors to what follows from claims: dispatch, call-backs, rectification, visits, projects."""

from functools import partial

from services.chassis import clock
from services.chassis.contracts import Done
from services.chassis.messaging.entrypoints import answers
from services.chassis.work_provider import WorkProvider
from services.claims import queries, usecases
from services.claims.contracts import (
    AcceptDispatch,
    ApproveProject,
    ArrangementList,
    ArrangeVisits,
    CallBackList,
    Claimed,
    ClaimProject,
    CompleteProject,
    DeclineDispatch,
    Dispatched,
    DispatchList,
    DispatchWish,
    EndVisits,
    EscalationList,
    GetLetterOfIntent,
    LeaveProject,
    LeaveVisits,
    LetterOfIntent,
    ListArrangements,
    ListCallBacks,
    ListDispatches,
    ListEscalations,
    ListOpenProjects,
    ListProjects,
    ListRectifications,
    ListSatisfactionLevels,
    ListVisits,
    MyDispatches,
    MyProjects,
    MyRectifications,
    MyVisits,
    OpenProjects,
    ProjectList,
    ProposeProject,
    ProposeUnitProject,
    ReachMilestone,
    RecordCallBack,
    RecordVisit,
    RectificationList,
    ReportRectified,
    ReviseProject,
    SatisfactionScale,
    SendBackProject,
    SettleRectification,
    SignOffProject,
    VisitList,
    WithdrawDispatch,
    WithdrawProject,
)


class ProgrammeDoors:
    """Dispatches, what follows a confirmation, recurring visits, projects."""

    work: WorkProvider

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

    @answers(LeaveProject)
    def leave_project(self, command: LeaveProject) -> Done:
        """Let a unit go that cannot go on."""
        return self.work.run(command, usecases.leave_project)

    @answers(WithdrawProject)
    def withdraw_project(self, command: WithdrawProject) -> Done:
        """Take a project back."""
        return self.work.run(command, usecases.withdraw_project)

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
