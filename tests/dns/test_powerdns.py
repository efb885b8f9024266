"""dns-powerdns against a real PowerDNS."""

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from lab.powerdns import PowerDNS
from lab.process import free_port

TOOL = os.environ.get("DNS_TOOL", Path(__file__).resolve().parents[2] / "build/tests/unit/dns/dns_tool")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with PowerDNS(tmp_path_factory.mktemp("pdns"), ("example.test", "sub.example.test")) as server:
        yield server


def command(credentials, *challenges):
    return [str(TOOL), "-c", "-s", f"dns_powerdns_credentials={credentials}",
            "-s", "dns_powerdns_propagation_seconds=0", "dns-powerdns", *challenges]


def run_tool(credentials, *challenges):
    run = subprocess.run(command(credentials, *challenges), capture_output=True, text=True, timeout=60,
                         env={"PATH": "/usr/bin:/bin"})
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_records_go_to_the_deepest_zone_and_are_removed(server, tmp_path):
    output = run_tool(server.credentials(tmp_path / "c.ini"), "example.test=apex", "example.test=star",
                      "www.sub.example.test=www")
    assert output.count("present ") == 3 and output.count(" ok\n") == 5
    assert output.count(": 204\n") == 4, "one change per zone to add, one to remove"
    assert server.txt("_acme-challenge.example.test") == []
    assert server.api_key not in output


def test_zones_on_the_same_servers_are_told_apart(server, tmp_path):
    """The servers that are asked for aliases answer for both zones; what they say of the one that a name is
    in spares the search for it."""
    for zone in ("example.test", "sub.example.test"):
        server.set_address(zone, f"ns1.{zone}", "127.0.0.1")
    tool, *args = command(server.credentials(tmp_path / "c.ini"), "sub.example.test=v", "b.a.example.test=w")
    run = subprocess.run(
        [tool, "-s", "dns_follow_cname=true", "-s", f"dns_resolver=127.0.0.1:{server.port}", *args],
        capture_output=True, text=True, timeout=60,
        env={"PATH": "/usr/bin:/bin", "CERTBOT_DNS_TEST_PORT": str(server.port)})
    assert "present _acme-challenge.sub.example.test ok" in run.stdout, run.stdout + run.stderr
    assert "adding 1 records in zone 'sub.example.test'" in run.stdout
    assert run.stdout.count("zones?zone=") == 2


def test_values_of_others_stay(server, tmp_path):
    server.set_txt("example.test", "_acme-challenge.kept.example.test", "theirs", "more")
    assert "cleanup ok" in run_tool(server.credentials(tmp_path / "c.ini"), "kept.example.test=ours")
    assert server.txt("_acme-challenge.kept.example.test") == ["more", "theirs"]


def test_records_are_served_while_they_are_presented(server, tmp_path):
    seen = []

    def watch(stop):
        while not stop.is_set():
            seen.append(tuple(server.txt("_acme-challenge.seen.example.test")))

    stop = threading.Event()
    watcher = threading.Thread(target=watch, args=(stop,))
    watcher.start()
    try:
        deadline = time.monotonic() + 20
        while ("value",) not in seen and time.monotonic() < deadline:
            run_tool(server.credentials(tmp_path / "c.ini"), "seen.example.test=value")
    finally:
        stop.set()
        watcher.join()
    assert ("value",) in seen


def test_a_wrong_key_is_told(server, tmp_path):
    output = run_tool(server.credentials(tmp_path / "c.ini", api_key="wrong-key-9876543210"),
                      "example.test=v")
    assert "at PowerDNS: GET http://127.0.0.1" in output and "answered 401: Unauthorized" in output
    assert "[hint: dns_powerdns_api_key must be the api-key of the server] (config)" in output
    assert "wrong-key-9876543210" not in output


def test_a_wrong_address_is_not_an_unknown_zone(server, tmp_path):
    for wrong in ({"api_url": server.api_url + "/powerdns"}, {"server_name": "elsewhere"}):
        output = run_tool(server.credentials(tmp_path / "c.ini", **wrong), "example.test=v")
        assert "cannot look up the zone at PowerDNS: GET http://127.0.0.1" in output
        assert "answered 404: Not Found [hint: check dns_powerdns_api_url and dns_powerdns_server_name]" in output


def test_an_unknown_zone_is_told(server, tmp_path):
    output = run_tool(server.credentials(tmp_path / "c.ini"), "a.elsewhere.test=v")
    assert "it has none of a.elsewhere.test, elsewhere.test, test (config)" in output


def test_a_server_that_is_down_is_told(server, tmp_path):
    url = f"http://127.0.0.1:{free_port()}"
    output = run_tool(server.credentials(tmp_path / "c.ini", api_url=url), "example.test=v")
    assert f"cannot look up the zone at PowerDNS" in output
    assert "(network)" in output
