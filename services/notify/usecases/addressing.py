"""Where a delivery went, as the tables know it: one expression for all who ask or hear about it."""

from services.notify.channels import AddressKind
from services.notify.gate.ways import Ways

WENT_TO = """
    CASE WHEN delivery.channel = ANY(:mails) THEN recipient.email
         WHEN delivery.channel = ANY(:chats) THEN handle.address
         ELSE coalesce(message.address, recipient.phone) END
"""
"""The address of `delivery`, still sealed; it takes `WITH_PEOPLE` and the parameters of `kinds_of`."""

WITH_PEOPLE = """
    JOIN notify.message ON message.id = delivery.message_id
    LEFT JOIN notify.recipient ON recipient.id = message.recipient_id
    LEFT JOIN notify.handle ON handle.recipient_id = message.recipient_id
              AND handle.channel = delivery.channel
"""


def kinds_of(ways: Ways) -> dict[str, list[str]]:
    """Return which channels go to mail addresses, and which to addresses of their own."""
    return {"mails": _of_kind(ways, AddressKind.EMAIL), "chats": _of_kind(ways, AddressKind.OWN)}


def phones_of(ways: Ways) -> list[str]:
    """Return which channels go to telephone numbers."""
    return _of_kind(ways, AddressKind.PHONE)


def _of_kind(ways: Ways, kind: AddressKind) -> list[str]:
    return [name for name, address in ways.addresses.items() if address is kind]
