"""SMS through any gateway that speaks HTTP: the settings describe what it is told and how it answers."""

from collections.abc import Iterable, Mapping, Sequence
from time import monotonic
from typing import Any
from uuid import UUID

from services.notify.channels import AddressKind, Parcel, described_by
from services.notify.channels.calls import Packed, all_of, apart, grouped, in_halves, one_after_the_other
from services.notify.channels.outcomes import UNUSABLE
from services.notify.channels.patience import PATIENCE
from services.notify.channels.pushes import Door
from services.notify.channels.receipts import Receipt
from services.notify.channels.replies import Reply, replies_in
from services.notify.channels.sms_http.answers import Answers
from services.notify.channels.sms_http.described_receipts import check_receipts, described_receipts
from services.notify.channels.sms_http.describing import check_calls
from services.notify.channels.sms_http.telling import Telling, words_of
from services.notify.channels.web import Web, without_words
from services.notify.domain import SMS, Outcome, Verdict, is_phone, sms_parts
from services.notify.settings import SmsSettings

OF_ONE_NUMBER = frozenset({Verdict.PERMANENT, Verdict.OPTED_OUT})
"""What may be said of a whole call because of a single number in it; nothing of it went out."""


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
        self.patience, self.longest_call = PATIENCE, settings.connect_timeout + settings.timeout
        check_calls(settings)
        check_receipts(settings)
        self.receipt_token = settings.receipt_token
        self.door = Door(settings.receipt_token, settings.receipt_sources, settings.receipt_signature)
        self._telling, self._answers = Telling(settings), Answers(settings)
        self._web = Web(settings)

    def send(self, parcels: Sequence[Parcel]) -> Mapping[UUID, Outcome]:
        """Send the parcels; the outcome of one says nothing of the next, unless it is about the account."""
        outcomes: dict[UUID, Outcome] = dict.fromkeys((parcel.delivery_id for parcel in parcels), UNUSABLE)
        packed = [(parcel, self._words(parcel)) for parcel in parcels if is_phone(parcel.address)]
        ends_at = monotonic() + self.patience
        return outcomes | one_after_the_other(
            self._calls(packed), lambda call: in_halves(call, self._call, ends_at), ends_at
        )

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

    def _calls(self, packed: Packed[str]) -> Iterable[Packed[str]]:
        """Return which SMS go together: all, those of the same words, or each by itself."""
        if self._settings.together or self._settings.joined:
            for group in grouped(packed, lambda _, words: self._settings.joined and words):
                yield from apart(group, self.batch)
        else:
            yield from ([one] for one in packed)

    def _call(self, packed: Packed[str]) -> Mapping[UUID, Outcome] | None:
        """Make one call; return the outcome of each of its parcels, or None when one is to blame."""
        told = [words_of(parcel, words) for parcel, words in packed]
        answer = self._web.call(about=len(packed), **self._telling.request(told))
        said = answer if isinstance(answer, Outcome) else self._answers.outcomes(answer, told)
        if isinstance(said, Outcome):
            return None if len(packed) > 1 and said.verdict in OF_ONE_NUMBER else all_of(packed, said)
        return {
            parcel.delivery_id: without_words(outcome, parcel)
            for (parcel, _), outcome in zip(packed, said, strict=True)
        }

    def _words(self, parcel: Parcel) -> str:
        return self._settings.signature + parcel.short


@described_by(SmsSettings)
def channel(settings: SmsSettings) -> SmsHttpChannel:
    """Return the channel of a section `[services.notify.channels.NAME]` with `kind = "sms_http"`."""
    return SmsHttpChannel(settings)
