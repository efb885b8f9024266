"""The zones of a batch are worked on at the same time: twins of providers that answer after 100 ms."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from lab.provider_twins import Cloudflare, Hetzner, Linode, Route53
from lab.provider_twins_registrars import Netcup

TOOL = os.environ.get("DNS_TOOL", Path(__file__).resolve().parents[2] / "build/tests/unit/dns/dns_tool")
DELAY = 0.1
ZONES = [f"zone{number}.test" for number in range(10)]


class Nobody:
    """In the place of the DNS server that the records are published by."""

    def add_txt(self, name, value):
        pass

    def clear_txt(self, name):
        pass


def run(twin, folder, domains):
    """Adds and removes a record for each domain; the seconds that took."""
    credentials = twin.write_credentials(folder)
    options = ["-s", f"dns_{twin.name}_credentials={credentials}"] if credentials else []
    start = time.monotonic()
    done = subprocess.run([str(TOOL), *options, f"dns-{twin.name}", *(f"{d}=value" for d in domains)],
                          env={"PATH": "/usr/bin:/bin", "HOME": str(folder), **twin.environment},
                          capture_output=True, text=True, timeout=60)
    took = time.monotonic() - start
    assert done.returncode == 0 and done.stdout.count(" ok") >= len(domains), done.stdout
    return took


@pytest.mark.parametrize("kind", (Cloudflare, Hetzner, Linode, Route53), ids=lambda kind: kind.name)
def test_ten_zones_do_not_take_ten_times_as_long(kind, tmp_path):
    with kind(Nobody(), ZONES) as twin:
        twin.delay = DELAY
        one = run(twin, tmp_path, [f"a.{ZONES[0]}"])
        calls_for_one = len(twin.calls)
        for _ in range(3):  # a busy machine adds to the time, never takes away
            twin.calls = []
            ten = run(twin, tmp_path, [f"a.{zone}" for zone in ZONES])
            assert all(twin.values(f"_acme-challenge.a.{zone}") == [] for zone in ZONES)
            # Never more than a third of the time that the calls take one after the other.
            limit = len(twin.calls) * DELAY / 3 + 1
            if ten < limit:
                break
    print(f"{kind.name}: one zone {one:.2f} s in {calls_for_one} calls, "
          f"ten zones {ten:.2f} s in {len(twin.calls)} calls")
    assert twin.most_at_once >= 5
    assert ten < limit, (one, ten, len(twin.calls))


def test_names_of_a_zone_do_not_wait_for_each_other(tmp_path):
    """Cloudflare is asked about each of a few names, which may be a zone."""
    with Cloudflare(Nobody(), ZONES[:1]) as twin:
        twin.delay = 3 * DELAY
        took = run(twin, tmp_path, [f"n{number}.{ZONES[0]}" for number in range(8)])
        assert len(twin.calls) == 11
        # At least half of the time that the questions take one after the other is saved.
        assert took < (len(twin.calls) - 4) * twin.delay, took


def test_one_question_finds_the_zone_of_many_names(tmp_path):
    with Cloudflare(Nobody(), ZONES[:1]) as twin:
        run(twin, tmp_path, [f"n{number}.{ZONES[0]}" for number in range(40)])
        assert [call.split()[0] for call in twin.calls] == ["GET", "POST", "POST"]


def test_zones_share_a_log_in(tmp_path):
    with Netcup(Nobody(), ZONES) as twin:
        twin.delay = DELAY / 5
        run(twin, tmp_path, [f"a.{zone}" for zone in ZONES])
        assert twin.logins == 1 and twin.most_at_once >= 2


def test_a_signal_ends_all_waiting(tmp_path):
    with Cloudflare(Nobody(), ZONES) as twin:
        twin.delay = 3
        process = subprocess.Popen(
            [str(TOOL), "-s", f"dns_cloudflare_credentials={twin.write_credentials(tmp_path)}",
             "dns-cloudflare", *(f"{zone}=value" for zone in ZONES)],
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **twin.environment},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        deadline = time.monotonic() + 10
        while twin.at_once < 5 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        start = time.monotonic()
        output = process.communicate(timeout=30)[0]
        assert time.monotonic() - start < 2.5, output
        assert "stopped by signal 2" in output
