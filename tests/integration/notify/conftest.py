"""What the tests of notify share: a house, and the world outside in processes of its own."""

from collections.abc import Callable, Iterator

import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.work import Workshop
from tests.support.notify import House
from tests.support.notify_costs import a_priced_house
from tests.support.peers import Peer, peer
from tests.support.vendors import Vendor, vendor


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    """Notify with nothing in its tables, which knows of no channel yet."""
    return House(workshop_of("notify"), {})


@pytest.fixture
def priced(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    """A house whose SMS cost something and whose areas are known."""
    return a_priced_house(workshop_of("notify"))


@pytest.fixture(scope="session")
def processes() -> Iterator[dict[str, Vendor]]:
    """Aliyun and Tencent; a module that has to do with others says so."""
    with vendor("aliyun") as aliyun, vendor("tencent") as tencent:
        yield {"aliyun": aliyun, "tencent": tencent}


@pytest.fixture
def vendors(processes: dict[str, Vendor]) -> dict[str, Vendor]:
    """The vendors, who were asked nothing yet and have no fault."""
    for played in processes.values():
        played.reset()
    return processes


@pytest.fixture
def aliyun(vendors: dict[str, Vendor]) -> Vendor:
    """Aliyun alone."""
    return vendors["aliyun"]


@pytest.fixture(scope="session")
def gateway_processes(gateway_process: Peer) -> Iterator[tuple[Peer, Peer]]:
    """Two SMS gateways."""
    with peer("sms") as second:
        yield gateway_process, second


@pytest.fixture
def gateways(gateway_processes: tuple[Peer, Peer]) -> tuple[Peer, Peer]:
    """Two SMS gateways that received nothing yet and have no fault."""
    for gateway in gateway_processes:
        gateway.reset()
    return gateway_processes
