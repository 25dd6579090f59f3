"""The receipts of a gateway that the settings describe: read where they say, by the words that they list."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.chassis.settings import WrongSettings
from services.notify.channels.asking import Known
from services.notify.channels.receipts import Receipt
from services.notify.channels.registered_sms import digits_of
from services.notify.channels.sms_http.paths import found_at, word_at
from services.notify.channels.web import code_of
from services.notify.settings import ReceiptSettings, SmsSettings


def described_receipts(described: ReceiptSettings, reports: Sequence[Mapping[str, Any]]) -> list[Receipt]:
    """Return the receipts in a push; what says nothing final, or cannot be read, is left out."""
    read = (_receipt(described, report) for report in _apart(described, reports))
    return [receipt for receipt in read if receipt is not None]


def check_receipts(settings: SmsSettings) -> None:
    """Raise `WrongSettings` when receipts could not be taken as described."""
    described = settings.receipts
    if described and settings.receipt_token is None:
        raise _wrong("receipts are taken at an address that ends in receipt_token, and there is none.")
    if described and described.mark is None and (described.reference is None or described.phone is None):
        raise _wrong("receipts name their SMS by mark, or by reference and phone.")
    if described and (both := set(described.arrived) & {*described.failed, *described.opted_out}):
        raise _wrong(f"receipts: {min(both)} cannot mean both arrived and failed.")


def _apart(described: ReceiptSettings, reports: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the receipts one by one: those of a push, or of the list that each part of it carries."""
    for report in reports:
        carried = found_at(report, described.together) if described.together else [report]
        if isinstance(carried, list):
            yield from (one for one in carried if isinstance(one, dict))


def _receipt(described: ReceiptSettings, report: Mapping[str, Any]) -> Receipt | None:
    code = _text(report, described.code)
    opts_out = code in described.opted_out
    if not opts_out and code not in described.arrived and code not in described.failed:
        return None
    return Receipt(
        Known.ARRIVED if code in described.arrived else Known.FAILED,
        digits_of(_text(report, described.phone)),
        mark=_text(report, described.mark),
        reference=_text(report, described.reference),
        code=code_of(code),
        opts_out=opts_out,
    )


def _text(report: Mapping[str, Any], path: str | None) -> str:
    """Return the word at a path of a receipt, or nothing."""
    return word_at(report, path) or "" if path else ""


def _wrong(why: str) -> WrongSettings:
    return WrongSettings(why)
