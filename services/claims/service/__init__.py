"""The doors of claims."""

from collections.abc import Sequence
from functools import partial

from services.chassis import clock
from services.chassis.contracts import Done
from services.chassis.messaging.entrypoints import answers, answers_in_batches, on
from services.chassis.refusals import Refusal
from services.chassis.work_provider import WorkProvider
from services.claims import queries, usecases
from services.claims.contracts import (
    Board,
    Claimed,
    ClaimList,
    ClaimWish,
    ConfirmByResident,
    ConfirmFulfilment,
    ContactView,
    DeliverClaim,
    GetOffer,
    GiveUpFreePlaces,
    ListClaims,
    ListOffers,
    LookUpContact,
    MyClaims,
    OfferView,
    ReportNotDone,
    ReportNotDoneByResident,
    ReturnClaim,
    SimilarOffers,
    UndoClaim,
)
from services.claims.models import Base
from services.claims.service.programmes import ProgrammeDoors
from services.claims.service.saying import said
from services.claims.service.together import TogetherDoors
from services.directory.contracts import AreasChanged, MembersChanged, TeamsChanged, UnitsChanged
from services.scheduler.contracts import (
    HourStruck,
    LapsesDue,
    RemindersDue,
)
from services.wishes.contracts import WishesReleased, WishWithdrawn


class ClaimsService(TogetherDoors, ProgrammeDoors):
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
        return said(self.work.run(command, usecases.confirm_by_resident))

    @answers(ReportNotDone)
    def report_not_done(self, command: ReportNotDone) -> Done:
        """Note for a worker that it was not done."""
        return self.work.run(command, usecases.report_not_done)

    @answers(ReportNotDoneByResident)
    def report_not_done_by_resident(self, command: ReportNotDoneByResident) -> Done:
        """Note for the resident that it was not done."""
        return said(self.work.run(command, usecases.report_not_done_by_resident))

    @answers(GiveUpFreePlaces)
    def give_up_free_places(self, command: GiveUpFreePlaces) -> Done:
        """Note for a worker that what was taken is enough."""
        return self.work.run(command, usecases.give_up_free_places)

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
