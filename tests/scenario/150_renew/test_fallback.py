"""`--fallback-server`: another CA in the place of one that is down or busy, and back to it later."""

import contextlib
import json
import re
import shutil
import socket
import threading

import pytest
from cryptography import x509

from lab.bind import Bind
from lab.certbot import Certbot, DebianCertbot
from lab.faults import FAULTS
from lab.hostile import HostileCA
from lab.hosts import NAME
from lab.pebble import Pebble
from lab.process import free_port


class Road:
    """Leads connections to a CA, until it is closed: then they are refused, as by one that is down. A
    Pebble that is ended instead forgets its accounts."""

    def __init__(self, ca):
        self.ca, self.port, self.listener = ca, free_port(), None
        self.open()

    @property
    def directory(self):
        return f"https://{NAME}:{self.port}/dir"

    def open(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                near = listener.accept()[0]
                far = socket.create_connection(("127.0.0.1", self.ca.port))
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    @staticmethod
    def _pump(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


class Pair:
    """Two CAs that validate at the same ports, and a certbot that trusts both and asks the first."""

    def __init__(self, folder, first, directory, second):
        self.bundle = folder / "all.pem"
        self.bundle.write_bytes(b"")
        self.trust(first)
        self.trust(second)
        self.first, self.directory, self.second = first, directory, second
        self.env = {"REQUESTS_CA_BUNDLE": str(self.bundle)}
        self.certbot = Certbot(folder / "certbot", second, env=self.env)

    def trust(self, ca):
        with self.bundle.open("ab") as bundle:
            bundle.write(ca.ca_bundle.read_bytes())

    def obtain(self, name, *options, **run_options):
        return self.certbot.certonly(
            name, options=["--server", self.directory, "--fallback-server", self.second.directory,
                           "--agree-tos", "--register-unsafely-without-email", *options],
            **run_options)

    def renew(self, *options, **run_options):
        """Returns what the second CA was asked."""
        self.second.new_requests()
        self.result = self.certbot.run("renew", "--force-renewal", *options, **run_options)
        return self.second.new_requests()

    def is_from_second(self, name):
        issuer = self.certbot.leaf(name).issuer
        return issuer.rfc4514_string() in self._names_of_second()

    def _names_of_second(self):
        return x509.load_pem_x509_certificate(self.second.intermediate()).subject.rfc4514_string()


@pytest.fixture
def second(tmp_path, shared_pebble):
    with Pebble(tmp_path / "second", nonce_reject=0, authz_reuse=0,
                dns=shared_pebble.dns.dns_address, caa_identities=["second.test"]) as ca:
        yield ca


@pytest.fixture
def road(tmp_path, shared_pebble, second):
    first = Pebble(tmp_path / "first", nonce_reject=0, authz_reuse=0,
                   dns=shared_pebble.dns.dns_address)
    first.http_port, first.tls_port = second.http_port, second.tls_port
    with first:
        yield Road(first)


@pytest.fixture
def pair(tmp_path, road, second):
    return Pair(tmp_path, road.ca, road.directory, second)


def test_down_and_back(pair, road, tmp_path):
    """The account at the second CA is made at once. While the first is down the second issues, and it
    is who revokes that; the conf's server stays the first, which is asked again as soon as it is
    back, by Debian's certbot as well."""
    pair.obtain("down.test")
    assert ("POST", "/sign-me-up") in pair.second.new_requests()
    conf = pair.certbot.lineage("down.test").conf
    assert f"server = {road.directory}\n" in conf() and "issuer" not in conf()
    assert not pair.is_from_second("down.test")
    road.close()
    requests = pair.renew()
    assert ("POST", "/order-plz") in requests and ("POST", "/sign-me-up") not in requests
    assert "cannot issue for down.test now: " in pair.result.text
    assert pair.is_from_second("down.test")
    assert f"server = {road.directory}\n" in conf()
    assert f"issuer = {pair.second.directory}\n" in conf()
    entry = json.loads(pair.certbot.run("certificates", "--json").out)["certificates"][0]
    assert entry["issued_by"] == pair.second.directory and entry["server"] == road.directory
    assert entry["fallback_servers"][0].startswith(f"{pair.second.directory},account=")
    serial = pair.certbot.leaf("down.test").serial_number
    road.open()
    pair.certbot.run("revoke", "-n", "--cert-name", "down.test", "--no-delete-after-revoke",
                     server=False)
    assert pair.second.certificate_status(serial)["Status"] == "Revoked"
    assert pair.renew() == [] and not pair.is_from_second("down.test")
    assert "\nissuer" not in conf() and f' {pair.second.directory},account=' in conf()
    assert f'"{pair.second.directory},account=' in conf()
    theirs = DebianCertbot(tmp_path / "certbot", pair.second, env=pair.env)
    assert "down.test" in theirs.run("certificates", server=False).out
    theirs.run("renew", "--force-renewal", timeout=120)
    assert pair.certbot.lineage("down.test").version() == 4
    assert pair.second.directory in conf()


def test_down_before_there_is_an_account(pair, road, tmp_path):
    """The second issues at once. A renewal without anybody's consent to the terms of the first stays
    with the second; one with it makes the account, and the first issues."""
    road.close()
    events = tmp_path / "events"
    result = pair.obtain("early.test", "--json-events", events)
    assert f"{road.directory} cannot be used now: " in result.text and pair.is_from_second("early.test")
    orders = [json.loads(line) for line in events.read_text().splitlines()]
    assert [event["server"] for event in orders if event["event"] == "order"] == [pair.second.directory]
    conf = pair.certbot.lineage("early.test").conf
    assert f"server = {road.directory}\n" in conf() and "\naccount = None\n" in conf()
    assert f"issuer = {pair.second.directory}\n" in conf()
    pair.renew()
    assert pair.is_from_second("early.test")
    road.open()
    pair.renew()
    assert "--agree-tos" in pair.result.text and pair.is_from_second("early.test")
    assert pair.renew("--agree-tos", "--register-unsafely-without-email") == []
    assert not pair.is_from_second("early.test") and "\naccount = None" not in conf()


def test_events_of_an_order_that_never_was(pair, road, tmp_path):
    pair.obtain("seen.test")
    road.close()
    events = tmp_path / "events"
    pair.renew("--json-events", events)
    kinds = [json.loads(line)["event"] for line in events.read_text().splitlines()]
    assert kinds.count("order") == 2 and kinds.count("validated") == 1
    assert kinds.index("validated") > len(kinds) - 1 - kinds[::-1].index("order")


@pytest.mark.parametrize("places, complaint", [
    (["nonsense"], "--fallback-server 'nonsense'"),
    (["https://127.0.0.1:1/dir"], "is the server that is asked first"),
    ([f"https://127.0.0.1:{port}/dir" for port in range(2, 12)], "at most 8 --fallback-server"),
])
def test_what_can_be_known_is_known_before_any_ca_is_asked(tmp_path, shared_pebble, places, complaint):
    certbot = Certbot(tmp_path / "certbot", shared_pebble)
    options = [word for place in places for word in ("--fallback-server", place)]
    refused = certbot.certonly("never.test", check=1, server=False, options=[
        "--server", "https://127.0.0.1:1/dir", "--agree-tos", *options,
        "--register-unsafely-without-email"])
    assert complaint in refused.err and "--server 'nonsense'" not in refused.err.replace("--fallback-server", "")
    assert "cannot read the directory" not in refused.err


def test_each_old_certificate_is_revoked_by_its_own_ca(pair, road):
    """One of the first CA, of the second, and of the first again, by their files in archive/."""
    pair.obtain("old.test")
    road.close()
    pair.renew()
    road.open()
    pair.renew()
    archive = pair.certbot.config_dir / "archive/old.test"
    for number, ca in (1, road.ca), (2, pair.second), (3, road.ca):
        path = archive / f"cert{number}.pem"
        serial = x509.load_pem_x509_certificate(path.read_bytes()).serial_number
        pair.certbot.run("revoke", "-n", "--cert-path", path, "--no-delete-after-revoke",
                         server=False)
        assert ca.certificate_status(serial)["Status"] == "Revoked"


def test_not_for_what_is_wrong_with_the_names(pair, shared_pebble):
    pair.obtain("wrong.test")
    shared_pebble.dns.set_servfail("wrong.test")
    assert pair.renew(check=1) == []
    shared_pebble.dns.clear_servfail("wrong.test")


def test_renewal_information_comes_from_who_issued(pair, road):
    pair.obtain("informed.test")
    road.close()
    pair.renew()
    assert pair.is_from_second("informed.test")
    path = pair.certbot.lineage("informed.test").conf_path
    path.write_text(path.read_text().split("[acme_renewal_info]")[0])
    pair.certbot.run("renew")
    assert any(path.startswith("/draft-ietf-acme-ari") for _, path in pair.second.new_requests())


@pytest.mark.parametrize("fault", ["429-without-retry-after", "503-retry-after-a-day"])
def test_busy(tmp_path, second, fault):
    """The second CA renews what is due. A very first certificate comes from it, too, since the first
    has an account of ours."""
    with HostileCA(tmp_path / "busy") as busy:
        pair = Pair(tmp_path, busy, busy.directory, second)
        pair.obtain("calm.test")
        assert not pair.is_from_second("calm.test")
        busy.fault = FAULTS[fault]
        assert pair.renew() and pair.is_from_second("calm.test")
        pair.obtain("born.test")
        assert pair.is_from_second("born.test")


def test_third_and_none_left(pair, road, tmp_path, shared_pebble):
    """Two CAs behind the first: the third issues where the second is down as well. With none left, the
    failure on record is that of the first."""
    third = Pebble(tmp_path / "third", nonce_reject=0, authz_reuse=0,
                   dns=shared_pebble.dns.dns_address)
    third.http_port, third.tls_port = pair.second.http_port, pair.second.tls_port
    with third:
        beyond = Road(third)
        pair.trust(third)
        aside = Road(pair.second)
        pair.certbot.certonly("long.test", options=[
            "--server", pair.directory, "--fallback-server", aside.directory, "--fallback-server",
            beyond.directory, "--agree-tos", "--register-unsafely-without-email"])
        road.close()
        aside.close()
        assert pair.renew() == []
        assert f"issuer = {beyond.directory}\n" in pair.certbot.lineage("long.test").conf()
        beyond.close()
        pair.renew(check=1)
        failure = re.search("^failure = (.*)", pair.certbot.lineage("long.test").conf(), re.M)[1]
        assert road.directory in failure


def test_configuration_file(pair, road, tmp_path):
    """Named in cli.ini, it gets an account in the first renewal that may make one. The account stays
    the conf's when there are two. A lineage of that very CA is renewed as ever, without a word."""
    plain = ["--agree-tos", "--register-unsafely-without-email"]
    pair.certbot.certonly("filed.test", options=["--server", pair.directory, *plain])
    cli = tmp_path / "cli.ini"
    cli.write_text(f"fallback-server = {pair.second.directory}\nagree-tos = true\n"
                   "register-unsafely-without-email = true\n")
    conf = pair.certbot.lineage("filed.test").conf
    assert ("POST", "/sign-me-up") in pair.renew("--config", cli)
    item = re.search(r"^fallback_servers = (.*)", conf(), re.M)[1]
    account = re.search(f"{pair.second.directory},account=([0-9a-f]+)", item)[1]
    accounts = pair.certbot.config_dir / "accounts"
    accounts.rename(tmp_path / "aside")
    pair.certbot.run("register", "-n", *plain, "--server", pair.second.directory, server=False)
    shutil.copytree(tmp_path / "aside", accounts, dirs_exist_ok=True)
    road.close()
    assert ("POST", "/order-plz") in pair.renew("--config", cli)
    assert pair.is_from_second("filed.test") and item in conf()
    pair.certbot.certonly("its.test", options=[
        "--server", pair.second.directory, "--config", cli, "--account", account])
    pair.renew("--config", cli, "--cert-name", "its.test")
    assert "--fallback-server" not in pair.result.text
    assert "fallback_servers" not in pair.certbot.lineage("its.test").conf()


def test_renewal_goes_on_without_a_ca_that_cannot_be_used(pair):
    """`renew --fallback-server` with one that is down and has no account of ours yet, and with the
    server of the lineage itself."""
    pair.certbot.certonly("sure.test", options=["--server", pair.directory, "--agree-tos",
                                                "--register-unsafely-without-email"])
    dead = f"https://{NAME}:{free_port()}/dir"
    for place in dead, pair.directory:
        pair.renew("--fallback-server", place, "--agree-tos", "--register-unsafely-without-email")
        assert place in pair.result.text and "the renewal goes on without it" in pair.result.text
    assert pair.certbot.lineage("sure.test").version() == 3
    assert "fallback_servers" not in pair.certbot.lineage("sure.test").conf()
    assert "failures" not in pair.certbot.lineage("sure.test").conf()


def test_caa_forbids(pair, road, tmp_path):
    """The zone allows only another CA than the second: it is not asked."""
    with Bind(tmp_path / "bind", {"caa.test": "", "free.test": ""}, recursive=True,
              records={"caa.test": ['@ CAA 0 issue "first.test"']}) as bind:
        names = ["--dns-resolver", bind.dns_address]
        pair.obtain("www.caa.test", *names)
        pair.obtain("www.free.test", *names)
        road.close()
        requests = pair.renew(check=1)
        assert requests.count(("POST", "/order-plz")) == 1
        assert 'a CAA record of www.caa.test forbids it (0 issue "first.test")' in pair.result.text
        assert not pair.is_from_second("www.caa.test") and pair.is_from_second("www.free.test")


def test_accounts_are_made_or_nothing_is_asked(pair):
    """Without consent there is no account at the second CA, and no certificate by the first."""
    pair.certbot.run("register", "-n", "--agree-tos", "--register-unsafely-without-email",
                     "--server", pair.directory)
    result = pair.certbot.certonly("bold.test", check=1, server=False, options=[
        "--server", pair.directory, "--fallback-server", pair.second.directory,
        "--register-unsafely-without-email"])
    assert "--agree-tos" in result.text and pair.certbot.lineage_names() == []
    result = pair.obtain("bold.test", "--fallback-server", pair.directory, check=1)
    assert "is the server that is asked first" in result.text


def test_added_and_removed_without_renewing(pair):
    pair.certbot.certonly("later.test", options=["--server", pair.directory, "--agree-tos",
                                                 "--register-unsafely-without-email"])
    conf = pair.certbot.lineage("later.test").conf
    pair.certbot.run("reconfigure", "-n", "--cert-name", "later.test", "--fallback-server",
                     pair.second.directory, "--agree-tos", "--register-unsafely-without-email",
                     server=False)
    assert f'{pair.second.directory},account=' in conf()
    pair.certbot.run("certonly", "-n", "--keep", "--cert-name", "later.test", "--standalone",
                     "--server", pair.directory, "--fallback-server", "none", server=False)
    assert pair.second.directory not in conf()
    assert pair.certbot.lineage("later.test").version() == 1
