import pytest

from Contract.cast import Cast


@pytest.fixture(scope="module")
def cast(server):
    """The cast, on the server that the tests of one file share."""
    return Cast(server)
