"""What the web door refuses by itself, before any service is asked."""

from services.chassis.refusals import Refusal, RefusalKind


class BodyUnreadable(Refusal):
    """The body is no JSON document, or its text is not UTF-8."""

    code = "gateway.body_unreadable"
    kind = RefusalKind.INVALID


class FieldMissing(Refusal):
    """A field that has no default is not there."""

    code = "gateway.field_missing"
    kind = RefusalKind.INVALID


class FieldUnknown(Refusal):
    """A field that nobody would read: a typing mistake, most likely."""

    code = "gateway.field_unknown"
    kind = RefusalKind.INVALID


class FieldUnfit(Refusal):
    """A field holds something of another kind than it should."""

    code = "gateway.field_unfit"
    kind = RefusalKind.INVALID


class TextUnusable(Refusal):
    """A text holds the character NUL, which no database keeps."""

    code = "gateway.text_unusable"
    kind = RefusalKind.INVALID


class FieldRepeated(Refusal):
    """A field is given more than once."""

    code = "gateway.field_repeated"
    kind = RefusalKind.INVALID


class KeyUnusable(Refusal):
    """The idempotency key is empty, too long, or has characters that no header should."""

    code = "gateway.key_unusable"
    kind = RefusalKind.INVALID


class WrongContentType(Refusal):
    """The body is not sent as JSON (or, where a file is taken, as a form)."""

    code = "gateway.wrong_content_type"
    kind = RefusalKind.INVALID


class TooLarge(Refusal):
    """The body is larger than this address takes."""

    code = "gateway.too_large"
    kind = RefusalKind.LIMITED


class TooSlow(Refusal):
    """The body did not arrive in time."""

    code = "gateway.too_slow"
    kind = RefusalKind.LIMITED


class HeadUnreadable(Refusal):
    """The first lines of a request are not what HTTP/1.1 allows."""

    code = "gateway.head_unreadable"
    kind = RefusalKind.INVALID


class AddressTooLong(Refusal):
    """The address with its query is longer than we take."""

    code = "gateway.address_too_long"
    kind = RefusalKind.LIMITED


class TooManyHeaders(Refusal):
    """A request with more headers than we take."""

    code = "gateway.too_many_headers"
    kind = RefusalKind.LIMITED


class LengthNeeded(Refusal):
    """A body whose length is not said beforehand."""

    code = "gateway.length_needed"
    kind = RefusalKind.INVALID


class TooManyUploads(Refusal):
    """As many files as fit are being read at this moment."""

    code = "gateway.too_many_uploads"
    kind = RefusalKind.UNAVAILABLE


class NoSuchAddress(Refusal):
    """There is nothing at this address."""

    code = "gateway.no_such_address"
    kind = RefusalKind.UNKNOWN


class WrongMethod(Refusal):
    """This address takes other methods."""

    code = "gateway.wrong_method"
    kind = RefusalKind.INVALID


class SessionOver(Refusal):
    """The session has run out, or was not issued by us."""

    code = "gateway.session_over"
    kind = RefusalKind.UNIDENTIFIED


class SessionDoubtful(Refusal):
    """Whether the session still holds cannot be learned: the directory has not answered for long."""

    code = "gateway.session_doubtful"
    kind = RefusalKind.UNAVAILABLE


class ForeignOrigin(Refusal):
    """A request that a cookie signs came from another site, or does not say from where."""

    code = "gateway.foreign_origin"
    kind = RefusalKind.FORBIDDEN
