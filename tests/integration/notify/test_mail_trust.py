"""Whom the mail channel trusts: a server whose certificate is trusted and names it, and nobody else."""

import pytest

from services.notify.channels import brought_channels
from tests.support.loopback import LOOPBACK
from tests.support.peers import peer
from tests.support.sms_accounts import WORDS, a_parcel, codes, sent

STRANGER = ("stop", "SSLCertVerificationError")


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_only_a_certificate_that_is_trusted_and_names_the_host_is_spoken_to(security: str) -> None:
    with peer("smtp", "--security", security) as server:
        outcomes = []
        for host, ca_file in [(LOOPBACK, None), ("localhost", server.ca_file), (LOOPBACK, server.ca_file)]:
            there = {"host": host, "port": server.port, "security": security, "ca_file": ca_file}
            section = {"kind": "smtp", "sender": "wishes@example.org", "timeout": 60.0} | there
            (channel,) = brought_channels({"relay": section})
            outcomes += codes(sent(channel, a_parcel("li@example.org", "claim_due_soon", WORDS)))

        assert outcomes == [STRANGER, STRANGER, ("accepted", "250")]
        assert len(server.received()) == 1
