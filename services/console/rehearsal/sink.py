"""The telephone exchange of a rehearsal: an SMS gateway on loopback that reaches nobody."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import eventlet
import msgspec
from eventlet import wsgi


class SmsSink:
    """Answers `notify`'s generic HTTP gateway; counts each id, so that a message sent twice is seen."""

    def __init__(self) -> None:
        """Listen on a free port of loopback."""
        self._socket = eventlet.listen(("127.0.0.1", 0))
        self._thread = eventlet.spawn(wsgi.server, self._socket, self._answer, log_output=False, debug=False)
        self.taken: Counter[str] = Counter()

    @property
    def settings(self) -> dict[str, Any]:
        """Return the settings of a gateway that lives here."""
        port = self._socket.getsockname()[1]
        return {
            "url": f"http://127.0.0.1:{port}/",
            "fields": {"phone": "{{ phone }}", "text": "{{ text }}", "id": "{{ id }}"},
            "together": "messages",
            "results_at": "results",
            "code_at": "code",
            "reference_at": "id",
            "batch": 100,
            "concurrency": 4,
        }

    def close(self) -> None:
        """Take nothing more."""
        self._thread.kill()
        self._socket.close()

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        size = int(environ.get("CONTENT_LENGTH") or 0)
        ids = [said["id"] for said in msgspec.json.decode(environ["wsgi.input"].read(size))["messages"]]
        self.taken.update(ids)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [msgspec.json.encode({"results": [{"code": "OK", "id": known} for known in ids]})]
