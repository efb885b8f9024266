"""Gandi's hosting takes no certificates any more: who asks for it is told what to use instead."""

import pytest


@pytest.mark.parametrize("name", ("gandi", "gandi-shs", "letsencrypt-gandi:gandi-shs"))
def test_the_plugin_says_what_to_use_instead(certbot, pebble, name):
    result = certbot.run("certonly", "-n", "-a", name, "-d", "a.lab.test", check=1)
    assert "no longer takes certificates" in result.err and "--dns-gandi" in result.err
    assert not pebble.new_requests()


def test_an_old_conf_is_refused_before_the_ca_is_asked(certbot, pebble):
    certbot.certonly("a.lab.test")
    conf = certbot.config_dir / "renewal" / "a.lab.test.conf"
    conf.write_text(conf.read_text().replace(
        "authenticator = standalone",
        "authenticator = letsencrypt-gandi:gandi-shs\ninstaller = letsencrypt-gandi:gandi-shs\n"
        "letsencrypt_gandi:gandi_shs_name = instance"))
    pebble.new_requests()
    result = certbot.run("renew", "--force-renewal", check=1)
    assert "no longer takes certificates" in result.err and "--dns-gandi" in result.err
    assert not [path for _, path in pebble.new_requests() if "order" in path]
