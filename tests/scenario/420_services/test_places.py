"""A service goes on showing the certificate when the place of its file changes, and an installation that
failed stays owed as one until it succeeds."""

import contextlib
import shutil

import pytest

from lab.haproxy import HAProxy, PLAIN, TLS
from lab.icecast import Icecast
from lab.mail import HOST, Postfix
from lab.process import free_port

A = "a.lab.test"
RADIO, OTHER_RADIO = "radio.lab.test", "other.lab.test"
ONE_FILE = TLS.replace("crt {certs}", "crt {certs}/own.pem")

THROUGH = """
listen through
    mode tcp
    bind 127.0.0.1:{https}
    server s 127.0.0.1:9
"""


def owed(certbot, name):
    """What the renewal conf says is still to be done."""
    return {line.split(" ")[0] for line in certbot.lineage(name).conf().splitlines()
            if line.endswith("_pending = True")}


def install(certbot, service, name, options=(), **run_options):
    """By another authenticator, so that the service need not answer the CA."""
    return certbot.run("run", "-n", "-a", "standalone", "-i", service.plugin, *service.options(),
                       "--http-01-port", certbot.ca.http_port, "-d", name, *options, **run_options)


# --- HAProxy ---

@pytest.fixture
def start():
    """Starts HAProxy with a file of the administrator's, so that its directory is never empty."""
    with contextlib.ExitStack() as stack:
        def start(text, **options):
            haproxy = HAProxy(free_port(), text, ready=False, **options)
            haproxy.plugin = "haproxy"
            stack.enter_context(haproxy)
            haproxy.own_pem(haproxy.certs / "own.pem", "own.lab.test")
            return haproxy.start()
        yield start


@pytest.mark.parametrize("level", ("admin", "operator"))
@pytest.mark.parametrize("text", (TLS, ONE_FILE), ids=("directory", "file"))
def test_haproxy_loads_the_file_from_a_new_place(certbot, start, text, level):
    haproxy = start(text, level=level)
    install(certbot, haproxy, A)
    other = haproxy.root / "other"
    other.mkdir()
    result = certbot.run("reconfigure", "-n", "--cert-name", A, "--haproxy-crt-dir", other)
    assert "The changes for the installer apply now; any others will apply when" in result.out
    assert f"{other}/{A}.pem" in haproxy.config.read_text(), result
    haproxy.await_leaf(certbot.leaf(A), A)
    for _ in range(2):
        certbot.run("renew", "--force-renewal")
        haproxy.await_leaf(certbot.leaf(A), A)
        haproxy.reload()
        assert haproxy.leaf(A) == certbot.leaf(A)
    assert not owed(certbot, A)


def test_run_with_another_directory_does_not_leave_the_old_file_in_front(certbot, start):
    haproxy = start(TLS)
    install(certbot, haproxy, A)
    other = haproxy.root / "other"
    other.mkdir()
    install(certbot, haproxy, A, options=("--haproxy-crt-dir", other, "--force-renewal"))
    haproxy.await_leaf(certbot.leaf(A), A)
    haproxy.reload()
    assert haproxy.leaf(A) == certbot.leaf(A)
    assert (haproxy.certs / f"{A}.pem").read_bytes() == (other / f"{A}.pem").read_bytes()


@pytest.mark.parametrize("level", ("admin", "operator"))
def test_haproxy_that_loads_none_of_the_files_is_owed_a_reload(certbot, start, level):
    haproxy = start(ONE_FILE, level=level)
    install(certbot, haproxy, A)
    own, before = haproxy.root / "copied.pem", certbot.leaf(A)
    shutil.copy(haproxy.certs / f"{A}.pem", own)
    haproxy.config.write_text(haproxy.config.read_text().replace(f"{haproxy.certs}/{A}.pem", str(own)))
    haproxy.reload()
    for command in (("renew", "--force-renewal"), ("renew",)):
        result = certbot.run(*command, check=1)
        assert f"'{haproxy.certs}/{A}.pem'" in result.err and f"--cert-name {A}" in result.err, result
        assert "reload_pending" in owed(certbot, A)
    assert haproxy.leaf(A) == before
    certbot.run("install", "-n", "-i", "haproxy", "--cert-name", A)
    haproxy.await_leaf(certbot.leaf(A), A)
    certbot.run("renew")
    assert not owed(certbot, A)


@pytest.mark.parametrize("level", ("admin", "operator"))
def test_a_configuration_with_variables_is_not_suspected(certbot, start, monkeypatch, level):
    haproxy = start(TLS, level=level)
    install(certbot, haproxy, A)
    haproxy.stop_only()
    monkeypatch.setenv("CERTS", str(haproxy.certs))
    haproxy.config.write_text(haproxy.config.read_text().replace(f"crt {haproxy.certs}", 'crt "${CERTS}"'))
    haproxy.start()
    certbot.run("renew", "--force-renewal", env={"CERTS": haproxy.certs})
    haproxy.await_leaf(certbot.leaf(A), A)
    assert not owed(certbot, A)


def test_an_installation_that_haproxy_has_no_frontend_for_stays_owed(certbot, start):
    haproxy = start(PLAIN + THROUGH)
    assert "belongs to 'through'" in install(certbot, haproxy, A, check=1).err
    for _ in range(2):
        result = certbot.run("renew", check=1)
        assert "belongs to 'through'" in result.err and "installation_pending" in owed(certbot, A), result
    haproxy.write(haproxy.config.read_text().split("\nlisten")[0].replace(
        "    acl", "    bind 127.0.0.1:{https} ssl crt {certs}/own.pem\n    acl"))
    certbot.run("renew")
    haproxy.await_leaf(certbot.leaf(A), A)
    assert not owed(certbot, A)


def test_rollback_reloads_the_servers_whose_files_it_restores(certbot, start):
    """Without a word about where they are: the records have that."""
    servers = [start(ONE_FILE) for _ in range(2)]
    before = [haproxy.config.read_bytes() for haproxy in servers]
    for haproxy, name in zip(servers, (A, "b.lab.test")):
        install(certbot, haproxy, name)
        haproxy.await_leaf(certbot.leaf(name), name)
    certbot.run("rollback", "-i", "haproxy", "--checkpoints", "2")
    for haproxy, name, old in zip(servers, (A, "b.lab.test"), before):
        assert haproxy.config.read_bytes() == old
        haproxy.await_leaf(haproxy.leaf("own.lab.test"), name)


# --- Postfix ---

def test_another_postfix_gets_the_certificate_and_is_watched(certbot):
    with Postfix() as first, Postfix() as second:
        for postfix in (first, second):
            postfix.stop_server()
        certbot.run("run", "-n", "-a", "standalone", *first.options(), "--http-01-port",
                    certbot.ca.http_port, "-d", HOST)
        certbot.run("reconfigure", "-n", "--cert-name", HOST, *second.options())
        live, main = str(certbot.lineage(HOST).live), second.root / "main.cf"
        assert live in main.read_text()
        certbot.run("renew", "--force-renewal")
        assert not owed(certbot, HOST)
        # Somebody has a file of his own there now.
        main.write_text(main.read_text().replace(live, "/etc/ssl/mine"))
        result = certbot.run("renew", "--force-renewal", check=1)
        assert f"does not load '{live}/fullchain.pem'" in result.err, result
        assert "reload_pending" in owed(certbot, HOST)
        certbot.run("install", "-n", "-i", "postfix", "--cert-name", HOST)
        certbot.run("renew")
        assert not owed(certbot, HOST)


# --- Icecast ---

@pytest.fixture
def icecast(certbot):
    with Icecast() as icecast:
        icecast.plugin = "icecast"
        certbot.extra_env.update(icecast.environment)
        yield icecast


def test_icecast_loads_the_file_from_a_new_place(certbot, icecast):
    install(certbot, icecast, RADIO)
    certbot.run("reconfigure", "-n", "--cert-name", RADIO, "--icecast-cert-and-key-file", "new.pem")
    assert f"{icecast.folder}/etc/new.pem</ssl-certificate>" in icecast.conf.read_text()
    assert icecast.leaf() == certbot.leaf(RADIO) and icecast.restarts() == 2
    certbot.run("renew", "--force-renewal")
    assert icecast.leaf() == certbot.leaf(RADIO) and icecast.restarts() == 3
    assert not owed(certbot, RADIO)


def test_an_installation_that_icecast_refused_stays_owed(certbot, icecast):
    (icecast.folder / "refuses").touch()
    before = icecast.conf.read_bytes()
    install(certbot, icecast, RADIO, check=1)
    assert "cannot restart" in certbot.run("renew", check=1).err
    assert icecast.conf.read_bytes() == before and "installation_pending" in owed(certbot, RADIO)
    (icecast.folder / "refuses").unlink()
    restarts = icecast.restarts()
    for _ in range(2):
        certbot.run("renew")
        assert icecast.leaf() == certbot.leaf(RADIO) and icecast.restarts() == restarts + 1
    assert not owed(certbot, RADIO)


def test_icecast_that_loads_another_file_is_not_restarted(certbot, icecast):
    install(certbot, icecast, RADIO)
    own = icecast.folder / "etc/own.pem"
    shutil.copy(icecast.folder / f"etc/{RADIO}.pem", own)
    shutil.chown(own, "root", "icecast")
    icecast.write(icecast.conf.read_text().replace(f"{RADIO}.pem", "own.pem"))
    for command in (("renew", "--force-renewal"), ("renew",)):
        result = certbot.run(*command, check=1)
        assert f"'{own}'" in result.err and f"--cert-name {RADIO}" in result.err, result
        assert "reload_pending" in owed(certbot, RADIO) and icecast.restarts() == 1
    certbot.run("install", "-n", "-i", "icecast", "--cert-name", RADIO)
    assert icecast.leaf() == certbot.leaf(RADIO)
    certbot.run("renew")
    assert not owed(certbot, RADIO)


def test_a_certificate_that_made_place_for_another_costs_nothing(certbot, icecast):
    install(certbot, icecast, RADIO)
    install(certbot, icecast, OTHER_RADIO)
    restarts = icecast.restarts()
    certbot.run("renew", "--force-renewal", "--cert-name", RADIO)
    assert icecast.restarts() == restarts and not owed(certbot, RADIO)
    certbot.run("renew", "--force-renewal", "--cert-name", OTHER_RADIO)
    assert icecast.restarts() == restarts + 1 and icecast.leaf() == certbot.leaf(OTHER_RADIO)
    before = len(certbot.log())
    certbot.run("renew", "--force-renewal")  # both, the one that is not loaded last
    assert icecast.restarts() == restarts + 2 and icecast.leaf() == certbot.leaf(OTHER_RADIO)
    first, restart, _ = certbot.log()[before:].partition("icecast2 restart")
    assert restart and "not yet: " not in first, "it did not have to be seen first that it shows the old one"
