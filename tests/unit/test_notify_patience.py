"""How long a batch goes on beginning calls: what was begun is over before the batch is cut off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.channels.patience import PATIENCE, SHARE_OF_LEASE, HasPatience, patience_within
from services.notify.channels.providers import lines_of
from services.notify.settings import NotifySettings, SmtpSettings

SMTP = SmtpSettings(host="smtp.example.org", sender="wishes@example.org", timeout=5)
TELEGRAM = {"token": "1:AS-GIVEN", "timeout": 3, "connect_timeout": 2}


@given(lease=st.floats(0.1, 1000), longest_call=st.floats(0.1, 500))
def test_the_last_call_of_a_batch_is_over_in_time_wherever_lease_and_timeout_leave_room(
    lease: float, longest_call: float
) -> None:
    patience = patience_within(lease, longest_call)

    assert 0 < patience <= PATIENCE
    if longest_call <= lease / 2:
        assert patience + longest_call <= lease * SHARE_OF_LEASE + 1e-9


@pytest.mark.parametrize(("lease", "patience"), [(20.0, 5.0), (40.0, 20.0), (120.0, 40.0)])
def test_every_channel_is_as_patient_as_lease_and_timeout_allow(lease: float, patience: float) -> None:
    lines = lines_of(NotifySettings(smtp=SMTP, channels={"telegram": TELEGRAM}, lease=lease))
    channels = [line.providers[0].channel for line in lines.values()]

    assert len(channels) == 2
    for channel in channels:
        assert isinstance(channel, HasPatience)
        assert (channel.longest_call, channel.patience) == (10.0, patience)
