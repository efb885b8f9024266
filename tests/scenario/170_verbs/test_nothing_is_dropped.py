"""What a command leaves undone or behind is said."""

import os
import signal
import subprocess

import pytest

from lab.lineage import differences, snapshot
from lab.process import wait_for


def test_delete_says_what_it_left(certbot):
    certbot.certonly("left.test")
    live = certbot.lineage("left.test").live
    (live / "combined.pem").write_text("somebody's own")
    result = certbot.run("delete", "-n", "--cert-name", "left.test")
    assert f"{live} still has files that certbot did not make" in result.out
    assert [path.name for path in live.iterdir()] == ["combined.pem"]


def test_delete_keeps_and_names_what_others_put_into_archive(certbot):
    certbot.certonly("left.test")
    archive = certbot.lineage("left.test").archive
    (archive / "notes").mkdir()
    (archive / "privkey1.pem.bak").write_text("somebody's own")
    result = certbot.run("delete", "-n", "--cert-name", "left.test")
    assert (f"{archive} still has files that certbot did not make: notes, privkey1.pem.bak. Move "
            "them elsewhere before you get another certificate of that name.") in result.out
    assert sorted(path.name for path in archive.iterdir()) == ["notes", "privkey1.pem.bak"]
    assert not certbot.lineage("left.test").live.exists()


NO_FILES = {
    "a FIFO": lambda path: os.mkfifo(path),
    "a directory": lambda path: path.mkdir(),
    "a link that leads to no file": lambda path: path.symlink_to("nowhere"),
}


@pytest.mark.parametrize("kind", NO_FILES)
def test_a_conf_that_is_no_file_is_named_and_loses_nothing(certbot, kind):
    """With a writer at the FIFO, too: who waited for it could wait forever."""
    certbot.certonly("odd.test")
    lineage = certbot.lineage("odd.test")
    conf = lineage.conf_path.read_text()
    lineage.conf_path.unlink()
    NO_FILES[kind](lineage.conf_path)
    writer = os.open(lineage.conf_path, os.O_RDWR) if kind == "a FIFO" else None
    before = snapshot(certbot.config_dir)
    for verb, rc in (("certificates", 0), ("renew", 1), ("delete", 1)):
        result = certbot.run(verb, "-n", "--cert-name", "odd.test", check=rc)
        assert f"'{lineage.conf_path}' is not a renewal configuration: it is {kind}" in result.text
        assert not differences(before, snapshot(certbot.config_dir))
    assert f"restore {lineage.conf_path} from a backup" in result.err
    if writer:
        os.close(writer)
    lineage.conf_path.rmdir() if kind == "a directory" else lineage.conf_path.unlink()
    lineage.conf_path.write_text(conf)
    certbot.run("delete", "-n", "--cert-name", "odd.test")
    assert not lineage.archive.exists()


def test_sigterm_ends_a_command_that_waits_for_a_file(certbot):
    """A FIFO with a silent writer, where a file of the person's may be anything."""
    fifo = certbot.folder / "csr"
    os.mkfifo(fifo)
    writer = os.open(fifo, os.O_RDWR)
    argv = certbot.command("certonly", "-n", "--standalone", "--csr", fifo)
    process = subprocess.Popen(argv, env=certbot.environment(), stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    wait_for(lambda: any(os.readlink(f"/proc/{process.pid}/fd/{fd}") == str(fifo)
                         for fd in os.listdir(f"/proc/{process.pid}/fd")), "the open FIFO")
    process.terminate()
    out, err = process.communicate(timeout=10)
    assert process.returncode == -signal.SIGTERM, (out, err)
    os.close(writer)


def test_a_deploy_hook_that_is_owed_is_not_dropped_silently(certbot):
    certbot.certonly("owed.test", options=["--deploy-hook", "false"])
    result = certbot.certonly("owed.test", options=["--force-renewal"])
    assert "The deploy hook of owed.test, 'false', has not succeeded yet" in result.err
    again = certbot.certonly("owed.test", options=["--force-renewal"])
    assert "has not succeeded yet" not in again.err
