"""Many lineages at once: all edits, one test, one reload; the one at fault is left out."""

import pytest

from lab.due import hsts_steps, make_hsts_steps_due, plant
from lab.lineage import names_of


def tls_site(certbot, apache, name):
    live = certbot.config_dir / "live" / name
    apache.plain_site(name, name)
    apache.site(f"{name}-le-ssl", "<IfModule mod_ssl.c>\n<VirtualHost *:{https}>\n"
                f"    ServerName {name}\n    DocumentRoot {{root}}/www\n"
                f"    SSLCertificateFile {live}/fullchain.pem\n"
                f"    SSLCertificateKeyFile {live}/privkey.pem\n"
                f"    Include {certbot.config_dir}/options-ssl-apache.conf\n"
                "</VirtualHost>\n</IfModule>\n")


def plant_sites(certbot, apache, control, options, count):
    """A first lineage by the CA, `count` others that are due, and their sites."""
    apache.plain_site("first", "first.example")
    apache.enable_module("rewrite")
    apache.start()
    certbot.run("run", "-n", "--apache", "-d", "first.example", "--no-redirect", *options)
    names = [f"n{number}.example" for number in range(count)]
    plant(certbot, "first.example", names)
    for name in names:
        tls_site(certbot, apache, name)
    apache.stop()
    apache.start()
    control.log.unlink()
    return names


@pytest.mark.slow
def test_two_hundred_due_lineages_are_one_test_and_two_reloads(apache, certbot, control, options):
    names = plant_sites(certbot, apache, control, options, 200)
    before, reads = apache.snapshot(), apache.generations()
    certbot.run("renew", timeout=600)
    assert len(control.calls("DUMP_VHOSTS")) == 1 and not control.calls("configtest")
    assert len(control.calls("graceful")) == 2
    apache.await_generation(reads + 2)
    assert apache.snapshot() == before
    for name in names:
        assert certbot.lineage(name).version() == 2
    for name in names[::20]:
        assert apache.leaf(name).serial_number == certbot.lineage(name).serial()


@pytest.mark.slow
def test_a_hundred_names_are_installed_by_one_test_and_one_reload(apache, certbot, control,
                                                                    options):
    names = [f"n{number}.example" for number in range(100)]
    for name in names:
        apache.plain_site(name, name)
    with apache:
        certbot.run("run", "-n", "--apache", *(part for name in names for part in ("-d", name)),
                    "--no-redirect", *options, timeout=300)
        assert len(control.calls("configtest")) == 1 and len(control.calls("graceful")) == 2
        for name in names[::20]:
            assert set(names_of(apache.leaf(name))) == set(names)


def test_one_bad_name_does_not_stop_the_others(apache, certbot, control, options, pebble):
    names = plant_sites(certbot, apache, control, options, 6)
    pebble.dns.set_servfail(names[2])
    result = certbot.run("renew", check=1)
    pebble.dns.clear_servfail(names[2])
    assert "1 renew failure(s)" in result.text
    for number, name in enumerate(names):
        assert certbot.lineage(name).version() == (1 if number == 2 else 2)
    assert len(control.calls("graceful")) == 2


@pytest.mark.asan
def test_a_challenge_that_httpd_refuses_is_left_out(apache, certbot, control, options):
    """The control program refuses one name's challenge; the others are validated."""
    names = plant_sites(certbot, apache, control, options, 4)
    before = apache.snapshot()
    control.write(f"""case "$*" in configtest|graceful)
    if grep -q le_http_01 {apache.root}/sites-available/{names[1]}.conf; then
        echo "not this one" >&2; exit 1; fi;; esac""")
    result = certbot.run("renew", check=1)
    assert "not this one" in result.text
    for number, name in enumerate(names):
        assert certbot.lineage(name).version() == (1 if number == 1 else 2)
    assert apache.snapshot() == before


@pytest.mark.asan
def test_a_lineage_whose_edit_httpd_refuses_is_left_out_and_named(apache, certbot, control, options,
                                                                  pebble):
    """Edits of many lineages in one run are the steps of --auto-hsts."""
    names = [f"h{number}.example" for number in range(4)]
    for name in names:
        apache.plain_site(name, name)
    bad = apache.root / f"sites-available/{names[1]}-le-ssl.conf"
    with apache:
        for name in names:
            certbot.run("run", "-n", "--apache", "-d", name, "--auto-hsts", "--no-redirect",
                        *options)
        make_hsts_steps_due(certbot, "apache")
        control.log.unlink()
        control.write(f"""case "$*" in configtest) if grep -q max-age=300 {bad}; then
    echo "not this one" >&2; exit 1; fi;; esac""")
        before = bad.read_bytes()
        result = certbot.run("renew", check=1)
        assert f"The installer could not update the server's settings for {names[1]}" in result.text
        assert "not this one" in result.text and "1 renew failure(s)" in result.text
        assert len(control.calls("configtest")) == 5 and len(control.calls("graceful")) == 1
        assert bad.read_bytes() == before
        assert hsts_steps(certbot, "apache") == [0, 1, 1, 1]
        for number, name in enumerate(names):
            header = apache.get(name, trust=pebble.root()).headers["Strict-Transport-Security"]
            assert header == f"max-age={60 if number == 1 else 300}"
