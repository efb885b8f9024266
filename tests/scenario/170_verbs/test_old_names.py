"""Names that plugins had before they were built in: of options, and of what a conf names."""

import pytest

NAME = "a.lab.test"
CPANEL = "cpanel-credentials", "cpanel"
EDGEDNS = "certbot-plugin-edgedns:edgedns-credentials", "certbot-plugin-edgedns:edgedns"
NETCUP = "certbot-dns-netcup:dns-netcup-credentials", "certbot-dns-netcup:dns-netcup"
S3FRONT = "letsencrypt-s3front:auth-s3-bucket", "letsencrypt-s3front:auth"


def orders(pebble):
    return [path for _, path in pebble.new_requests() if "order" in path]


@pytest.mark.parametrize("how", ("command-line", "file", "file-with-underscores"))
@pytest.mark.parametrize("option, plugin", (CPANEL, EDGEDNS, NETCUP), ids=lambda of: of.split("-")[0])
def test_old_names_of_options_are_taken(certbot, pebble, tmp_path, option, plugin, how):
    missing = tmp_path / "missing.ini"
    if how == "command-line":
        args = ["-a", plugin, f"--{option}", missing]
    else:
        config = tmp_path / "cli.ini"
        key = option.replace("-", "_") if "underscores" in how else option
        config.write_text(f"authenticator = {plugin}\n{key} = {missing}\n"
                          f"{key.replace('credentials', 'propagation-seconds')} = 3\n")
        args = ["--config", config]
    pebble.new_requests()
    result = certbot.run("certonly", "-n", *args, "-d", NAME, check=1)
    assert f"File not found: {missing}" in result.err
    assert not orders(pebble)


def test_those_from_before_certbot_had_its_name_are_taken(certbot, pebble):
    option, plugin = S3FRONT
    result = certbot.run("certonly", "-n", "-a", plugin, f"--{option}", "Not A Bucket", "-d", NAME, check=1)
    assert "Not A Bucket" in result.err


@pytest.mark.parametrize("how", ("command-line", "file"))
def test_options_of_a_plugin_that_is_not_here_lead_to_the_bridge(certbot, tmp_path, how):
    option = "dns-nosuch-credentials"
    config = tmp_path / "cli.ini"
    config.write_text(f"{option} = x\n")
    args = [f"--{option}", "x"] if how == "command-line" else ["--config", config]
    result = certbot.run("certonly", "-n", *args, "-d", NAME, check=2)
    assert option in result.err and "certbot-plugin-python" in result.err


@pytest.mark.parametrize("installer", ("cpanel", "certbot-dns-cpanel:cpanel", "directadmin", "edgedns"))
def test_an_installer_that_is_a_dns_plugin_by_now_says_what_takes_over(certbot, pebble, installer):
    certbot.certonly(NAME)
    conf = certbot.lineage(NAME).conf_path
    conf.write_text(conf.read_text().replace("[renewalparams]\n", f"[renewalparams]\ninstaller = {installer}\n"))
    present = "dns-" + installer.split(":")[-1]
    pebble.new_requests()
    result = certbot.run("renew", "--force-renewal", check=1)
    assert f"the built-in {present} takes over answering challenges only" in result.err
    assert "reconfigure" in result.err and "-i null" in result.err
    assert not orders(pebble)
    certbot.run("reconfigure", "-n", "--cert-name", NAME, "-i", "null", "--http-01-port", pebble.http_port)
    certbot.run("renew", "--force-renewal")
    assert certbot.lineage(NAME).version() == 2


@pytest.mark.parametrize("plugin, hint", (("certbot-regru:dns", "certbot-plugin-python runs it"),
                                          ("certbot-dnspod:dns", "the built-in plugin dns-tencentcloud may")))
def test_a_plugin_that_is_not_here_is_named_with_its_distribution(certbot, pebble, plugin, hint):
    certbot.certonly(NAME)
    conf = certbot.lineage(NAME).conf_path
    conf.write_text(conf.read_text().replace("authenticator = standalone", f"authenticator = {plugin}"))
    pebble.new_requests()
    result = certbot.run("renew", "--force-renewal", check=1)
    assert f"The requested {plugin} plugin does not appear to be installed" in result.err and hint in result.err
    assert not orders(pebble)
