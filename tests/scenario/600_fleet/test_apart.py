"""Machines that lose touch: one sleeps in the middle of an order, is cut off from the store, or asks a member of
it that answers nothing. Nothing is issued twice, what is served stays whole, and afterwards all have the same."""

import re
import signal
import subprocess
import time

import pytest

from lab.etcd import EtcdCluster
from lab.fleet import Fleet
from lab.process import die_with_parent, wait_for
from lab.wire import Wire

NAME = "a.lab.test"


def issued(pebble):
    return len(re.findall(r"Issued certificate serial", pebble.log()))


def generation(machine):
    return int(re.search(r"^generation = (\d+)", machine.lineage(NAME).conf(), re.M).group(1))


def renew(machine, **options):
    return machine.run("renew", "--force-renewal", *machine.options, **options)


def start_renewal(machine, hook, folder):
    """A renewal whose authenticator waits for a file; returns it when it does."""
    slow = folder / "slow-hook"
    slow.write_text(f"#!/bin/sh\ntouch {folder}/begun\nwhile ! test -e {folder}/go; do sleep 0.05; done\nexec {hook}\n")
    slow.chmod(0o755)
    command = machine.command("renew", "--force-renewal", *machine.options[:2], "--manual-auth-hook", slow)
    process = subprocess.Popen([str(word) for word in command], env=machine.environment(), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=die_with_parent)
    wait_for((folder / "begun").exists, "the authenticator", timeout=20)
    return process


def end_leases(fleet):
    fleet.etcd.end_leases()


def sleep_through_lease(fleet):
    """The real one, of a minute, which nobody ends but etcd."""
    time.sleep(60)
    wait_for(lambda: f"{fleet.prefix}owner/{NAME}" not in fleet.etcd.pairs(fleet.prefix), "the end of the lease",
             timeout=20)


@pytest.mark.parametrize("pass_time", [end_leases, pytest.param(sleep_through_lease, marks=pytest.mark.slow)])
def test_who_slept_through_the_lease_publishes_nothing(fleet, first, pebble, dns_hook, tmp_path, pass_time):
    second = fleet.member("second", first)
    before, begun = generation(first), issued(pebble)
    sleeper = start_renewal(first, dns_hook, tmp_path)
    sleeper.send_signal(signal.SIGSTOP)
    pass_time(fleet)
    # It goes on with the sleeper's order.
    renew(second)
    published = fleet.etcd.pairs(fleet.prefix)
    (tmp_path / "go").touch()
    sleeper.send_signal(signal.SIGCONT)
    out = sleeper.communicate(timeout=60)[0]
    after = fleet.etcd.pairs(fleet.prefix)
    assert {key: after[key] for key in after if key.startswith(fleet.prefix + ("head/"))} == \
        {key: published[key] for key in published if key.startswith(fleet.prefix + "head/")}, out
    assert issued(pebble) == begun + 1
    first.run("renew", *first.options)
    assert generation(first) == generation(second) == before + 1
    assert first.lineage(NAME).serial() == second.lineage(NAME).serial()
    first.lineage(NAME).verify(NAME)


def test_a_machine_that_is_cut_off_waits_and_catches_up(fleet, first):
    second = fleet.member("second", first)
    with Wire(fleet.etcd.port) as wire:
        config = second.config_dir / "cli.ini"
        config.write_text(config.read_text().replace(fleet.etcd.url, f"http://127.0.0.1:{wire.port}"))
        second.run("renew", *second.options)
        wire.cut()
        before = second.lineage(NAME).serial()
        result = renew(second, check=1)
        assert "the fleet's store does not answer" in result.err
        assert second.lineage(NAME).serial() == before
        second.lineage(NAME).verify(NAME)
        renew(first)
        wire.mend()
        second.run("renew", *second.options)
    assert second.lineage(NAME).serial() == first.lineage(NAME).serial() != before
    assert generation(second) == generation(first)


def test_a_member_of_the_store_that_answers_nothing(tmp_path, pebble, dns_hook):
    with EtcdCluster() as etcd:
        fleet = Fleet(tmp_path, etcd, pebble, dns_hook)
        machine = fleet.machine("first")
        machine.run("certonly", "-n", "--manual", "--preferred-challenges", "dns", "-d", NAME, *machine.options)
        machine.run("fleet", "init", *machine.options)
        machine.run("fleet", "adopt", NAME, *machine.options)
        # The one that is asked first. For the others, too, it is gone.
        etcd.members[0].process.send_signal(signal.SIGSTOP)
        before = generation(machine)
        renew(machine)
        assert generation(machine) == before + 1
        machine.lineage(NAME).verify(NAME)


SKEWED_CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

int clock_gettime(clockid_t id, struct timespec *now)
{
	int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
	int rc = real(id, now);

	if (id == CLOCK_REALTIME)
		now->tv_sec += SKEW_S;
	return rc;
}

time_t time(time_t *at)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (at)
		*at = now.tv_sec;
	return now.tv_sec;
}
"""


def skewed(folder, seconds):
    """The environment of a machine whose clock is wrong."""
    library = folder / f"clock{seconds}.so"
    subprocess.run(["cc", "-shared", "-fPIC", f"-DSKEW_S={seconds}", "-x", "c", "-", "-o", str(library), "-ldl"],
                   input=SKEWED_CLOCK, text=True, check=True)
    return {"LD_PRELOAD": str(library), "ASAN_OPTIONS": "verify_asan_link_order=0"}


def test_clocks_that_are_ten_minutes_wrong(fleet, first, pebble, tmp_path):
    second = fleet.member("second", first)
    ahead, behind = skewed(tmp_path, 600), skewed(tmp_path, -600)
    before, begun = generation(first), issued(pebble)
    renew(second, env=ahead)
    # For this one, the certificate is from the future.
    first.run("renew", *first.options, env=behind)
    assert generation(first) == before + 1
    renew(first, env=behind)
    second.run("renew", *second.options, env=ahead)
    # The pause after a failure of the fast one keeps nobody from a renewal that is asked for.
    second.run("renew", "--force-renewal", *second.options[:2], "--manual-auth-hook", "/bin/false", env=ahead, check=1)
    renew(first, env=behind)
    second.run("renew", *second.options, env=ahead)
    assert generation(first) == generation(second) == before + 3 and issued(pebble) == begun + 3
    assert first.lineage(NAME).serial() == second.lineage(NAME).serial()
    first.lineage(NAME).verify(NAME)
