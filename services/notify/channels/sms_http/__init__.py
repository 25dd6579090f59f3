"""SMS through any gateway that speaks HTTP: the settings describe what it is told and how it answers."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.chassis.settings import WrongSettings
from services.notify.channels import AddressKind, Parcel, described_by
from services.notify.channels.outcomes import UNUSABLE
from services.notify.channels.pushes import Door
from services.notify.channels.receipts import Receipt
from services.notify.channels.replies import Reply, replies_in
from services.notify.channels.sms_http.answers import Answers
from services.notify.channels.sms_http.described_receipts import check_receipts, described_receipts
from services.notify.channels.sms_http.telling import Telling, words_of
from services.notify.channels.web import Web, without_words
from services.notify.domain import SMS, Outcome, is_phone, sms_parts
from services.notify.settings import SmsSettings


class SmsHttpChannel:
    """Sends each SMS with one request, or many with one where the gateway takes them together."""

    name = SMS
    provider = "http"
    address = AddressKind.PHONE
    blocks = ("sms",)

    def __init__(self, settings: SmsSettings) -> None:
        """Take the description; raise `WrongSettings` when it asks for something that cannot be done."""
        self._settings = settings
        self.batch, self.concurrency = settings.batch, settings.concurrency
        _check_together(settings)
        check_receipts(settings)
        self.receipt_token = settings.receipt_token
        self.door = Door(settings.receipt_token, settings.receipt_sources, settings.receipt_signature)
        self._telling, self._answers = Telling(settings), Answers(settings)
        self._web = Web(settings)

    def send(self, parcels: Sequence[Parcel]) -> Mapping[UUID, Outcome]:
        """Send the parcels; the outcome of one says nothing of the next."""
        usable = [parcel for parcel in parcels if is_phone(parcel.address)]
        outcomes: dict[UUID, Outcome] = dict.fromkeys((parcel.delivery_id for parcel in parcels), UNUSABLE)
        calls = [usable] if self._settings.together and usable else [[parcel] for parcel in usable]
        for call in calls:
            outcomes |= zip((parcel.delivery_id for parcel in call), self._call(call), strict=True)
        return outcomes

    def read_replies(self, replies: Sequence[Mapping[str, Any]]) -> list[Reply]:
        """Return the answers in a push, found where the settings say."""
        return replies_in(replies, self._settings.reply_phone, self._settings.reply_text)

    def parts(self, parcel: Parcel) -> int:
        """Return of how many parts the SMS consists, with its signature."""
        return sms_parts(self._words(parcel))

    def read(self, reports: Sequence[Mapping[str, Any]]) -> list[Receipt]:
        """Return the receipts of a push, as the settings describe them."""
        described = self._settings.receipts
        return described_receipts(described, reports) if described else []

    def close(self) -> None:
        """Close the kept connections."""
        self._web.close()

    def _call(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        """Make one call; return the outcome of each of its parcels."""
        told = [words_of(parcel, self._words(parcel)) for parcel in parcels]
        answer = self._web.call(about=len(parcels), **self._telling.request(told))
        if isinstance(answer, Outcome):
            return [answer] * len(parcels)
        outcomes = self._answers.outcomes(answer, len(parcels))
        return [without_words(outcome, parcel) for outcome, parcel in zip(outcomes, parcels, strict=True)]

    def _words(self, parcel: Parcel) -> str:
        return self._settings.signature + parcel.short


@described_by(SmsSettings)
def channel(settings: SmsSettings) -> SmsHttpChannel:
    """Return the channel of a section `[services.notify.channels.NAME]` with `kind = "sms_http"`."""
    return SmsHttpChannel(settings)


def _check_together(settings: SmsSettings) -> None:
    """Raise `WrongSettings` for a description of calls that cannot be made or not be read."""
    if not settings.fields and settings.body is None:
        raise WrongSettings("there are neither fields nor a body: the gateway would be told nothing.")
    if settings.body is not None and settings.method == "GET":
        raise WrongSettings("a GET has no body: choose POST or PUT, or write fields with encoding query.")
    if settings.body is not None and settings.fields and settings.encoding != "query":
        raise WrongSettings("beside a body fields stand in the query: say encoding query, or leave them out.")
    if settings.together is None:
        if settings.batch > 1:
            raise WrongSettings(
                "batch is how many SMS go in one call: say with `together` how, or leave it out."
            )
        return
    is_readable = settings.results_at is not None and settings.code_at is not None
    if not (settings.encoding == "json" and is_readable and settings.body is None):
        raise WrongSettings("together needs encoding json, `results_at` and `code_at`, and no body.")
