"""What can be known before the CA is asked is known then: no order is wasted, and what is obtained is
not lost."""

import json
import os
import shutil
import signal
import subprocess
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lab.authority import public_bytes
from lab.certbot import Certbot
from lab.faults import FAULTS
from lab.hostile import HostileCA, signal_when_issued
from lab.lineage import differences, snapshot
from lab.mounts import in_mounts, read_only

NAME = "a.lab.test"


@pytest.fixture
def ca(tmp_path):
    with HostileCA(tmp_path / "ca") as ca:
        yield ca


@pytest.fixture
def certbot(tmp_path, ca):
    return Certbot(tmp_path / "certbot", ca)


def orders_of(ca, run, *args, **options):
    """Runs a command that has to fail: (its result, how many orders it has cost)."""
    before = ca.count("new-order")
    result = run(*args, check=1, **options)
    return result, ca.count("new-order") - before


@pytest.mark.asan
@pytest.mark.parametrize("place", ["archive", "live"])
def test_a_directory_that_was_left_over_is_found_before_the_order(certbot, ca, place):
    folder = certbot.config_dir / place / NAME
    folder.mkdir(parents=True)
    (folder / "privkey1.pem").write_text("somebody's\n")
    result, orders = orders_of(ca, certbot.certonly, NAME)
    assert orders == 0 and str(folder) in result.err and "--cert-name" in result.err
    assert certbot.lineage_names() == []


def test_a_live_directory_with_the_readme_alone_is_used(certbot):
    certbot.certonly(NAME)
    certbot.run("delete", "-n", "--cert-name", NAME)
    folder = certbot.config_dir / "live" / NAME
    folder.mkdir()
    (folder / "README").write_text("This directory contains your key and certificate.\n")
    certbot.certonly(NAME)
    certbot.lineage(NAME).verify(NAME)


def test_a_full_disk_costs_no_order(certbot, ca):
    certbot.certonly(NAME)
    config = certbot.config_dir
    full = in_mounts(f"""
        cp -a '{config}' '{config}.kept'
        mount -t tmpfs -o size=256k,mode=755 tmpfs '{config}'
        cp -a '{config}.kept/.' '{config}'
        cat /dev/zero > '{config}/filler' 2>/dev/null || :""")
    result, orders = orders_of(ca, certbot.run, "renew", "--force-renewal", under=full)
    assert orders == 0 and "No space left" in result.err and "make room" in result.err
    certbot.run("renew", "--force-renewal")
    assert certbot.lineage(NAME).verify(NAME).version() == 2


def test_a_disk_that_fills_up_meanwhile_has_room_for_the_certificate(certbot, ca):
    certbot.certonly(NAME)
    config = certbot.config_dir
    fill = certbot.folder / "fill"
    fill.write_text(f"#!/bin/sh\ncat /dev/zero > '{config}/filler' 2>/dev/null || :\n")
    fill.chmod(0o755)
    small = in_mounts(f"""
        cp -a '{config}' '{config}.kept'
        mount -t tmpfs -o size=512k,mode=755 tmpfs '{config}'
        cp -a '{config}.kept/.' '{config}'
        trap 'rm -f "{config}/filler"; cp -a "{config}/." "{config}.after"' EXIT
        "$@"; exit""")
    certbot.run("certonly", "-n", "--manual", "--manual-auth-hook", fill, "--force-renewal",
                "-d", NAME, under=small)
    after = Certbot(certbot.folder / "after", ca)
    after.config_dir = config.with_name("config.after")
    assert after.lineage(NAME).verify(NAME).version() == 2


def test_a_disk_that_can_hold_no_more_files_is_named_with_the_remedy(certbot):
    """Not even a lock can be made. It is not a question of rights."""
    certbot.work_dir.mkdir(parents=True, exist_ok=True)
    full = in_mounts(f"mount -t tmpfs -o nr_inodes=1,mode=755 tmpfs '{certbot.work_dir}'")
    told = certbot.run("renew", check=1, under=full).err
    assert f"cannot lock '{certbot.work_dir}/.certbot.lock': No space left on device" in told
    assert "Hint: make room there" in told and "df -i" in told and "run as root" not in told


def test_a_read_only_archive_costs_no_order(certbot, ca):
    certbot.certonly(NAME)
    locked = read_only(certbot.config_dir / "archive")
    result, orders = orders_of(ca, certbot.run, "renew", "--force-renewal", under=locked)
    assert orders == 0 and "Read-only file system" in result.err and "writable" in result.err


def test_a_file_system_without_links_costs_no_order(certbot, ca):
    """As on a memory stick. devpts has none either, and every kernel has it."""
    live = certbot.config_dir / "live"
    no_links = in_mounts(f"mkdir -p '{live}'; mount -t devpts devpts '{live}'")
    result, orders = orders_of(ca, certbot.certonly, NAME, under=no_links)
    assert orders == 0 and f"cannot make symbolic links in '{live}'" in result.err
    assert "--config-dir" in result.err
    certbot.certonly(NAME)
    certbot.lineage(NAME).verify(NAME)


def interrupt(certbot, task):
    """What a task that has no links and no conf any more, or not yet, leaves."""
    certbot.certonly(NAME)
    conf = certbot.config_dir / "renewal" / f"{NAME}.conf"
    record = conf.with_name(f".{NAME}.part")
    record.write_text(f"{conf.read_text()}[unfinished]\ntask = {task}\nname = {NAME}\n")
    conf.unlink()
    shutil.rmtree(certbot.config_dir / "live" / NAME)
    return record


@pytest.mark.parametrize("task, place, told, then", [
    ("create", "live", "creation", "Stored certificate"),
    ("create", "renewal", "creation", "Stored certificate"),
    ("delete", "archive", "deletion", "Finished the interrupted deletion"),
])
def test_what_the_next_run_finishes_is_not_to_be_removed(certbot, ca, task, place, told, then):
    interrupt(certbot, task)
    result, orders = orders_of(ca, certbot.certonly, NAME, under=read_only(certbot.config_dir / place))
    assert orders == 0 and f"Cannot finish the interrupted {told} of certificate {NAME}" in result.err
    assert f"the {told} of this certificate was interrupted" in result.err
    assert "remove nothing" in result.err and "remove or move" not in result.err
    again = certbot.certonly(NAME)
    assert then in again.err
    certbot.lineage(NAME).verify(NAME)
    assert [path.name for path in (certbot.config_dir / "renewal").iterdir()] == [f"{NAME}.conf"]


def test_a_record_of_somebody_else_is_named(certbot, ca):
    record = interrupt(certbot, "sleep")
    shutil.rmtree(certbot.config_dir / "archive" / NAME)
    result, orders = orders_of(ca, certbot.certonly, NAME)
    assert orders == 0 and f"'{record}' is in the way" in result.err and "move it elsewhere" in result.err
    record.unlink()
    certbot.certonly(NAME)


@pytest.mark.parametrize("refusal", ["EPERM", "EOPNOTSUPP", "ENOSYS"])
def test_a_file_system_that_refuses_links_costs_no_order(certbot, ca, refusal):
    """exFAT, shares of Windows and file systems in user space do so without having said it before."""
    under = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=symlink,symlinkat",
             "-e", f"inject=symlink,symlinkat:error={refusal}"]
    result, orders = orders_of(ca, certbot.certonly, NAME, under=under)
    live = certbot.config_dir / "live"
    assert orders == 0 and f"cannot make symbolic links in '{live}'" in result.err
    assert "--config-dir" in result.err and "nothing was asked of the CA" in result.err
    assert not [path for path in certbot.config_dir.rglob("*") if NAME in path.name]
    certbot.certonly(NAME)
    certbot.lineage(NAME).verify(NAME)


def test_failures_of_this_machine_are_counted_and_told_but_put_nothing_off(certbot, ca, tmp_path):
    """A disk that stays full costs the certificate as surely as a CA that says no."""
    program = tmp_path / "tell"
    program.write_text(f"#!/bin/sh\necho \"$CERTBOT_SUBJECT\" >>'{tmp_path}/told'\n")
    program.chmod(0o755)
    certbot.certonly(NAME)
    locked = read_only(certbot.config_dir / "archive")
    renew = ("renew", "--force-renewal", "--notify", f"program:{program}")
    for count in 1, 2, 3:
        assert not (tmp_path / "told").exists()
        certbot.run(*renew, check=1, under=locked)
        entry, = json.loads(certbot.run("status", "--json").out)["certificates"]
        assert (entry["state"], entry["failure"]["count"]) == ("failing", count)
        assert "Read-only file system" in entry["failure"]["text"]
        assert entry["next_try"]["why"] != "failures"
    assert NAME in (tmp_path / "told").read_text()
    why = certbot.run("why", NAME, check=False).out
    assert "Read-only file system" in why and "No problem was found" not in why
    certbot.run(*renew)
    assert "failures =" not in certbot.lineage(NAME).conf()
    assert len((tmp_path / "told").read_text().splitlines()) == 2, "it is over"


def test_a_failure_that_cannot_be_recorded_is_told_at_once(certbot, ca, tmp_path):
    """It would never be the third. `notify watch` cannot see it, so does not say that it is over."""
    told = tmp_path / "told"
    program = tmp_path / "tell"
    program.write_text(f"#!/bin/sh\ncat >>'{told}'\n")
    program.chmod(0o755)
    certbot.certonly(NAME)
    locked = read_only(certbot.config_dir / "renewal")
    to = ("--notify", f"program:{program}")

    def notices():
        lines = told.read_text().splitlines() if told.exists() else []
        told.unlink(missing_ok=True)
        return [(notice["state"], notice["kind"], notice["certificate"])
                for line in lines for notice in json.loads(line)["notices"]]

    _, orders = orders_of(ca, certbot.run, "renew", "--force-renewal", *to, under=locked)
    assert orders == 0
    assert notices() == [("new", "not-recorded", NAME)]
    orders_of(ca, certbot.run, "renew", "--force-renewal", *to, under=locked)
    certbot.run("notify", "watch", *to)
    certbot.run("renew", "--cert-name", NAME, *to)
    assert notices() == [], "it is known, and nobody has seen that it is over"
    certbot.run("renew", *to)
    assert notices() == [("over", "not-recorded", NAME)]


@pytest.mark.parametrize("options", [
    ("--webroot", "-w", "/tmp", "-d", "*.lab.test"),
    ("--standalone", "--preferred-challenges", "dns-01", "-d", NAME),
    ("--standalone", "--cert-name", "README", "-d", NAME),
    ("--standalone", "--cert-name", "a%(b)s", "-d", NAME),
    ("--standalone", "--cert-name", ".hidden", "-d", NAME)])
def test_what_cannot_work_costs_no_order(certbot, ca, options):
    _, orders = orders_of(ca, certbot.run, "certonly", "-n", *options)
    assert orders == 0
    assert certbot.lineage_names() == []


def test_a_validation_that_fails_leaves_no_key(certbot, ca):
    certbot.run("register", "-n")
    before = snapshot(certbot.config_dir)
    ca.fault = FAULTS["order-becomes-invalid"]
    certbot.certonly(NAME, check=1)
    gone = [entry for entry in differences(before, snapshot(certbot.config_dir))
            if NAME in str(entry)]
    assert gone == []


def test_a_kill_after_issuance_keeps_the_key_and_the_next_run_uses_it(certbot, ca):
    certbot.run("register", "-n")
    ca.fault = FAULTS["certificate-trickle"]
    signal_when_issued(ca, certbot, 1, signal.SIGKILL, "certonly", "-n", "--standalone", "--http-01-port",
              str(ca.http_port), "-d", NAME)
    issued = ca.certificates[0]
    ca.fault = None
    certbot.certonly(NAME)
    assert public_bytes(certbot.lineage(NAME).key) == public_bytes(issued)
    names = os.listdir(certbot.config_dir / "archive" / NAME)
    assert not [name for name in names if name.startswith(".")]


def test_files_for_a_request_are_prepared_before_the_order(certbot, ca, tmp_path):
    request = tmp_path / "request.pem"
    request.write_bytes(x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([])).add_extension(
            x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False).sign(
                ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(
                    serialization.Encoding.PEM))
    there, missing = tmp_path / "there.pem", tmp_path / "new" / "deep"
    there.write_text("mine")
    result, orders = orders_of(ca, certbot.certonly, options=(
        "--csr", request, "--cert-path", there))
    assert orders == 0 and "exists already" in result.err and there.read_text() == "mine"
    certbot.certonly(options=("--csr", request, "--cert-path", missing / "cert.pem",
                              "--chain-path", missing / "chain.pem",
                              "--fullchain-path", missing / "fullchain.pem"))
    assert sorted(os.listdir(missing)) == ["cert.pem", "chain.pem", "fullchain.pem"]
    assert (missing / "fullchain.pem").read_bytes() == \
        (missing / "cert.pem").read_bytes() + (missing / "chain.pem").read_bytes()
