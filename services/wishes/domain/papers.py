"""What kinds of paper prove a need, known by their first bytes, not by what somebody calls them; pure."""

from services.wishes.contracts import UnusableEvidence

PLAIN = "text/plain"  # what an official form says in its column 申领证明材料

_FIRST_BYTES = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"%PDF-": "application/pdf",
}

MOST_PAPERS = 10
"""Papers of one wish."""


def kind_of(content: bytes) -> str:
    """Return the kind of a paper; raise `UnusableEvidence` for any other file and for an empty one."""
    for first_bytes, kind in _FIRST_BYTES.items():
        if content.startswith(first_bytes):
            return kind
    raise UnusableEvidence()
