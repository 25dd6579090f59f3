"""What SMS accounts with registered templates share: words become wordings, and wordings become calls."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

from services.chassis import clock
from services.chassis.showing import Shown
from services.notify.channels import AddressKind, Parcel
from services.notify.channels.calls import Packed, one_after_the_other
from services.notify.channels.outcomes import UNUSABLE
from services.notify.channels.pushes import Door
from services.notify.channels.registry import RegisteredSignature, RegisteredTemplate, Registry, Wording
from services.notify.channels.web import WebChannel, WebSettings
from services.notify.domain import SMS, Outcome, Verdict, is_phone
from services.notify.settings import Credential, ReceiptToken, Several

Worded = Packed[Wording]
"""Parcels in the words of registered templates."""


class AccountSettings(WebSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An SMS account with registered signatures and templates."""

    key_id: Credential
    key_secret: Credential
    signature: Shown = ""  # as registered, without 【】
    signatures: list[RegisteredSignature] = []  # further ones, that templates name
    templates: list[RegisteredTemplate]
    batch: Several = 200
    # The end of the address at which the provider's receipts are taken; without one they are not.
    receipt_token: ReceiptToken | None = None
    receipt_sources: tuple[Shown, ...] = ()  # the networks its receipts are pushed from; without them any


class RegisteredSms(WebChannel):
    """Sends the SMS of one account; its vendor says how a call is made and which parcels may go in one."""

    name = SMS
    provider: str
    address = AddressKind.PHONE
    blocks = ()

    def __init__(self, settings: AccountSettings, blank: re.Pattern[str]) -> None:
        """Take the account; raise `WrongSettings` for a template that cannot be used."""
        super().__init__(settings)
        self.batch = settings.batch
        self.registry = Registry(settings.signature, settings.templates, blank, settings.signatures)
        self.receipt_token = settings.receipt_token
        self.door = Door(settings.receipt_token, settings.receipt_sources)

    def send(self, parcels: Sequence[Parcel]) -> Mapping[UUID, Outcome]:
        """Send the parcels in as few calls as their wordings allow; refuse those whose words do not fit."""
        outcomes: dict[UUID, Outcome] = {}
        packed: Worded = []
        for parcel in parcels:
            wording = self.registry.fit(parcel) if is_phone(parcel.address) else UNUSABLE
            if isinstance(wording, Outcome):
                outcomes[parcel.delivery_id] = wording
            else:
                packed.append((parcel, wording))
        ends_at = monotonic() + self.patience
        outcomes |= one_after_the_other(self._calls(packed), lambda call: self._call(call, ends_at), ends_at)
        for parcel, wording in packed:
            outcome = outcomes.get(parcel.delivery_id)
            if outcome and outcome.verdict is Verdict.ACCEPTED:
                self.registry.note_use(wording.template, clock.now())
        return outcomes

    def parts(self, parcel: Parcel) -> int:
        """Return of how many parts the SMS consists, with its signature; 0 when there is none."""
        wording = self.registry.fit(parcel)
        return 0 if isinstance(wording, Outcome) else wording.parts

    def _calls(self, packed: Worded) -> Iterable[Worded]:
        raise NotImplementedError

    def _call(self, packed: Worded, ends_at: float) -> Mapping[UUID, Outcome]:
        raise NotImplementedError


def mark_of(packed: Worded) -> str:
    """Return what a call is known by afterwards: the delivery where it is about one, else its mark."""
    marks = {parcel.mark for parcel, _ in packed} - {""}
    if len(packed) == 1:
        return str(packed[0][0].delivery_id)
    return marks.pop() if len(marks) == 1 else uuid4().hex


def marked(outcome: Outcome, mark: str) -> Outcome:
    """Return an outcome by which the provider can be asked: a doubt is left with the mark of its call."""
    return replace(outcome, reference=mark) if outcome.verdict is Verdict.AMBIGUOUS else outcome


def digits_of(number: Any) -> str:
    """Return the digits of a number as a receipt names it, without what stands before a number of China."""
    return re.sub(r"\D", "", str(number or ""))[-11:]
