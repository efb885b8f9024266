"""Several machines, each a configuration directory of its own, that share certificates through a real
etcd: what one has renewed all have, once, whatever dies in between."""

import re
import subprocess

import pytest

from lab.authority import DAY, Authority, cert_pem, key_pem, new_key
from lab.requests_of_others import request_of
from lab.screen import assert_colours_only_where_wanted, assert_fits, run_on_screen

NAME = "a.lab.test"

# Kills the certbot that runs it: its last act in the middle of an order.
KILLER = """#!/usr/bin/python3
import os, signal
pid = os.getppid()
while not os.path.basename(open(f"/proc/{pid}/cmdline").read().split("\\0")[0]) == "certbot":
    pid = int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1])
os.kill(pid, signal.SIGKILL)
"""


def renew(machine, *args, **options):
    return machine.run("renew", *machine.options, *args, **options)


def serial(machine):
    return machine.lineage(NAME).serial()


def finalized(pebble):
    return len([line for line in pebble.new_requests() if "/finalize-order/" in str(line)])


def test_what_one_machine_renews_all_have(fleet, first, pebble, tmp_path):
    second = fleet.member("second", first)
    assert serial(second) == serial(first)
    second.lineage(NAME).verify(NAME)
    pebble.new_requests()
    marks = tmp_path / "deployed"
    renew(second, "--force-renewal")
    assert finalized(pebble) == 1
    result = renew(first, "--deploy-hook", f"echo $RENEWED_LINEAGE >>{marks}")
    assert f"Took generation 2 of {NAME} over from the fleet" in result.out
    assert serial(first) == serial(second)
    assert NAME in marks.read_text()
    first.lineage(NAME).verify(NAME)
    assert finalized(pebble) == 0
    shown = first.run("fleet", "status", *first.options).out
    assert re.search(rf"{NAME}: generation 2, expires .*, from second", shown)
    assert "Orders:\nFailures:" in shown


def test_the_store_shows_no_key(fleet, first):
    values = b"".join(fleet.etcd.pairs(fleet.prefix).values())
    assert values and b"PRIVATE KEY" not in values and b"CERTIFICATE" not in values


def test_generations_share_their_chain(fleet, first):
    renew(first, "--force-renewal")
    names = [key.split("/")[1] for key in fleet.etcd.pairs(fleet.prefix)]
    assert (names.count("gen"), names.count("chain")) == (2, 1)


def test_a_machine_that_is_killed_in_an_order_is_followed_by_another(fleet, first, pebble, tmp_path):
    second = fleet.member("second", first)
    killer = tmp_path / "killer"
    killer.write_text(KILLER)
    killer.chmod(0o755)
    pebble.new_requests()
    result = first.run("renew", "--force-renewal", "--config", first.options[1], "--manual-auth-hook",
                       killer, check=False)
    assert result.rc == -9
    assert "Not renewed here: another machine of the fleet is renewing it" in renew(
        second, "--force-renewal").out
    fleet.etcd.end_leases()
    orders = [line for line in pebble.new_requests() if "/order-plz" in str(line)]
    renew(second, "--force-renewal")
    requests = pebble.new_requests()
    assert len(orders) == 1 and not [line for line in requests if "/order-plz" in str(line)]
    assert len([line for line in requests if "/finalize-order/" in str(line)]) == 1
    renew(first)
    assert serial(first) == serial(second)
    first.lineage(NAME).verify(NAME)


def test_without_the_store_nothing_is_renewed_and_that_is_said(fleet, first, tmp_path, pebble):
    before = serial(first)
    config = first.config_dir / "cli.ini"
    config.write_text(config.read_text().replace(str(fleet.etcd.port), "1"))
    result = renew(first, "--force-renewal", check=1)
    assert "the fleet's store does not answer" in result.err
    assert "renews the certificate without the fleet after" in result.err
    assert serial(first) == before
    first.lineage(NAME).verify(NAME)
    # Its last days have come.
    renew(first, "--force-renewal", "--fleet-solo-days", "4000", check=1)
    assert serial(first) != before


# On a network of its own, where etcd is not, with a server at the name's port 443: hosts file, certificate, key,
# command.
ALONE = """ip link set lo up
umount /etc/hosts 2>/dev/null || :  # the lab's, whose file is gone
mount --bind "$1" /etc/hosts
openssl s_server -quiet -accept 443 -cert "$2" -key "$3" </dev/null >/dev/null 2>&1 &
until openssl s_client -connect 127.0.0.1:443 </dev/null >/dev/null 2>&1; do sleep 0.05; done
shift 3
"$@" && status=0 || status=$?
kill $!
exit $status
"""


@pytest.mark.parametrize("names, days, is_newer", [
    ([NAME], 4000, True), ([NAME], 1, False), ([NAME, "b.lab.test"], 4000, False)],
    ids=["newer", "older", "for-more-names"])
def test_alone_it_looks_at_what_is_served(first, tmp_path, names, days, is_newer):
    """Another machine that was cut off, too, has renewed the certificate, and shows it."""
    key, served, hosts = new_key(), tmp_path / "served.pem", tmp_path / "hosts"
    served.write_bytes(cert_pem(Authority("Lab Served CA").issue(names, key.public_key(), lifetime=days * DAY)))
    (tmp_path / "key.pem").write_bytes(key_pem(key))
    hosts.write_text(f"127.0.0.1 localhost {NAME} acme.lab.example\n")
    before = serial(first)
    command = first.command("renew", *first.options, "--force-renewal", "--fleet-solo-days", "4000")
    run = subprocess.run(["unshare", "--net", "--mount", "sh", "-euc", ALONE, "sh", hosts, served,
                          tmp_path / "key.pem", *command],
                         cwd=first.folder, env=first.environment(), stdin=subprocess.DEVNULL, capture_output=True,
                         text=True, timeout=60)
    assert run.returncode == 1 and serial(first) == before, "the CA is not there either"
    told = "another machine serves a newer certificate for the same names" in run.stderr
    assert told == is_newer, run.stderr
    assert ("acme.lab.example" in run.stderr) != is_newer, "and is asked where nothing stands against it"


def test_another_key_opens_nothing(fleet, first):
    stranger = fleet.machine("stranger")
    folder = stranger.config_dir / "fleet"
    folder.mkdir(mode=0o700)
    (folder / "key").touch(mode=0o600)
    (folder / "key").write_bytes(b"x" * 32)
    result = stranger.run("fleet", "join", *stranger.options, check=1)
    assert "sealed with a key that this machine does not have" in result.err
    (folder / "key").chmod(0o644)
    assert "can be read by others" in stranger.run("fleet", "join", *stranger.options, check=1).err


@pytest.mark.parametrize("kind", ["head", "gen", "chain", "want", "tip", "meta", "account", "node"])
def test_what_somebody_writes_to_the_store_is_not_used(fleet, first, kind):
    second = fleet.member("second", first)
    renew(first, "--force-renewal")
    before = serial(second)
    for key, value in fleet.etcd.pairs(fleet.prefix).items():
        if key.startswith(fleet.prefix + kind):
            fleet.etcd.put(key, value[:-1] + bytes([value[-1] ^ 1]))
    result = renew(second, check=False)
    if kind in ("head", "gen", "chain", "tip"):
        assert result.rc == 1 and "of the store" in result.err
        assert serial(second) == before
    second.lineage(NAME).verify(NAME)


def test_keys_of_others_are_passed_over(fleet, first):
    prefix = fleet.prefix.encode()
    for key in (b"want/x\0y", b"want/\x1b[2J", b"want/\xff"):
        fleet.etcd.put(prefix + key, "x")
    result = renew(first)
    assert "3 keys below 'want/' in the store are not of this fleet" in result.err
    assert "\x1b" not in result.err + result.out


def test_what_the_store_has_lost_is_published_again(fleet, first):
    for key in fleet.etcd.pairs(fleet.prefix):
        if not key.endswith("meta"):
            fleet.etcd.delete(key)
    renew(first)
    assert f"{fleet.prefix}head/{NAME}" in fleet.etcd.pairs(fleet.prefix)
    assert serial(fleet.member("second", first)) == serial(first)


def test_a_release_counts_for_what_was_released(fleet, first):
    second = fleet.member("second", first)
    want = f"{fleet.prefix}want/{NAME}"
    first.run("fleet", "release", NAME, *first.options)
    released = fleet.etcd.pairs(fleet.prefix)[want]
    first.run("fleet", "adopt", NAME, *first.options)
    number = first.lineage(NAME).conf().split("generation = ")[1].split()[0]
    fleet.etcd.put(want, released)
    assert "is not followed" in renew(first).err
    assert f"generation = {number}" in first.lineage(NAME).conf()
    renew(second)
    assert f"generation = {number}" in second.lineage(NAME).conf()


def test_pruning_leaves_what_members_need(fleet, first):
    second = fleet.member("second", first)
    renew(first, "--force-renewal")
    two = fleet.etcd.pairs(fleet.prefix)
    renew(first, "--force-renewal")
    before = fleet.etcd.pairs(fleet.prefix)
    assert set(before) == set(two) | {f"{fleet.prefix}gen/{NAME}/3"}
    said = first.run("fleet", "prune", "--dry-run", *first.options).out
    assert f"Would delete generation 1 of {NAME}" in said and "generation 2" not in said
    told = first.json("fleet", "prune", "--dry-run", *first.options)
    assert (told["dry_run"], told["deleted"]) == (True, [f"generation 1 of {NAME}"])
    assert fleet.etcd.pairs(fleet.prefix) == before
    assert f"Deleted generation 1 of {NAME}" in first.run("fleet", "prune", *first.options).out
    left = fleet.etcd.pairs(fleet.prefix)
    assert set(before) - set(left) == {f"{fleet.prefix}gen/{NAME}/1"}
    assert "nothing to delete" in first.run("fleet", "prune", *first.options).out
    assert first.json("fleet", "prune", *first.options)["dry_run"] is False
    renew(second)
    assert serial(second) == serial(first)
    # Whoever has it keeps it; its keys need not stay in the store.
    first.run("fleet", "release", NAME, *first.options)
    first.run("fleet", "prune", *first.options)
    assert not [key for key in fleet.etcd.pairs(fleet.prefix) if "/gen/" in key]
    renew(second)
    assert "generation" not in second.lineage(NAME).conf()
    second.lineage(NAME).verify(NAME)


def test_a_certificate_of_a_request_is_not_shared(fleet, first, tmp_path):
    """Refused before anything is published or written: this machine goes on renewing it."""
    path = tmp_path / "device.csr"
    path.write_bytes(request_of("device.lab.test"))
    first.run("certonly", "-n", "--manual", "--preferred-challenges", "dns", "--renew-csr", path,
              "--cert-name", "device", *first.options)
    before, conf = fleet.etcd.pairs(fleet.prefix), first.lineage("device").conf()
    refused = first.run("fleet", "adopt", "device", *first.options, check=1)
    assert "device: it is renewed from a CSR" in refused.err and "--deploy-hook" in refused.err
    assert fleet.etcd.pairs(fleet.prefix) == before
    assert first.lineage("device").conf() == conf
    renew(first, "--force-renewal", "--cert-name", "device")
    assert first.lineage("device").verify_request(path.read_bytes()).version() == 2
    # What an adoption has left that stopped half way.
    conf = first.config_dir / "renewal/device.conf"
    first.lineage("device").note("generation = 1")
    said = renew(first, "--force-renewal", "--cert-name", "device").err
    assert "was never the fleet's, though it had a number of it" in said
    assert first.lineage("device").version() == 3 and "generation =" not in conf.read_text()


def test_a_certificate_with_two_keys_is_not_shared(fleet, first):
    """Neither one that has them, nor does one of the fleet get them."""
    manual = ("-n", "--manual", "--preferred-challenges", "dns", *first.options)
    first.run("certonly", *manual, "-d", "two.lab.test", "--key-type", "ecdsa,rsa")
    before = fleet.etcd.pairs(fleet.prefix)
    refused = first.run("fleet", "adopt", "two.lab.test", *first.options, check=1)
    assert "two.lab.test: it has two keys (rsa is the second)" in refused.err
    refused = first.run("certonly", *manual, "-d", NAME, "--cert-name", NAME, "--key-type", "ecdsa,rsa", check=1)
    assert f"certificate {NAME} is of a fleet" in refused.err
    assert fleet.etcd.pairs(fleet.prefix) == before
    assert first.lineage(NAME).verify(NAME).version() == 1


def test_another_key_for_the_fleet(fleet, first):
    """Machines change one after the other, certificates are renewed meanwhile, and who has the old key
    only is out."""
    second, stolen = (fleet.member(name, first) for name in ("second", "stolen"))
    old = fleet.key(first)
    said = first.run("fleet", "rekey", *first.options).out
    folder = first.config_dir / "fleet"
    assert f"copy {folder}/key.next there" in said and (folder / "key.next").stat().st_mode & 0o777 == 0o600
    assert "New key: waits for second, stolen\n" in first.run("fleet", "status", *first.options).out
    assert first.json("fleet", "status", *first.options)["missing"] == ["second", "stolen"]
    assert_colours_only_where_wanted(first, "fleet", "status", *first.options)
    shown = run_on_screen(first, 40, "fleet", "status", *first.options, NO_COLOR="1")
    assert_fits(shown, 40)
    assert "! New key: waits for second, stolen\n" in shown and "✓ first: " in shown
    waits = first.run("fleet", "rekey", "stolen", *first.options, check=1)
    assert "have not shown yet that they have the new key: second" in waits.err
    assert first.json("fleet", "rekey", *first.options, check=1)["missing"] == ["second"]
    new = (folder / "key.next").read_bytes()
    copy = second.config_dir / "fleet/key.next"
    copy.touch(mode=0o600)
    copy.write_bytes(new)
    second.run("fleet", "pull", *second.options)
    renew(first, "--force-renewal")
    assert first.json("fleet", "rekey", *first.options)["missing"] == []
    assert fleet.key(first) == new != old and not (folder / "key.next").exists()
    assert "dropped the old one" in renew(second, "--force-renewal").out
    assert fleet.key(second) == new and not copy.exists()
    refused = renew(stolen, "--force-renewal", check=1)
    assert "sealed with a key that this machine does not have" in refused.err
    renew(first)
    assert serial(first) == serial(second) != serial(stolen)
    first.lineage(NAME).verify(NAME)


def test_leaving_and_releasing(fleet, first, pebble):
    second = fleet.member("second", first)
    first.run("fleet", "release", NAME, *first.options)
    renew(second)
    assert "generation" not in second.lineage(NAME).conf()
    second.run("fleet", "leave", *second.options)
    pebble.new_requests()
    config = second.config_dir / "cli.ini"
    config.write_text("")
    renew(second, "--force-renewal")
    assert finalized(pebble) == 1
