"""The doors to what people do together: claims of teams and units, waiting lists, pledges, suggestions."""

from functools import partial

from services.chassis import clock
from services.chassis.contracts import Done
from services.chassis.messaging.entrypoints import answers
from services.chassis.work_provider import WorkProvider
from services.claims import queries, usecases
from services.claims.contracts import (
    AcceptPlace,
    ClaimBatch,
    Claimed,
    ClaimedBatch,
    ClaimForTeam,
    ClaimForUnit,
    ClaimJointly,
    DeclinePlace,
    FinishJointPart,
    GetPool,
    GiveBackPledge,
    JointParts,
    LeaveLine,
    ListJointParts,
    ListPledges,
    LookUpNamedPerson,
    MemberSuggestions,
    MyPledges,
    MyWaiting,
    NamedPersonView,
    PledgeList,
    PledgeTowardsWish,
    PoolView,
    ReceivePledge,
    SuggestMembers,
    SuggestWishes,
    WaitForPlace,
    WaitingList,
    WishSuggestions,
    WithdrawPledge,
)
from services.claims.service.saying import said


class TogetherDoors:
    """Claims with and for others, waiting lists, pledges, suggestions."""

    work: WorkProvider

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

    @answers(LookUpNamedPerson)
    def look_up_named_person(self, command: LookUpNamedPerson) -> NamedPersonView:
        """Show who answers for a claim; no receipt is kept, so that every look is recorded anew."""
        return self.work.read(command, partial(usecases.look_up_named_person, now=clock.now()))

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
        return said(self.work.run(command, usecases.accept_place))

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
