"""What the tests of sending share: one SMS gateway and one mail server in processes of their own."""

from collections.abc import Iterator

import pytest

from tests.support.peers import Peer, peer


@pytest.fixture(scope="session")
def gateway_process() -> Iterator[Peer]:
    """The SMS gateway of this session."""
    with peer("sms") as running:
        yield running


@pytest.fixture(scope="session")
def mail_process() -> Iterator[Peer]:
    """The mail server of this session."""
    with peer("smtp") as running:
        yield running


@pytest.fixture
def gateway(gateway_process: Peer) -> Peer:
    """An SMS gateway that received nothing yet and has no fault."""
    gateway_process.reset()
    return gateway_process


@pytest.fixture
def mail(mail_process: Peer) -> Peer:
    """A mail server that received nothing yet and has no fault."""
    mail_process.reset()
    return mail_process
