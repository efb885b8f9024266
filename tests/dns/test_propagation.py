"""Aliases of challenge names, and waiting for name servers, on real BINDs."""

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from lab.bind import Bind, Resolver
from lab.knot import Knot
from lab.process import free_port

TOOL = os.environ.get("DNS_TOOL", Path(__file__).resolve().parents[2] / "build/tests/unit/dns/dns_tool")
NAME = "_acme-challenge.example.test"


class Run:
    """One run of the plugin: what it printed and how long it took."""

    def __init__(self, bind, folder, *challenges, seconds=30, port=None, resolver=None, options=()):
        credentials = bind.credentials(folder / "c.ini")
        start = time.monotonic()
        run = subprocess.run(
            [str(TOOL), "-r", "-s", f"dns_rfc2136_credentials={credentials}",
             "-s", f"dns_rfc2136_propagation_seconds={seconds}",
             "-s", f"dns_resolver={resolver or bind.dns_address}", *options, "dns-rfc2136",
             *challenges],
            env={"PATH": "/usr/bin:/bin", "CERTBOT_DNS_TEST_PORT": str(port or bind.port)},
            capture_output=True, text=True, timeout=90)
        self.took = time.monotonic() - start
        self.output = run.stdout + run.stderr
        assert run.returncode == 0, self.output


@pytest.fixture
def pair(tmp_path):
    """Two servers of one zone: the first takes updates, the second has to be told by the test."""
    both = ("127.0.0.1", "::1")
    with Bind(tmp_path / "first", addresses=both[:1], announced=both) as first, \
            Bind(tmp_path / "second", keys=first.keys, addresses=both[1:], announced=both,
                 port=first.port) as second:
        yield first, second


def test_nothing_is_waited_for_when_all_servers_show_the_record(tmp_path):
    with Bind(tmp_path / "bind", addresses=("127.0.0.1", "::1")) as bind:
        run = Run(bind, tmp_path, "example.test=apex", "example.test=wildcard")
        assert run.took < 1.5, run.output
        assert "say " not in run.output, run.output
        assert "cleanup ok" in run.output


def test_the_slowest_server_is_waited_for(pair, tmp_path):
    first, second = pair
    timer = threading.Timer(1.5, second.update, [f"add {NAME} 60 TXT value"])
    timer.start()
    run = Run(first, tmp_path, "example.test=value")
    timer.join()
    assert 1.5 <= run.took < 5, run.output
    assert "Waiting until the name servers show the DNS records, at most 30 seconds" in run.output
    assert f"waiting for name server [::1]:{second.port} to show" in run.output
    assert "warning" not in run.output


def test_the_option_bounds_the_wait(pair, tmp_path):
    run = Run(pair[0], tmp_path, "example.test=value", seconds=2)
    assert 2 <= run.took < 4, run.output
    assert "warning Continuing after 2 seconds without name server [::1]" in run.output
    assert f"present {NAME} ok" in run.output


def test_a_server_out_of_reach_is_left_out(tmp_path):
    with Bind(tmp_path / "bind", announced=("127.0.0.1", "127.0.0.3")) as bind:
        run = Run(bind, tmp_path, "example.test=value")
        assert run.took < 5, run.output
        assert "warning" not in run.output


def test_resolvers_are_asked_where_no_server_is_in_reach(tmp_path):
    with Bind(tmp_path / "bind") as bind:
        run = Run(bind, tmp_path, "example.test=value", port=free_port())
        assert run.took < 5, run.output
        assert "for DNS changes to propagate" not in run.output
        assert "warning" not in run.output


def test_time_is_slept_away_where_nothing_answers(tmp_path):
    with Bind(tmp_path / "bind") as bind:
        run = Run(bind, tmp_path, "example.test=value", seconds=2,
                  resolver=f"127.0.0.1:{free_port()}")
        assert 1.9 <= run.took < 4, run.output
        assert "seconds for DNS changes to propagate" in run.output


def test_long_answers_are_fetched_by_tcp(tmp_path):
    others = [f'_acme-challenge IN TXT "{"x" * 200}-{number}"' for number in range(60)]
    with Bind(tmp_path / "bind", records={"example.test": others}) as bind:
        run = Run(bind, tmp_path, "example.test=value")
        assert run.took < 2, run.output
        assert "warning" not in run.output


def test_a_bad_resolver_is_named(tmp_path):
    with Bind(tmp_path / "bind") as bind:
        run = Run(bind, tmp_path, "example.test=value", resolver="resolver.example")
        assert "cannot use --dns-resolver: 'resolver.example' is not the address of a name server" in run.output


ZONES = ("example.test", "alias.test", "old.test")
RECORDS = {
    "alias.test": ["_acme-challenge.www IN CNAME there.example.test.",
                   "_acme-challenge.two IN CNAME _acme-challenge.www.alias.test.",
                   "_acme-challenge.round IN CNAME _acme-challenge.round2.alias.test.",
                   "_acme-challenge.round2 IN CNAME _acme-challenge.round.alias.test."],
    "old.test": ["sub IN DNAME sub.example.test.", "*.wild IN CNAME lb.hoster.test."],
}
FOLLOW = ("-s", "dns_follow_cname=true")


@pytest.mark.parametrize("domain, target", (
    ("www.alias.test", "there.example.test"),
    ("two.alias.test", "there.example.test"),
    ("www.sub.old.test", "_acme-challenge.www.sub.example.test"),
))
def test_aliases_are_followed(tmp_path, domain, target):
    with Bind(tmp_path / "bind", ZONES, records=RECORDS) as bind:
        run = Run(bind, tmp_path, f"{domain}=value", options=FOLLOW)
        assert f"present _acme-challenge.{domain} ok" in run.output
        assert "cleanup ok" in run.output
        assert [zone for _, zone, _ in bind.updates()] == ["example.test"] * 2
        assert f"alias for '{target}'" in run.output


def test_wildcards_are_no_aliases(tmp_path):
    """What a wildcard says of names that do not exist is not about the record that is to be added."""
    with Bind(tmp_path / "bind", ZONES, records=RECORDS) as bind:
        run = Run(bind, tmp_path, "wild.old.test=value", "a.b.wild.old.test=value", options=FOLLOW)
        assert run.output.count(" ok\n") == 3 and "alias for" not in run.output
        assert {zone for _, zone, _ in bind.updates()} == {"old.test"}


def test_aliases_are_left_alone_on_request(tmp_path):
    with Bind(tmp_path / "bind", ZONES) as bind:
        run = Run(bind, tmp_path, "alias.test=value")
        assert [zone for _, zone, _ in bind.updates()] == ["alias.test"] * 2
        assert "alias for" not in run.output


def test_aliases_in_a_circle_are_refused(tmp_path):
    with Bind(tmp_path / "bind", ZONES, records=RECORDS) as bind:
        run = Run(bind, tmp_path, "round.alias.test=value", options=FOLLOW)
        assert "too many aliases: stopped at" in run.output
        assert bind.updates() == []


def test_names_without_resolver_are_taken_as_they_are(tmp_path):
    with Bind(tmp_path / "bind") as bind:
        run = Run(bind, tmp_path, "example.test=value", options=FOLLOW, seconds=0,
                  resolver=f"127.0.0.1:{free_port()}")
        assert f"present {NAME} ok" in run.output


AUTHORITY = "::1"


@pytest.fixture(params=(Bind, Knot), ids=("bind", "knot"))
def apart(request, tmp_path):
    """An authority and a caching resolver on addresses of their own. Names that do not exist are
    remembered for a minute."""
    with request.param(tmp_path / "authority", ZONES, addresses=(AUTHORITY,), records=RECORDS,
                       negative_ttl=60) as authority, \
            Resolver(tmp_path / "resolver", {zone: authority for zone in ZONES}) as resolver:
        yield authority, resolver


def test_no_resolver_hears_of_a_record_before_it_exists(apart, tmp_path):
    authority, resolver = apart
    run = Run(authority, tmp_path, "example.test=value", "www.alias.test=value", "new.example.test=value",
              resolver=resolver.dns_address, options=FOLLOW)
    assert run.took < 20 and "warning" not in run.output, run.output
    assert f"present {NAME} ok" in run.output and "alias for 'there.example.test'" in run.output
    asked = {name for name, _ in resolver.queries()}
    assert {"example.test", "alias.test"} <= asked
    assert not [name for name in asked if "_acme-challenge" in name or "new" in name], asked


def test_a_resolver_is_asked_for_aliases_when_the_records_are_there(apart, tmp_path):
    """Where no name server is in reach, what the resolver remembers is not spoilt: it sees the record as
    soon as it is there, and the CA, which may ask the same resolver, too."""
    authority, resolver = apart
    run = Run(authority, tmp_path, "example.test=value", "www.alias.test=value", port=free_port(),
              resolver=resolver.dns_address, options=FOLLOW, seconds=60)
    assert run.took < 40 and "warning" not in run.output, run.output
    assert f"present {NAME} ok" in run.output
    assert "present _acme-challenge.www.alias.test ok" in run.output
    assert "alias for 'there.example.test'" in run.output and "cleanup ok" in run.output
    assert resolver.txt(NAME) == ["value"], "it is in the cache"
    for zone in ZONES:
        assert authority.txt(f"_acme-challenge.{zone}") == []


def test_the_servers_of_a_zone_further_down_are_asked(tmp_path):
    child_zone = "far.sub.example.test"
    delegation = [f"{child_zone}. IN NS ns1.{child_zone}.", f"ns1.{child_zone}. IN A 127.0.0.1"]
    with Knot(tmp_path / "parent", addresses=(AUTHORITY,), records={"example.test": delegation}) as parent, \
            Bind(tmp_path / "child", (child_zone,), keys=parent.keys, port=parent.port,
                 records={child_zone: ["_acme-challenge IN CNAME there.example.test."]}) as child, \
            Resolver(tmp_path / "resolver", {"example.test": parent, child_zone: child}) as resolver:
        run = Run(parent, tmp_path, f"{child_zone}=value", resolver=resolver.dns_address, options=FOLLOW)
        assert "alias for 'there.example.test'" in run.output and "warning" not in run.output
        assert len(parent.updates()) == 2 and child.updates() == []
