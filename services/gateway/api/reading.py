"""Reads a request: its body within bounds, and the fields of the contract from path, query, JSON or form."""

import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl
from xml.etree.ElementTree import ParseError, fromstring  # it resolves nothing from outside

import msgspec
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import MultiPartParser
from werkzeug.http import parse_options_header

from services.gateway.api.complaints import LONGEST_ECHO, complaint_about
from services.gateway.api.routes import GET, Route
from services.gateway.api.shapes import body_of, path_of
from services.gateway.api.signs import plain_json, plain_text
from services.gateway.contracts import (
    BodyUnreadable,
    FieldRepeated,
    NoSuchAddress,
    TooLarge,
    TooSlow,
    WrongContentType,
)
from services.notify.contracts import PushedAs

JSON = "application/json"
FORM = "multipart/form-data"
PLAIN_FORM = "application/x-www-form-urlencoded"
XML = frozenset({"text/xml", "application/xml"})
MAIL = "message/rfc822"
MOST_PARTS = 20
LARGEST_PART = 64 * 1024
"""Bytes of all parts of a form together that are not the file."""

_SIGNED = re.compile("SIGN|TIMESTAMP|NONCE")
"""Parts of the names of headers that say how something was signed, and when."""


def read_body(environ: Mapping[str, Any], limit: int, seconds: float) -> bytes:
    """Return the body; raise `TooLarge` beyond `limit` bytes, `TooSlow` when it takes more than `seconds`."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if not length:
        return b""
    if length > limit:
        raise TooLarge(limit=limit)
    conversation = environ["wishtree.conversation"]
    conversation.allow(seconds, then_answer=True)
    body: bytes = environ["wsgi.input"].read(length)
    conversation.ends_at = float("inf")
    if len(body) < length:
        raise TooSlow() if conversation.is_out_of_time else BodyUnreadable()
    return body


def pushed_as(environ: Mapping[str, Any], body: bytes) -> PushedAs | None:
    """Return what a signature in the headers is about, to the byte; None where none is spoken of."""
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") and _SIGNED.search(name)
    }
    if not any("sign" in name for name in headers):
        return None
    said = environ.get("QUERY_STRING", "").encode("latin-1") if environ["REQUEST_METHOD"] == GET else body
    return PushedAs(body=said, headers=headers)


class Reader:
    """Reads what one route asks for."""

    def __init__(self, route: Route) -> None:
        """Prepare for `route`."""
        self._route = route
        self._body = body_of(route)
        self._path = path_of(route)
        self._json = msgspec.json.Decoder(self._body)
        self._kinds = (JSON, *([FORM] if route.takes_file else []), *([MAIL] if route.takes_mail else []))

    def fields(
        self, environ: Mapping[str, Any], parameters: Mapping[str, str], body: bytes
    ) -> dict[str, Any]:
        """Return the fields of the contract by name.

        Raises a refusal that names the field when something is missing, unknown or of the wrong kind.
        """
        if self._route.method is GET or environ.get("REQUEST_METHOD") == GET:
            filled = self._from_query(environ.get("QUERY_STRING", ""))
        elif self._route.takes_any_body or (
            body.lstrip()[:1] == b"" and not environ.get("CONTENT_TYPE", "").startswith(FORM)
        ):
            filled = self._from_json(b"{}")
        else:
            query = environ.get("QUERY_STRING", "")
            filled = self._from_body(environ.get("CONTENT_TYPE", ""), body, query)
        fields = msgspec.structs.asdict(filled)
        if parameters:
            fields |= self._from_path(parameters)
        return fields

    def _from_body(self, content_type: str, body: bytes, query: str) -> msgspec.Struct:
        kind = content_type.partition(";")[0].strip().lower()
        if kind == JSON:
            return self._from_json(self._wrapped(body))
        if kind == PLAIN_FORM and self._route.whole:
            return self._from_pairs(body)
        if kind in XML and self._route.whole:
            return self._from_texts(self._pairs_in(query.encode("latin-1")) + texts_in(body))
        if kind == FORM and self._route.takes_file:
            return self._from_form(content_type, body)
        if kind == MAIL and self._route.takes_mail:
            return self._from_texts([("mail", body.decode("latin-1"))])  # a character for every byte
        raise WrongContentType(expected=", ".join(self._kinds))

    def _wrapped(self, body: bytes) -> bytes:
        """Return a list, or an object of somebody else's, as an object with the field that it is for us."""
        name, start = self._route.whole, body.lstrip()[:1]
        if name and start == b"[":
            return b'{"%s":%s}' % (name.encode(), body)
        names = _names_in(body) if name and start == b"{" else {}
        if name and names and name not in names:
            return b'{"%s":[%s]}' % (name.encode(), body)
        return body

    def _from_json(self, body: bytes) -> msgspec.Struct:
        try:
            return self._json.decode(plain_json(body))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
            raise complaint_about(problem, self._body) from None

    def _from_query(self, query: str) -> msgspec.Struct:
        return self._from_pairs(query.encode("latin-1"))

    def _from_pairs(self, query: bytes) -> msgspec.Struct:
        return self._from_texts(self._pairs_in(query))

    def _pairs_in(self, query: bytes) -> list[tuple[str, Any]]:
        keeps_blank = bool(self._route.whole)
        try:
            words = query.decode()
            return [*parse_qsl(words, errors="strict", max_num_fields=50, keep_blank_values=keeps_blank)]
        except ValueError:  # more fields than that, or text that is not UTF-8
            raise BodyUnreadable() from None

    def _from_form(self, content_type: str, body: bytes) -> msgspec.Struct:
        _, options = parse_options_header(content_type)
        parser = MultiPartParser(
            stream_factory=_in_memory, max_form_memory_size=LARGEST_PART, max_form_parts=MOST_PARTS
        )
        try:
            form, files = parser.parse(
                BytesIO(body), options.get("boundary", "").encode("latin-1"), len(body)
            )
        except RequestEntityTooLarge:
            raise TooLarge(limit=LARGEST_PART) from None
        except ValueError:
            raise BodyUnreadable() from None
        pairs: list[tuple[str, Any]] = list(form.items(multi=True))
        for name, file in files.items(multi=True):
            pairs += [
                ("content" if name == "file" else name, file.stream.read()),
                ("file_name", file.filename or ""),
            ]
        return self._from_texts(pairs)

    def _from_texts(self, pairs: list[tuple[str, Any]]) -> msgspec.Struct:
        fields = dict(pairs)
        if len(fields) < len(pairs):
            names = [name for name, _ in pairs]
            raise FieldRepeated(field=next(name for name in names if names.count(name) > 1)[:60])
        for name, value in fields.items():
            if isinstance(value, str):
                fields[name] = plain_text(value, name[:LONGEST_ECHO])
        return self._convert({self._route.whole: [fields]} if self._route.whole else fields, self._body)

    def _convert(self, fields: Mapping[str, Any], shape: type[msgspec.Struct]) -> msgspec.Struct:
        try:
            return msgspec.convert(fields, type=shape, strict=False)
        except msgspec.MsgspecError as problem:
            raise complaint_about(problem, shape) from None

    def _from_path(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        """Return the fields in the path; what cannot be an identifier leads nowhere."""
        try:
            found = msgspec.convert(parameters, type=self._path)
        except msgspec.MsgspecError:
            raise NoSuchAddress() from None
        return msgspec.structs.asdict(found)


def texts_in(body: bytes) -> list[tuple[str, Any]]:
    """Return the texts of a flat XML document by name; one that brings definitions of its own is not read."""
    try:
        words = body.decode()
        if "<!DOCTYPE" in words:
            raise BodyUnreadable()
        document = fromstring(words)  # noqa: S314 - it may define nothing
    except (UnicodeDecodeError, ParseError):
        raise BodyUnreadable() from None
    return [(part.tag, part.text or "") for part in document][:MOST_PARTS]


def _names_in(body: bytes) -> dict[str, msgspec.Raw]:
    """Return the fields of a JSON object, unread; none when it is no such thing."""
    try:
        return msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}


def _in_memory(
    total_content_length: int | None,
    content_type: str | None,
    filename: str | None,
    content_length: int | None = None,
) -> BytesIO:
    """Keep a file where the whole body is already: within the limits of `read_body`."""
    return BytesIO()
