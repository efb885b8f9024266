"""What a command does when things around it are not as it needs them: streams that are closed or
full, files that are broken, another user, arguments that make no sense, a signal in the middle.

Each ends by itself with a message that names what is wrong, and what was there before still is.
"""

import os
import shlex
import shutil
import signal
import subprocess

import pytest

from lab.certbot import execute
from lab.lineage import differences, snapshot
from lab.mounts import read_only

NAME = "a.lab.test"
VERBS = {
    "certificates": [],
    "certonly": ["--standalone", "-d", NAME, "--force-renewal"],
    "renew": ["--force-renewal"],
    "plugins": [],
    "show_account": [],
}
NOBODY = 65534
SIGNALLED = {"INT": 1, "TERM": -signal.SIGTERM, "HUP": -signal.SIGHUP}


@pytest.fixture
def issued(certbot):
    certbot.certonly(NAME)
    return certbot


def command(certbot, verb):
    port = ["--http-01-port", certbot.ca.http_port] if verb in ("certonly", "renew") else []
    return certbot.command(verb, "-n", *VERBS[verb], *port)


def under_shell(certbot, verb, redirection):
    return execute(["sh", "-c", f"{shlex.join(command(certbot, verb))} {redirection}"],
                   env=certbot.environment(), cwd=certbot.folder)


def conf_of(certbot):
    return certbot.config_dir / "renewal" / f"{NAME}.conf"


# --- a FIFO where a file is written ---

def test_a_fifo_in_place_of_the_log(certbot):
    """Its reader would be waited for; without backups nothing moves it out of the way."""
    certbot.logs_dir.mkdir(exist_ok=True)
    log = certbot.logs_dir / "letsencrypt.log"
    log.unlink(missing_ok=True)
    os.mkfifo(log)
    result = certbot.run("certificates", "--max-log-backups", "0", check=1, timeout=15)
    assert f"cannot open the log '{log}'" in result.err


# --- streams ---

@pytest.mark.asan
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("verb", VERBS)
def test_closed_streams(issued, verb, closed):
    """What is said must not end up in a file that got the number of the stream."""
    result = under_shell(issued, verb, closed)
    assert result.rc == 0, result
    issued.lineage(NAME).verify(NAME)
    for path in issued.config_dir.rglob("*"):
        if path.is_file() and path.suffix in (".pem", ".conf", ".json"):
            assert b"debug log" not in path.read_bytes(), path
            assert b"- - -" not in path.read_bytes(), path


@pytest.mark.parametrize("verb", VERBS)
def test_output_that_cannot_be_written(issued, verb):
    result = under_shell(issued, verb, ">/dev/full")
    assert result.rc == 1, result
    assert "cannot write to standard output: No space left on device" in result.err
    issued.lineage(NAME).verify(NAME)


@pytest.mark.parametrize("option", ["--json", "--json-events=-"])
def test_json_for_nobody_is_an_error_before_anything_is_done(issued, option):
    result = execute(["sh", "-c", f"{shlex.join(issued.command('renew', '--force-renewal', option))} >&-"],
                     env=issued.environment())
    assert result.rc == 1 and "standard output is closed: nobody would get the JSON" in result.err
    assert not (issued.config_dir / "archive" / NAME / "cert2.pem").exists()


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_that_cannot_be_written(certbot, option):
    result = execute(["sh", "-c", f"{certbot.program} {option} >/dev/full"],
                     env=certbot.environment())
    assert result.rc == 1
    assert "cannot write to standard output" in result.err


def test_a_reader_that_goes_away(issued):
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run([str(word) for word in command(issued, "certificates")],
                            env=issued.environment(), stdin=subprocess.DEVNULL, stdout=writing,
                            stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(writing)
    assert result.returncode == 1
    assert "cannot write" not in result.stderr


# --- broken files ---

CONFS = {
    "empty": (b"", "missing a required file reference"),
    "zero-byte": (b"version = 2\n\0", "NUL byte"),
    "not-utf-8": (b"cert = /t\xe9\n", "not UTF-8"),
    "too-large": (b"x = " + b"y" * 5_000_000, "larger than"),
    "sections": (b"[[[[a]]]]\n", "line 1"),
}


@pytest.mark.asan
@pytest.mark.parametrize("kind", CONFS)
def test_renewal_conf_that_is_broken(issued, kind):
    data, complaint = CONFS[kind]
    conf_of(issued).write_bytes(data)
    before = snapshot(issued.config_dir)
    for verb, status in (("renew", 1), ("reconfigure", 1), ("revoke", 1), ("certificates", 0)):
        name = ["--cert-name", NAME] if verb in ("reconfigure", "revoke") else []
        result = issued.run(verb, "-n", *name, check=status)
        assert str(conf_of(issued)) in result.text
        assert complaint in result.text
        assert differences(before, snapshot(issued.config_dir)) == []


def in_accounts(certbot, file_name, data):
    for path in (certbot.config_dir / "accounts").rglob(file_name):
        path.write_bytes(data)


def in_place_of(folder):
    shutil.rmtree(folder)
    folder.write_text("in the way\n")


BROKEN = {
    "archive-gone": (lambda certbot: shutil.rmtree(certbot.config_dir / "archive" / NAME),
                     "does not exist"),
    "account-key": (lambda certbot: in_accounts(certbot, "private_key.json", b"{"),
                    "private_key.json"),
    "account-regr": (lambda certbot: in_accounts(certbot, "regr.json", b"[]"), "regr.json"),
    "config-dir": (lambda certbot: in_place_of(certbot.config_dir), "config"),
    "work-dir": (lambda certbot: in_place_of(certbot.work_dir), "work"),
    "logs-dir": (lambda certbot: in_place_of(certbot.logs_dir), "logs"),
}


@pytest.mark.asan
@pytest.mark.parametrize("what", BROKEN)
def test_renew_with_something_broken(issued, what):
    damage, complaint = BROKEN[what]
    damage(issued)
    # The conf keeps when a renewal failed.
    before = snapshot(issued.folder, leave_out=("logs", "renewal"))
    result = issued.run("renew", "-n", "--force-renewal", check=1)
    assert complaint in result.err
    assert differences(before, snapshot(issued.folder, leave_out=("logs", "renewal"))) == []


# --- another user ---

def as_nobody(certbot, *args):
    return execute(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                    *certbot.command(*args)], env=certbot.environment(), cwd="/")


@pytest.mark.parametrize("verb", ["certificates", "certonly", "renew", "show_account"])
def test_without_rights(issued, verb):
    issued.folder.chmod(0o755)
    result = as_nobody(issued, verb, "-n", *VERBS[verb])
    assert result.rc == 1
    assert "Permission denied" in result.err
    assert "run as root, or set --config-dir, --work-dir, and --logs-dir" in result.err


def test_a_read_only_file_system_can_be_listed(issued):
    """A mount of the folder that forbids writing, in a mount namespace of its own."""
    under = read_only(issued.folder)
    result = issued.run("certificates", under=under)
    assert f"Certificate Name: {NAME}" in result.out and result.err == ""
    result = issued.run("config_changes", under=under)
    assert "There are no changes" in result.out
    result = issued.run("renew", check=1, under=under)
    assert "Read-only file system" in result.err


def test_configuration_file_without_rights(certbot):
    config = certbot.folder / "cli.ini"
    config.write_text("email = a@lab.test\n")
    config.chmod(0)
    result = as_nobody(certbot, "certificates", "--config", config)
    assert result.rc == 2
    assert f"cannot read '{config}': Permission denied" in result.err


# --- the command line ---

# arguments: (exit status, what the message says)
NONSENSE = {
    "": (2, "unrecognized arguments"),
    "frobnicate": (2, "frobnicate"),
    "certonly --standalone -d ,,": (1, "empty label"),
    "certonly --standalone -d \udcff\udcfe.test": (1, "\\xff\\xfe"),
    "\udcff\udcfe": (2, "\\xff\\xfe"),
    "certonly --standalone -d \x1b[31m.test": (1, "\\x1b[31m.test"),
    "--\x1b[2J": (2, "--\\x1b[2J"),
    "--config \x1b[2J certificates": (2, "\\x1b[2J"),
    "certonly --standalone -d a.test --cert-name ../x": (1, "path separator"),
    "certonly --standalone -d a.test --cert-name ..": (1, "cannot be that of a directory"),
    "certonly --standalone -d a.test --http-01-port 0x10": (2, "--http-01-port"),
    "certonly --standalone -d a.test --elliptic-curve x": (2, "secp256r1"),
    "certonly --standalone -d a.test --server nonsense": (1, "nonsense"),
    "certonly --standalone --csr /nowhere.csr": (2, "'/nowhere.csr': No such file"),
    "certonly --standalone --csr /dev/zero": (2, "larger than"),
    "certonly --standalone --csr /bin/sh": (1, "no CERTIFICATE REQUEST"),
    "certonly --webroot -w /nowhere -d a.test": (1, "/nowhere does not exist"),
    "certonly --webroot --webroot-map {": (2, "--webroot-map"),
    "certonly --standalone -d a.test --pre-hook /nowhere": (1, "--disable-hook-validation"),
    "revoke --cert-path /nowhere": (1, "'/nowhere': No such file"),
    "revoke --cert-path /bin/sh": (1, "no certificate found in PEM"),
    "revoke --cert-path /bin/sh --reason x": (2, "keycompromise"),
    "register -m nonsense": (1, "nonsense"),
    "certificates --config /nowhere.ini": (2, "'/nowhere.ini': No such file"),
    "delete --cert-name nowhere": (1, "No existing certificates found, so none with name nowhere."),
}


@pytest.mark.asan
@pytest.mark.parametrize("line", NONSENSE, ids=ascii)
def test_arguments_that_make_no_sense(certbot, line):
    status, complaint = NONSENSE[line]
    result = certbot.run(*(line.split() or [""]), "-n", "--agree-tos", check=status)
    assert complaint in result.text
    assert "\x1b" not in result.text
    assert certbot.lineage_names() == []


@pytest.mark.asan
@pytest.mark.parametrize("before", [
    [], ["certificates", "--config"], ["certonly", "--standalone", "-d"],
    ["certonly", "--standalone", "-d", "a.test", "--cert-name"]])
def test_arguments_of_100000_characters(certbot, before):
    result = certbot.run(*before, "x" * 100_000, "-n", check=False)
    assert result.rc in (1, 2)
    assert "x" * 60 in result.err


def test_200_names(certbot):
    names = [f"n{number}.lab.test" for number in range(200)]
    certbot.certonly(*names, options=["--cert-name", NAME])
    assert sorted(certbot.lineage(NAME).names()) == sorted(names)


# --- signals ---

def test_a_limit_on_file_sizes_is_an_error(issued):
    """`ulimit -f`: the certificate in use stays, and the message names file and reason."""
    before = snapshot(issued.config_dir, leave_out=("csr", "keys"))
    result = issued.certonly(NAME, options=["--force-renewal"], check=1,
                             under=["sh", "-c", 'ulimit -f 2; exec "$0" "$@"'])
    assert "File too large" in result.err or "file too large" in result.err
    assert differences(before, snapshot(issued.config_dir, leave_out=("csr", "keys"))) == []


@pytest.mark.asan
@pytest.mark.parametrize("name", SIGNALLED)
def test_a_signal_in_the_middle(issued, name):
    before = snapshot(issued.config_dir, leave_out=("csr", "keys"))
    issued.certonly(NAME, options=["--force-renewal", "--disable-hook-validation", "--pre-hook",
                                   f"kill -{name} $PPID; sleep 1"], check=SIGNALLED[name])
    assert differences(before, snapshot(issued.config_dir, leave_out=("csr", "keys"))) == []
    issued.certonly(NAME, options=["--force-renewal"])
