"""What tests of several services share."""

import pytest

from lab.pebble import Pebble


@pytest.fixture(scope="session")
def ca(tmp_path_factory):
    """Looks at nothing, so that services need not answer."""
    with Pebble(tmp_path_factory.mktemp("blind"), nonce_reject=0, always_valid=True) as pebble:
        yield pebble
