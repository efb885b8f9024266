"""Five machines and three members of etcd, of which something is killed, stopped or robbed of its lease
all the time: each generation is one finalized order, and no file is ever half of a pair.

FLEET_KILLS=SECONDS,LINEAGES says for how long and how many; scripts/soak sets it."""

import contextlib
import os
import random
import re
import signal
import subprocess
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from lab.etcd import EtcdCluster
from lab.fleet import Fleet
from lab.process import die_with_parent

SECONDS, LINEAGES = (int(number) for number in os.environ.get("FLEET_KILLS", "15,3").split(","))
NAMES = [f"n{number}.lab.test" for number in range(LINEAGES)]
SPKI = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo


@pytest.fixture
def machines(tmp_path, pebble, dns_hook):
    """Five that share all names, and their store."""
    with EtcdCluster() as etcd:
        fleet = Fleet(tmp_path, etcd, pebble, dns_hook)
        first = fleet.machine("n0")
        for name in NAMES:
            first.run("certonly", "-n", "--manual", "--preferred-challenges", "dns", "-d", name, *first.options)
        first.run("fleet", "init", *first.options)
        first.run("fleet", "adopt", *NAMES, *first.options)
        yield etcd, [first] + [fleet.member(f"n{number}", first) for number in range(1, 5)]


class Watch(threading.Thread):
    """Reads certificate and key of each machine again and again, by one look at the directory."""

    def __init__(self, machines):
        super().__init__(daemon=True)
        self.lives = [machine.config_dir / "live" / name for machine in machines for name in NAMES]
        self.ends, self.looks, self.broken = threading.Event(), 0, []

    def run(self):
        while not self.ends.is_set():
            for live in self.lives:
                self.looks += 1
                with contextlib.suppress(FileNotFoundError):
                    self.look(live)

    def look(self, live):
        folder = os.open(live, os.O_RDONLY | os.O_DIRECTORY)
        try:
            cert, key = (self.read(folder, f"{kind}.pem") for kind in ("fullchain", "privkey"))
        finally:
            os.close(folder)
        public = x509.load_pem_x509_certificate(cert).public_key().public_bytes(*SPKI)
        if serialization.load_pem_private_key(key, None).public_key().public_bytes(*SPKI) != public:
            self.broken.append(live)

    @staticmethod
    def read(folder, name):
        with os.fdopen(os.open(name, os.O_RDONLY, dir_fd=folder), "rb") as file:
            return file.read()


def start(machine):
    return subprocess.Popen(
        [str(word) for word in machine.command("renew", "--force-renewal", *machine.options)],
        env=machine.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)


def strike(chance, etcd, runs):
    """Kills or stops one of the machines, or a member, or ends all leases."""
    victim = chance.choice(list(runs.values()))
    kind = chance.choice(["kill", "kill", "kill", "stop", "member", "leases"])
    if kind == "kill":
        victim.kill()
    elif kind == "stop":
        victim.send_signal(signal.SIGSTOP)
    elif kind == "member":
        member = chance.choice(etcd.members)
        member.kill()
        member.launch()
    with contextlib.suppress(OSError):
        if kind in ("stop", "leases"):
            etcd.end_leases()


def storm(etcd, machines, seconds):
    chance, runs = random.Random(7), {}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for machine in machines:
            if machine not in runs or runs[machine].poll() is not None:
                runs[machine] = start(machine)
        time.sleep(chance.uniform(0.3, 1.0))
        strike(chance, etcd, runs)
        for run in runs.values():
            if chance.random() < 0.5:
                run.send_signal(signal.SIGCONT)
    for run in runs.values():
        run.send_signal(signal.SIGCONT)
        run.wait(timeout=120)


def issued(pebble):
    return len(re.findall(r"Issued certificate serial", pebble.log()))


def generation(machine, name):
    return int(re.search(r"^generation = (\d+)", machine.lineage(name).conf(), re.MULTILINE).group(1))


def test_whatever_dies_each_generation_is_one_order(machines, pebble):
    etcd, machines = machines
    begun = issued(pebble) - len(NAMES)
    watch = Watch(machines)
    watch.start()
    storm(etcd, machines, SECONDS)
    # What was begun is gone on with, by whoever comes first; then all take it over.
    etcd.end_leases()
    machines[4].run("renew", "--force-renewal", *machines[4].options, timeout=180)
    for machine in machines[:4]:
        machine.run("renew", *machine.options, timeout=180)
    watch.ends.set()
    watch.join()
    numbers = {name: generation(machines[0], name) for name in NAMES}
    assert sum(numbers.values()) == issued(pebble) - begun, numbers
    assert sum(numbers.values()) > 3 * len(NAMES), "the storm let nothing be renewed"
    for name in NAMES:
        assert len({(generation(machine, name), machine.lineage(name).serial()) for machine in machines}) == 1
        machines[1].lineage(name).verify(name)
    assert watch.looks > 100 and not watch.broken
    assert "Orders:\nFailures:" in machines[0].run("fleet", "status", *machines[0].options).out
