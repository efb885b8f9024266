"""A secret that is kept in the renewal conf: nobody but its owner may read the file."""

import pytest

from lab.certbot import ROOT, Certbot
from lab.changes import changes, reconfigure

NAME = "a.lab.test"
SECRET = "s3cret-t0ken"


@pytest.fixture
def hooked(tmp_path, pebble):
    certbot = Certbot(tmp_path / "certbot", pebble,
                      env={"CERTBOT_PLUGIN_PATH": str(ROOT / "contrib/plugins")})
    certbot.url = f"http://127.0.0.1:{pebble.dns.management_port}"
    return certbot


def mode(certbot):
    return (certbot.config_dir / f"renewal/{NAME}.conf").stat().st_mode & 0o777


def certonly(certbot, *options):
    certbot.run("certonly", "-n", "-a", "dns-webhook", "-d", NAME, "--dns-webhook-url",
                certbot.url, *options)


def test_new_lineage_and_one_that_an_earlier_version_left_open(hooked):
    certonly(hooked, "--plugin-option", f"extra={SECRET}")
    assert SECRET in hooked.lineage(NAME).conf() and mode(hooked) == 0o600
    (hooked.config_dir / f"renewal/{NAME}.conf").chmod(0o644)
    hooked.run("renew", "--force-renewal")
    assert SECRET in hooked.lineage(NAME).conf() and mode(hooked) == 0o600
    assert SECRET not in hooked.log()


def test_reconfigure_and_undo(certbot):
    certbot.certonly(NAME)
    assert mode(certbot) == 0o644
    reconfigure(certbot, NAME, "--plugin-option", f"extra={SECRET}")
    assert SECRET in certbot.lineage(NAME).conf() and mode(certbot) == 0o600
    certbot.run("undo", "-n")
    assert SECRET not in certbot.lineage(NAME).conf()
    certbot.run("undo", "-n", str(changes(certbot)[0]["number"]))
    assert SECRET in certbot.lineage(NAME).conf() and mode(certbot) == 0o600
    assert SECRET not in certbot.log()
