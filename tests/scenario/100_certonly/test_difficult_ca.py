"""A CA that follows the protocol, but makes it hard: every issuance succeeds all the same."""

import pytest

from lab.forge import Forge, only_account

DIFFICULTIES = {
    "many-nonces-refused": {"nonce_reject": 20},
    "authorizations-used-again": {"authz_reuse": 100, "nonce_reject": 20},
    "slow-validation": {"sleep": True, "sleep_seconds": 3, "nonce_reject": 10},
}
ONE_BY_ONE = 20
AT_ONCE = 180


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(DIFFICULTIES))
def test_all_of_200_issuances_succeed(certbot, start_pebble, name):
    pebble = certbot.ca = start_pebble(**DIFFICULTIES[name])
    for number in range(ONE_BY_ONE if name != "slow-validation" else 3):
        certbot.certonly(f"one{number}.example", f"www.one{number % 3}.example")
    account = only_account(certbot.config_dir)[0]
    names = Forge(certbot.config_dir, pebble.directory, account,
                  [f"http01_port = {pebble.http_port}"]).make(AT_ONCE)
    certbot.run("renew", "--force-renewal", timeout=250)
    for lineage in names:
        assert certbot.lineage(lineage).verify(lineage).version() == 2


@pytest.mark.asan
def test_renewal_of_a_few_with_refused_nonces(certbot, start_pebble):
    certbot.ca = start_pebble(nonce_reject=25)
    for name in ("a.example", "b.example", "c.example"):
        certbot.certonly(name)
    certbot.run("renew", "--force-renewal", timeout=120)
    for name in ("a.example", "b.example", "c.example"):
        assert certbot.lineage(name).verify(name).version() == 2
