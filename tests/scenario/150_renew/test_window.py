"""More certificates are due than `renew` holds in memory at a time."""

import pytest

from lab.forge import Forge, only_account

# More than one window of a thousand.
MANY = 1040


@pytest.mark.slow
def test_more_are_due_than_are_held_at_a_time(certbot, start_pebble):
    pebble = certbot.ca = start_pebble(nonce_reject=0, authz_reuse=0, always_valid=True)
    certbot.run("register", "-n")
    account = only_account(certbot.config_dir)[0]
    names = Forge(certbot.config_dir, pebble.directory, account,
                  [f"http01_port = {pebble.http_port}"]).make(MANY)
    told = certbot.folder / "told"
    result = certbot.run("renew", "--force-renewal", "--pre-hook", f"echo pre >>{told}",
                         "--post-hook", f"echo post >>{told}", timeout=250)
    assert result.out.count("(success)") == MANY
    assert told.read_text() == "pre\npost\n"
    for name in (names[0], names[999], names[1000], names[-1]):
        assert certbot.lineage(name).version() == 2
