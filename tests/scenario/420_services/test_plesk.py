"""Sites of a Plesk server get the certificate and its renewals."""

import pytest

from lab.hosts import NAME
from lab.loopback_api import BUNDLE
from lab.plesk import KEY, Plesk
from lab.programs import Programs

CERTIFICATE = "certbot a.lab.test"

# `plesk bin secret_key` as its reference has it: prints the key.
PROGRAM = f"""
case "$*" in
"bin secret_key --create -ip-address 127.0.0.1 -description certbot") echo {KEY} ;;
"bin secret_key --delete -key {KEY}") ;;
*) exit 1 ;;
esac
"""


@pytest.fixture
def plesk(tmp_path):
    with Plesk(tmp_path, a_lab_test=["b.lab.test"], c_lab_test=[]) as plesk:
        yield plesk


def run(certbot, plesk, *args, env=(), **options):
    # The connection to this machine uses no proxy.
    env = {"LE_PLESK_SECRET_KEY": KEY, "https_proxy": "http://127.0.0.1:1", "no_proxy": NAME,
           **dict(env)}
    return certbot.run(*args, env=env, **options)


def install(certbot, plesk, *args, names="a.lab.test,b.lab.test", url=None, **options):
    return run(certbot, plesk, "run", "-n", "-a", "standalone", "--http-01-port", certbot.ca.http_port, "-i", "plesk",
               "--plesk-url", url or plesk.url, "-d", names, *args, **options)


def renew(certbot, plesk, *args, **options):
    return run(certbot, plesk, "renew", *args, **options)


def serial(certbot, name="a.lab.test"):
    return certbot.lineage(name).cert.serial_number


def test_sites_get_the_certificate_and_its_renewals(certbot, plesk):
    plesk.pools["a.lab.test"]["Lets Encrypt a.lab.test"] = theirs = object()
    install(certbot, plesk)
    assert plesk.uses == {"a.lab.test": CERTIFICATE, "b.lab.test": CERTIFICATE}
    assert plesk.calls.count("certificate/install") == 1
    before, plesk.calls[:] = serial(certbot), []
    renew(certbot, plesk, "--force-renewal")
    assert before != serial(certbot) == plesk.served("b.lab.test").serial_number
    assert [call for call in plesk.calls if call.startswith("certificate/")] == [
        "certificate/get-pool", "certificate/update"]
    assert plesk.pools["a.lab.test"]["Lets Encrypt a.lab.test"] is theirs and not plesk.pools["c.lab.test"]
    assert KEY not in certbot.log() and "PRIVATE KEY" not in certbot.log()


def test_each_subscription_gets_it_and_names_that_are_no_sites_are_told(certbot, plesk):
    plesk.redirections.add("b.lab.test")
    result = install(certbot, plesk, names="a.lab.test,www.a.lab.test,b.lab.test,c.lab.test")
    assert plesk.uses == {"a.lab.test": CERTIFICATE, "c.lab.test": CERTIFICATE}
    assert plesk.served("a.lab.test") == plesk.served("c.lab.test")
    assert "b.lab.test is not a site with web hosting" in result.err
    assert "a.lab.test is not a site" not in result.err
    result = install(certbot, plesk, names="d.lab.test", check=1)
    assert "none of the names of the certificate is a site" in result.err


def test_a_wildcard_is_for_the_sites_below_it(certbot, plesk, dns_hook):
    run(certbot, plesk, "run", "-n", "-a", "manual", "--manual-auth-hook", dns_hook, "--preferred-challenges", "dns",
        "-i", "plesk", "--plesk-url", plesk.url, "-d", "*.lab.test")
    assert set(plesk.uses) == {"a.lab.test", "b.lab.test", "c.lab.test"}


def test_what_plesk_refuses_is_owed_until_it_succeeds(certbot, plesk):
    install(certbot, plesk)
    plesk.refuses = {"site/set a.lab.test", "certificate/update"}
    result = renew(certbot, plesk, "--force-renewal", check=1)
    assert "cannot secure the site 'a.lab.test'" in result.err and "1023: not today" in result.err
    plesk.refuses = {"site/set a.lab.test"}
    plesk.uses.clear()
    renew(certbot, plesk, check=1)
    assert plesk.uses == {"b.lab.test": CERTIFICATE}
    plesk.refuses = set()
    renew(certbot, plesk)
    assert plesk.served("a.lab.test").serial_number == serial(certbot)


def test_a_key_that_plesk_refuses_is_found_before_the_ca_is_asked(certbot, plesk, pebble):
    result = install(certbot, plesk, env={"LE_PLESK_SECRET_KEY": "wrong-key"}, check=1)
    assert "11003: Secret key provided is invalid" in result.err and "check the secret key" in result.err
    assert "wrong-key" not in result.text + certbot.log()
    assert not [path for _, path in pebble.new_requests() if "order" in path]


def test_the_key_of_a_file_and_a_server_that_is_verified(certbot, plesk, tmp_path):
    path = tmp_path / "key"
    path.write_text(KEY + "\n")
    path.chmod(0o600)
    none = {"LE_PLESK_SECRET_KEY": ""}
    # Another CA, and the right one with a certificate of another name.
    for ca_file in (BUNDLE, plesk.identity.bundle_path):
        result = install(certbot, plesk, "--plesk-secret-key-file", path, "--plesk-ca-file", ca_file, env=none, check=1)
        assert "cannot verify the TLS certificate" in result.err and not plesk.calls
    install(certbot, plesk, "--plesk-secret-key-file", path, env=none)
    assert plesk.uses
    # Another machine's is always verified, and needs a key of its own.
    result = install(certbot, plesk, "--cert-name", "x", url="https://plesk.lab.test:8443", env=none, check=1)
    assert "no secret key was given" in result.err and "-ip-address" in result.err
    result = install(certbot, plesk, "--cert-name", "x", url="http://127.0.0.1:8880", check=1)
    assert "--plesk-url must be an https:// address" in result.err


def test_a_certificate_that_passes_with_the_given_ca(certbot, tmp_path):
    with Plesk(tmp_path, ("127.0.0.1",), a_lab_test=[]) as proper:
        install(certbot, proper, "--plesk-ca-file", proper.identity.bundle_path, names="a.lab.test")
        assert proper.uses


def test_the_program_makes_a_key_for_the_run_and_deletes_it(certbot, plesk, tmp_path):
    programs = Programs(tmp_path / "bin", certbot)
    programs.add("plesk", PROGRAM)
    none = {"LE_PLESK_SECRET_KEY": ""}
    install(certbot, plesk, env=none)
    assert plesk.uses and [call.split()[2] for call in programs.calls("plesk")] == ["--create", "--delete"]
    (programs.folder / "plesk.fails").write_text("bin secret_key --create")
    result = renew(certbot, plesk, "--force-renewal", env=none, check=1)
    assert "plesk refuses" in result.err and "--plesk-secret-key-file" in result.err
    (programs.folder / "plesk.fails").write_text("bin secret_key --delete")
    programs.calls("plesk")
    result = renew(certbot, plesk, env=none)
    assert "cannot delete the secret key" in result.err and plesk.served("a.lab.test").serial_number == serial(certbot)
    assert KEY not in result.text + certbot.log()


def test_an_old_conf_renews_but_for_its_authenticator(certbot, plesk):
    install(certbot, plesk)
    conf = certbot.config_dir / "renewal" / "a.lab.test.conf"
    text = conf.read_text().replace("installer = plesk", "installer = letsencrypt-plesk:plesk\n"
                                    f"letsencrypt_plesk:plesk_secret_key = {KEY}")
    conf.write_text(text)
    none = {"LE_PLESK_SECRET_KEY": ""}
    renew(certbot, plesk, "--force-renewal", env=none)
    assert plesk.served("a.lab.test").serial_number == serial(certbot)
    assert KEY not in certbot.log()
    conf.write_text(text.replace("authenticator = standalone", "authenticator = letsencrypt-plesk:plesk"))
    result = renew(certbot, plesk, "--force-renewal", env=none, check=1)
    assert "is not an authenticator" in result.err and "-a webroot -w" in result.err
    run(certbot, plesk, "reconfigure", "--cert-name", "a.lab.test", "-a", "standalone", server=True, env=none)
    renew(certbot, plesk, "--force-renewal", env=none)
    assert plesk.served("a.lab.test").serial_number == serial(certbot)
