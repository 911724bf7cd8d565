"""A broker that speaks TLS only, and the whole service on it."""

from collections.abc import Iterator

import pytest

from tests.conftest import or_skip
from tests.house import House
from tests.servers.broker import Broker, running_broker
from tests.servers.certificates import make_certificate
from tests.servers.zeebe import Certificate
from tests.zeebe.service.house import house_on


@pytest.fixture(scope="package")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """What servers of this machine show of themselves."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="package")
def secure_broker(tmp_path_factory: pytest.TempPathFactory, certificate: Certificate) -> Iterator[Broker]:
    """A broker that no other tests use: the workers of a whole service take what is theirs."""
    with or_skip(running_broker(tmp_path_factory.mktemp("secure-zeebe"), certificate=certificate)) as broker:
        yield broker


@pytest.fixture(scope="package")
def clinic_house(secure_broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A service whose processes are all on a broker."""
    with house_on(secure_broker, tmp_path_factory.mktemp("clinic") / "dams.db") as found:
        yield found


@pytest.fixture
def house(clinic_house: House) -> House:
    """The service; each test brings people of its own."""
    return clinic_house
