"""The doors of wishes: each decodes, makes one call, and answers."""

from functools import partial
from typing import Any

import eventlet.tpool

from services.chassis import clock
from services.chassis.messaging.entrypoints import answers, on
from services.chassis.work_provider import SettingsProvider, WorkProvider
from services.claims.contracts import (
    ClaimsEnded,
    FulfilmentConfirmed,
    PoolMoved,
    WaitingMoved,
    WishesClaimed,
)
from services.directory.contracts import AreasChanged
from services.scheduler.contracts import ReleaseDue
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

    @on(WaitingMoved)
    def on_waiting_moved(self, event: WaitingMoved) -> None:
        """Note places that are kept for those in line."""
        self.work.once(event, usecases.note_waiting)

    @on(PoolMoved)
    def on_pool_moved(self, event: PoolMoved) -> None:
        """Note a place that is kept for pledges."""
        self.work.once(event, usecases.note_pool)
