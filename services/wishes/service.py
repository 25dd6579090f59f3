"""The doors of wishes: each decodes, makes one call, and answers."""

from functools import partial
from typing import Any

import eventlet.tpool

from services.chassis import clock
from services.chassis.messaging.entrypoints import answers, on
from services.chassis.work_provider import SettingsProvider, WorkProvider
from services.claims.contracts import (
    ClaimsEnded,
    FreePlacesGivenUp,
    FulfilmentConfirmed,
    PoolMoved,
    WaitingMoved,
    WishesClaimed,
)
from services.directory.contracts import AreasChanged
from services.scheduler.contracts import ReleaseDue, RemindersDue
from services.wishes import contracts, forms, queries, usecases
from services.wishes.models import Base
from services.wishes.settings import WishesSettings


class WishesService:
    """Takes in what residents want, has it screened, puts it up, and notes how it stands."""

    name = "wishes"
    tables = Base.metadata
    work = WorkProvider()
    settings = SettingsProvider(WishesSettings)

    # -- intake

    @answers(contracts.SubmitWish)
    def submit_wish(self, command: contracts.SubmitWish) -> Any:
        """Take a wish from a resident."""
        return self.work.run(command, partial(usecases.submit_wish, settings=self.settings))

    @answers(contracts.EnterWish)
    def enter_wish(self, command: contracts.EnterWish) -> Any:
        """Take a wish from a worker."""
        return self.work.run(command, partial(usecases.enter_wish, settings=self.settings))

    @answers(contracts.AmendWish)
    def amend_wish(self, command: contracts.AmendWish) -> Any:
        """Put a returned wish right."""
        return self.work.run(command, partial(usecases.amend_wish, settings=self.settings))

    @answers(contracts.ImportWishes)
    def import_wishes(self, command: contracts.ImportWishes) -> Any:
        """Read a sheet in a thread, between two transactions, and import or preview what it says."""
        area_code = self.work.read(command, usecases.area_code_for)
        sheet = (command.file_name, command.content, area_code, command.form)
        reading = eventlet.tpool.execute(forms.read, *sheet)
        return self.work.run(
            command, partial(usecases.import_wishes, reading=reading, settings=self.settings)
        )

    @answers(contracts.UndoWishImport)
    def undo_wish_import(self, command: contracts.UndoWishImport) -> Any:
        """Take an import back."""
        return self.work.run(command, usecases.undo_wish_import)

    # -- screening and withdrawal

    @answers(contracts.AcceptWish)
    def accept_wish(self, command: contracts.AcceptWish) -> Any:
        """Accept a wish."""
        return self.work.run(command, usecases.accept_wish)

    @answers(contracts.ReturnWish)
    def return_wish(self, command: contracts.ReturnWish) -> Any:
        """Give a wish back."""
        return self.work.run(command, usecases.return_wish)

    @answers(contracts.DeclineWish)
    def decline_wish(self, command: contracts.DeclineWish) -> Any:
        """Say no to a wish."""
        return self.work.run(command, usecases.decline_wish)

    @answers(contracts.WithdrawWish)
    def withdraw_wish(self, command: contracts.WithdrawWish) -> Any:
        """Take a wish back for its resident."""
        return self.work.run(command, usecases.withdraw_wish)

    @answers(contracts.WithdrawOwnWish)
    def withdraw_own_wish(self, command: contracts.WithdrawOwnWish) -> Any:
        """Take one's own wish back; a wrong try is counted before it is refused."""
        withdraw = partial(usecases.withdraw_own_wish, settings=self.settings)
        return usecases.answered(self.work.run(command, withdraw))

    # -- release

    @answers(contracts.ReleaseWishes)
    def release_wishes(self, command: contracts.ReleaseWishes) -> Any:
        """Release a month by hand."""
        return self.work.run(command, usecases.release_wishes)

    @answers(contracts.PreviewRelease)
    def preview_release(self, query: contracts.PreviewRelease) -> Any:
        """Say what a release would put up."""
        return self.work.read(query, queries.preview_release)

    @on(ReleaseDue)
    def on_release_due(self, event: ReleaseDue) -> None:
        """Release the month that fell due."""
        self.work.once(event, usecases.release_due)

    # -- reading

    @answers(contracts.GetWish)
    def get_wish(self, query: contracts.GetWish) -> Any:
        """Show one wish."""
        return self.work.read(query, queries.get_wish)

    @answers(contracts.ListWishes)
    def list_wishes(self, query: contracts.ListWishes) -> Any:
        """Show a page of wishes."""
        return self.work.read(query, queries.list_wishes)

    @answers(contracts.TrackWish)
    def track_wish(self, query: contracts.TrackWish) -> Any:
        """Show a resident their wish; a wrong try is counted before it is refused."""
        track = partial(usecases.track_wish, now=clock.now(), settings=self.settings)
        return usecases.answered(self.work.read(query, track))

    # -- whom to call; no receipt is kept, so that every look is recorded anew

    @answers(contracts.LookUpResident)
    def look_up_resident(self, command: contracts.LookUpResident) -> Any:
        """Say how to reach a resident, on the record."""
        return self.work.read(command, partial(usecases.look_up_resident, now=clock.now()))

    @answers(contracts.LookUpWisher)
    def look_up_wisher(self, command: contracts.LookUpWisher) -> Any:
        """Say whom to call about a wish, on the record."""
        return self.work.read(command, partial(usecases.look_up_wisher, now=clock.now()))

    # -- roster

    @answers(contracts.PutOnRoster)
    def put_on_roster(self, command: contracts.PutOnRoster) -> Any:
        """Put somebody on the roster."""
        return self.work.run(command, usecases.put_on_roster)

    @answers(contracts.CheckRosterEntry)
    def check_roster_entry(self, command: contracts.CheckRosterEntry) -> Any:
        """Look at an entry again."""
        return self.work.run(command, usecases.check_roster_entry)

    @answers(contracts.ListRoster)
    def list_roster(self, query: contracts.ListRoster) -> Any:
        """Show a page of the roster."""
        return self.work.read(query, partial(queries.list_roster, now=clock.now()))

    # -- campaigns

    @answers(contracts.CreateCampaign)
    def create_campaign(self, command: contracts.CreateCampaign) -> Any:
        """Plan a campaign."""
        return self.work.run(command, usecases.create_campaign)

    @answers(contracts.ChangeCampaign)
    def change_campaign(self, command: contracts.ChangeCampaign) -> Any:
        """Change a campaign."""
        return self.work.run(command, usecases.change_campaign)

    @answers(contracts.CallOffCampaign)
    def call_off_campaign(self, command: contracts.CallOffCampaign) -> Any:
        """Call a campaign off."""
        return self.work.run(command, usecases.call_off_campaign)

    @answers(contracts.SetQuota)
    def set_quota(self, command: contracts.SetQuota) -> Any:
        """Say what a reporting unit hands in."""
        return self.work.run(command, usecases.set_quota)

    @answers(contracts.JoinCampaign)
    def join_campaign(self, command: contracts.JoinCampaign) -> Any:
        """Count a wish to a campaign."""
        return self.work.run(command, usecases.join_campaign)

    @answers(contracts.ListCampaigns)
    def list_campaigns(self, query: contracts.ListCampaigns) -> Any:
        """Show a page of campaigns."""
        return self.work.read(query, partial(queries.list_campaigns, now=clock.now()))

    @answers(contracts.GetCampaign)
    def get_campaign(self, query: contracts.GetCampaign) -> Any:
        """Show one campaign."""
        return self.work.read(query, partial(queries.get_campaign, now=clock.now()))

    # -- referral

    @answers(contracts.ReferWish)
    def refer_wish(self, command: contracts.ReferWish) -> Any:
        """Refer a wish to a department."""
        return self.work.run(command, usecases.refer_wish)

    @answers(contracts.AnswerReferral)
    def answer_referral(self, command: contracts.AnswerReferral) -> Any:
        """Note what a department answered."""
        return self.work.run(command, partial(usecases.answer_referral, settings=self.settings))

    @answers(contracts.ListReferrals)
    def list_referrals(self, query: contracts.ListReferrals) -> Any:
        """Show what lies with departments."""
        return self.work.read(query, partial(queries.list_referrals, now=clock.now()))

    # -- words, evidence, cards

    @answers(contracts.GetTaxonomy)
    def get_taxonomy(self, query: contracts.GetTaxonomy) -> Any:
        """Say in which words an area sorts wishes."""
        return self.work.read(query, partial(queries.get_taxonomy, settings=self.settings))

    @answers(contracts.AddEvidence)
    def add_evidence(self, command: contracts.AddEvidence) -> Any:
        """Keep a paper."""
        return self.work.run(command, partial(usecases.add_evidence, settings=self.settings))

    @answers(contracts.RemoveEvidence)
    def remove_evidence(self, command: contracts.RemoveEvidence) -> Any:
        """Throw a paper away."""
        return self.work.run(command, usecases.remove_evidence)

    @answers(contracts.ListEvidence)
    def list_evidence(self, query: contracts.ListEvidence) -> Any:
        """Say which papers there are."""
        return self.work.read(query, partial(queries.list_evidence, now=clock.now()))

    @answers(contracts.LookAtEvidence)
    def look_at_evidence(self, query: contracts.LookAtEvidence) -> Any:
        """Open a paper, on the record."""
        return self.work.read(query, partial(queries.look_at_evidence, now=clock.now()))

    @answers(contracts.PrintCards)
    def print_cards(self, command: contracts.PrintCards) -> Any:
        """Give codes for blank cards."""
        return self.work.run(command, partial(usecases.print_cards, settings=self.settings))

    @answers(contracts.ListCards)
    def list_cards(self, query: contracts.ListCards) -> Any:
        """Show the cards of a community."""
        return self.work.read(query, queries.list_cards)

    @on(RemindersDue)
    def on_reminders_due(self, event: RemindersDue) -> None:
        """Begin the day."""
        self.work.once(event, usecases.begin_day)

    # -- figures

    @answers(contracts.GetFigures)
    def get_figures(self, query: contracts.GetFigures) -> Any:
        """Show what is counted."""
        self._count(query)
        return self.work.read(query, queries.get_figures)

    @answers(contracts.GetReport)
    def get_report(self, query: contracts.GetReport) -> Any:
        """Show what was signed, and what was corrected since."""
        self._count(query)
        return self.work.read(query, queries.get_report)

    @answers(contracts.SignFigures)
    def sign_figures(self, command: contracts.SignFigures) -> Any:
        """Sign a period."""
        self._count(command)
        return self.work.run(command, usecases.sign_figures)

    @answers(contracts.CorrectFigures)
    def correct_figures(self, command: contracts.CorrectFigures) -> Any:
        """Correct what was signed."""
        return self.work.run(command, usecases.correct_figures)

    @answers(contracts.ListReports)
    def list_reports(self, query: contracts.ListReports) -> Any:
        """Say who has signed and who has not."""
        return self.work.read(query, queries.list_reports)

    @answers(contracts.RemindOfFigures)
    def remind_of_figures(self, command: contracts.RemindOfFigures) -> Any:
        """Remind who has not signed."""
        return self.work.run(command, usecases.remind_of_figures)

    @on(RemindersDue)
    def on_reminders_due_of_figures(self, event: RemindersDue) -> None:
        """Remind who has not signed a period that is over."""
        self.work.once(event, partial(usecases.remind_by_calendar, settings=self.settings))

    @on(RemindersDue)
    def on_reminders_due_to_count(self, event: RemindersDue) -> None:
        """Count what moved since yesterday."""
        self.work.once(event, usecases.count_by_night)

    def _count(self, request: usecases.AboutFigures) -> None:
        """Bring the tally up to date, each step in a transaction of its own."""
        self.work.read(request, partial(usecases.look_for_moves, now=clock.now()))
        while self.work.read(request, partial(usecases.count_moves, now=clock.now())):
            pass

    # -- complaints

    @answers(contracts.SubmitComplaint)
    def submit_complaint(self, command: contracts.SubmitComplaint) -> Any:
        """Take a complaint."""
        return self.work.run(command, partial(usecases.submit_complaint, settings=self.settings))

    @answers(contracts.TrackComplaint)
    def track_complaint(self, query: contracts.TrackComplaint) -> Any:
        """Show a complainant how it stands; a wrong try is counted before it is refused."""
        track = partial(usecases.track_complaint, now=clock.now(), settings=self.settings)
        return usecases.answered(self.work.read(query, track))

    @answers(contracts.ListComplaints)
    def list_complaints(self, query: contracts.ListComplaints) -> Any:
        """Show which complaints there are to answer."""
        return self.work.read(query, partial(queries.list_complaints, now=clock.now()))

    @answers(contracts.GetComplaint)
    def get_complaint(self, query: contracts.GetComplaint) -> Any:
        """Show one complaint, on the record."""
        return self.work.read(query, partial(queries.get_complaint, now=clock.now()))

    @answers(contracts.LookUpComplainant)
    def look_up_complainant(self, command: contracts.LookUpComplainant) -> Any:
        """Say whom to call back, on the record."""
        return self.work.run(command, usecases.look_up_complainant)

    @answers(contracts.AnswerComplaint)
    def answer_complaint(self, command: contracts.AnswerComplaint) -> Any:
        """Answer a complaint."""
        return self.work.run(command, usecases.answer_complaint)

    @answers(contracts.RaiseComplaint)
    def raise_complaint(self, command: contracts.RaiseComplaint) -> Any:
        """Give a complaint to the area above."""
        return self.work.run(command, partial(usecases.raise_complaint, settings=self.settings))

    @on(RemindersDue)
    def on_reminders_due_of_complaints(self, event: RemindersDue) -> None:
        """Give unanswered complaints to the area above."""
        self.work.once(event, partial(usecases.escalate_complaints, settings=self.settings))

    # -- what others tell

    @on(AreasChanged)
    def on_areas_changed(self, event: AreasChanged) -> None:
        """Keep the areas."""
        self.work.once(event, usecases.note_areas)

    @on(WishesClaimed)
    def on_wishes_claimed(self, event: WishesClaimed) -> None:
        """Note places taken."""
        self.work.once(event, usecases.note_claims)

    @on(ClaimsEnded)
    def on_claims_ended(self, event: ClaimsEnded) -> None:
        """Note places free again."""
        self.work.once(event, usecases.note_ended_claims)

    @on(FulfilmentConfirmed)
    def on_fulfilment_confirmed(self, event: FulfilmentConfirmed) -> None:
        """Note wishes that came true."""
        self.work.once(event, usecases.note_fulfilment)

    @on(FreePlacesGivenUp)
    def on_free_places_given_up(self, event: FreePlacesGivenUp) -> None:
        """Note that what was taken is enough."""
        self.work.once(event, usecases.note_free_places_given_up)

    @on(WaitingMoved)
    def on_waiting_moved(self, event: WaitingMoved) -> None:
        """Note places that are kept for those in line."""
        self.work.once(event, usecases.note_waiting)

    @on(PoolMoved)
    def on_pool_moved(self, event: PoolMoved) -> None:
        """Note a place that is kept for pledges."""
        self.work.once(event, usecases.note_pool)
