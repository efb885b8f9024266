"""dns-rfc2136 against a real BIND 9."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from lab.bind import ALGORITHMS, Bind, Key
from lab.knot import Knot
from lab.process import free_port

TOOL = os.environ.get("DNS_TOOL", Path(__file__).resolve().parents[2] / "build/tests/unit/dns/dns_tool")


def run_tool(credentials, *challenges, options=(), env=None):
    """Presents and cleans up; returns the lines that were printed."""
    run = subprocess.run([str(TOOL), "-r", "-s", f"dns_rfc2136_credentials={credentials}",
                          "-s", "dns_rfc2136_propagation_seconds=0", *options, "dns-rfc2136",
                          *challenges],
                         env={"PATH": "/usr/bin:/bin", **(env or {})}, capture_output=True, text=True,
                         timeout=90)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def bind(tmp_path_factory):
    keys = [Key(f"key-{name}", name) for name in ALGORITHMS]
    zones = {"example.test": None, "sub.example.test": None, "closed.test": "",
             "narrow.test": 'grant "key-sha256" name _acme-challenge.ok.narrow.test TXT;',
             "_acme-challenge.own.example.test": None}
    with Bind(tmp_path_factory.mktemp("bind"), zones, keys, ("127.0.0.1", "::1")) as server:
        yield server


def key_of(bind, algorithm):
    return next(key for key in bind.keys if key.algorithm == algorithm)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_updates_are_signed_by_each_algorithm(bind, tmp_path, algorithm):
    credentials = bind.credentials(tmp_path / "c.ini", key_of(bind, algorithm))
    before = len(bind.updates())
    output = run_tool(credentials, f"{algorithm}.example.test=value-{algorithm}")
    assert f"present _acme-challenge.{algorithm}.example.test ok" in output
    assert "cleanup ok" in output
    assert [(key, what) for key, _, what in bind.updates()[before:]] == [
        (f"key-{algorithm}", "adding"), (f"key-{algorithm}", "deleting")]
    assert bind.txt(f"_acme-challenge.{algorithm}.example.test") == []


def test_soa_queries_are_signed_on_request(bind, tmp_path):
    credentials = bind.credentials(tmp_path / "c.ini", key_of(bind, "sha512"), sign_query="True")
    assert "present _acme-challenge.example.test ok" in run_tool(credentials, "example.test=v")


@pytest.mark.parametrize("kind", (Bind, Knot))
def test_the_time_to_live_of_others_stays(tmp_path, kind):
    with kind(tmp_path / "server", records={"example.test": ['_acme-challenge 7200 IN TXT "other"']}) as server:
        credentials = server.credentials(tmp_path / "c.ini", sign_query="true")
        run_tool(credentials, "example.test=ours", "www.example.test=new")
        run = subprocess.run(["dig", "+noall", "+answer", "+norecurse", "-p", str(server.port), "@127.0.0.1",
                              "_acme-challenge.example.test", "TXT"], capture_output=True, text=True, check=True)
        assert run.stdout.split()[1:] == ["7200", "IN", "TXT", '"other"'], run.stdout


def test_values_of_others_stay(tmp_path):
    with Bind(tmp_path / "bind",
              records={"example.test": ['_acme-challenge IN TXT "other"']}) as bind:
        output = run_tool(bind.credentials(tmp_path / "c.ini"), "example.test=mine")
        assert "cleanup ok" in output
        assert bind.txt("_acme-challenge.example.test") == ["other"]


def test_the_deepest_zone_gets_the_record(bind, tmp_path):
    credentials = bind.credentials(tmp_path / "c.ini", key_of(bind, "sha256"))
    before = len(bind.updates())
    output = run_tool(credentials, "www.sub.example.test=a", "own.example.test=b", "example.test=c")
    assert output.count(" ok\n") == 4
    # The zones are worked on at the same time.
    assert sorted(zone for _, zone, what in bind.updates()[before:] if what == "adding") == [
        "_acme-challenge.own.example.test", "example.test", "sub.example.test"]


def test_a_refused_update_names_zone_and_answer(bind, tmp_path):
    credentials = bind.credentials(tmp_path / "c.ini", key_of(bind, "sha256"))
    output = run_tool(credentials, "closed.test=v", "example.test=w", "no.narrow.test=x")
    assert "cannot add records in zone 'closed.test': name server 127.0.0.1" in output
    assert "answered REFUSED [hint: " in output
    assert "cannot add records in zone 'narrow.test'" in output
    assert "present _acme-challenge.example.test ok" in output


def test_a_wrong_secret_is_named(bind, tmp_path):
    key = key_of(bind, "sha256")
    wrong = Key(key.name, key.algorithm)
    output = run_tool(bind.credentials(tmp_path / "c.ini", wrong), "example.test=v")
    assert "refuses TSIG key 'key-sha256' (HMAC-SHA256, BADSIG)" in output
    assert wrong.secret not in output


def test_an_unknown_key_is_named(bind, tmp_path):
    output = run_tool(bind.credentials(tmp_path / "c.ini", Key("stranger")), "example.test=v")
    assert "refuses TSIG key 'stranger' (HMAC-SHA256, BADKEY)" in output


def test_a_name_outside_all_zones_lists_what_was_tried(bind, tmp_path):
    output = run_tool(bind.credentials(tmp_path / "c.ini", key_of(bind, "sha256")), "a.elsewhere.test=v")
    assert ("it has none of _acme-challenge.a.elsewhere.test, a.elsewhere.test, elsewhere.test, test"
            in output)


def test_an_ipv6_server_works(bind, tmp_path):
    credentials = bind.credentials(tmp_path / "c.ini", key_of(bind, "sha256"), server="::1")
    assert "present _acme-challenge.example.test ok" in run_tool(credentials, "example.test=v")


def test_a_server_that_is_down_is_named(bind, tmp_path):
    port = free_port()
    credentials = bind.credentials(tmp_path / "c.ini", key_of(bind, "sha256"))
    credentials.write_text(credentials.read_text().replace(f"port = {bind.port}", f"port = {port}"))
    output = run_tool(credentials, "example.test=v")
    assert f"no answer from name server 127.0.0.1:{port}: Connection refused" in output


def test_udp_is_used_where_tcp_is_not(tmp_path):
    with Bind(tmp_path / "bind") as bind, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as front:
        front.bind(("127.0.0.1", 0))
        credentials = bind.credentials(tmp_path / "c.ini")
        port = front.getsockname()[1]
        credentials.write_text(credentials.read_text().replace(f"port = {bind.port}", f"port = {port}"))
        relay = relay_udp(front, bind.port)
        output = run_tool(credentials, "example.test=v")
        assert "present _acme-challenge.example.test ok" in output
        assert relay.count >= 3


class relay_udp:
    """Passes datagrams on to a port of loopback, and counts them."""

    def __init__(self, front, port):
        import threading
        self.front, self.port, self.count = front, port, 0
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                query, client = self.front.recvfrom(65535)
            except OSError:
                return
            self.count += 1
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as back:
                back.settimeout(5)
                back.sendto(query, ("127.0.0.1", self.port))
                self.front.sendto(back.recv(65535), client)


def test_all_records_of_a_zone_go_in_one_message(tmp_path):
    zones = [f"zone{number}.test" for number in range(10)]
    with Bind(tmp_path / "bind", zones) as bind:
        names = [f"name{index}.{zone}" for zone in zones for index in range(10)]
        output = run_tool(bind.credentials(tmp_path / "c.ini"), *(f"{name}=v-{name}" for name in names))
        assert output.count("present ") == output.count(" ok\n") - 1 == 100
        assert [bind.serial(zone) for zone in zones] == [3] * 10  # one to add, one to remove


def test_a_zone_that_cannot_be_served_is_not_an_unknown_one(tmp_path):
    zones = ("example.test", "broken.test")
    with Bind(tmp_path / "bind", zones, records={"broken.test": ["www IN A nonsense"]}) as server:
        credentials = server.credentials(tmp_path / "c.ini")
        output = run_tool(credentials, "a.broken.test=v", "elsewhere.test=v")
        assert ("present _acme-challenge.a.broken.test cannot ask for the zone of "
                f"'_acme-challenge.a.broken.test': name server {server.dns_address} answered SERVFAIL "
                "[hint: its log says what is wrong with the zone] (plugin)") in output
        assert ("cannot find the zone of '_acme-challenge.elsewhere.test' at the name server: it has none "
                "of _acme-challenge.elsewhere.test, elsewhere.test, test "
                "[hint: the server refused to answer; where it answers only those who know the key, "
                "set dns_rfc2136_sign_query = true] (config)") in output


def test_bad_credentials_are_told_apart(bind, tmp_path):
    path = tmp_path / "c.ini"
    path.touch(mode=0o600)
    path.write_text("dns_rfc2136_server = 127.0.0.1\ndns_rfc2136_name =\n")
    output = run_tool(path, "example.test=v")
    assert f"Missing properties in credentials configuration file {path}:" in output
    assert 'Property "dns_rfc2136_name" not set' in output
    assert 'Property "dns_rfc2136_secret" not found' in output
    for change, complaint in (({"server": "ns1.example.test"}, "A hostname is not allowed."),
                              ({"algorithm": "HMAC-SHA3"}, "Unknown algorithm: HMAC-SHA3."),
                              ({"port": "70000"}, "'70000' is not a port number"),
                              ({"secret": "%%%"}, "is not base64")):
        output = run_tool(bind.credentials(path, **change), "example.test=v")
        assert complaint in output, output
    path.chmod(0o644)
    assert f"Unsafe permissions on credentials configuration file: {path}" in run_tool(path, "a.test=v")
