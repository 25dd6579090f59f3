"""Doors for what people decide: how they are told, and when they are left alone."""

from functools import partial

from services.chassis.contracts import Done
from services.chassis.messaging.entrypoints import answers
from services.chassis.work_provider import WorkProvider
from services.notify import usecases
from services.notify.contracts import (
    CheckSuppression,
    LiftSuppression,
    MyPreferences,
    Preferences,
    ReceiptsTaken,
    SetPreferences,
    SuppressAddress,
    SuppressionList,
    TakeReplies,
    Unsubscribe,
)
from services.notify.sender import SenderProvider


class DecidingDoors:
    """What people decide, and what is decided for an address."""

    work: WorkProvider
    sender: SenderProvider

    @answers(MyPreferences)
    def my_preferences(self, query: MyPreferences) -> Preferences:
        """Show what the caller decided."""
        return self.work.read(query, partial(usecases.my_preferences, self.sender.ways))

    @answers(SetPreferences)
    def set_preferences(self, command: SetPreferences) -> Preferences:
        """Note what the caller decided."""
        return self.work.run(command, partial(usecases.set_preferences, self.sender.ways))

    @answers(CheckSuppression)
    def check_suppression(self, query: CheckSuppression) -> SuppressionList:
        """Say whether an address is left alone."""
        return self.work.read(query, usecases.check_suppression)

    @answers(SuppressAddress)
    def suppress_address(self, command: SuppressAddress) -> Done:
        """Leave an address alone."""
        return self.work.run(command, usecases.suppress_address)

    @answers(LiftSuppression)
    def lift_suppression(self, command: LiftSuppression) -> Done:
        """Tell an address again."""
        return self.work.run(command, usecases.lift_suppression)

    @answers(TakeReplies)
    def take_replies(self, command: TakeReplies) -> ReceiptsTaken:
        """Heed what people answered."""
        return self.work.run(command, partial(usecases.take_replies, self.sender.repliers))

    @answers(Unsubscribe)
    def unsubscribe(self, command: Unsubscribe) -> Done:
        """Heed the link of a mail."""
        return self.work.run(command, usecases.unsubscribe)
