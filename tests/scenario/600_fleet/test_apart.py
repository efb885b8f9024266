"""Machines that lose touch: one sleeps in the middle of an order, is cut off from the store, or asks a member of
it that answers nothing. Nothing is issued twice, what is served stays whole, and afterwards all have the same."""

import re
import signal
import subprocess

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


def test_who_slept_through_the_lease_publishes_nothing(fleet, first, pebble, dns_hook, tmp_path):
    second = fleet.member("second", first)
    before, begun = generation(first), issued(pebble)
    sleeper = start_renewal(first, dns_hook, tmp_path)
    sleeper.send_signal(signal.SIGSTOP)
    fleet.etcd.end_leases()
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
