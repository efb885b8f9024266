"""kill -9 and failing calls at every change of the file system, in whole commands.

Whatever the instant: live/ shows the old set or the new one, complete; Debian's Certbot and ours load
what is there; the same command succeeds the next time and leaves nothing of the first try.

STRIKE_EVERY=n strikes at every n-th point only; scripts/soak sets it to 1.
"""

import os
import shutil

import pytest

from lab import trace
from lab.changes import changes
from lab.lineage import Lineage
from lab.requests_of_others import request_of

EVERY = int(os.environ.get("STRIKE_EVERY", "16"))
NAME = "a.lab.test"
OTHER = "b.lab.test"
OF_REQUEST = "of-request"
FAILURES = ("ENOSPC", "EIO")
# What opens, writes and syncs is struck by errors too; the rest only by the end of the process.
WRITES = {"openat", "write", "fsync", "mkdirat", "mkdir", "symlinkat", "linkat", "renameat",
          "renameat2"}


class Case:
    """A command, the state before it, and what must hold after it was cut short."""

    def __init__(self, command, judge, prepare=None):
        self.command = command
        self.judge = judge
        self.prepare = prepare or (lambda certbot: None)


# Notes which certificate it was run for.
HOOK = 'openssl x509 -noout -serial -in "$RENEWED_LINEAGE/cert.pem" >> ../hooked'


def certonly_again(certbot):
    return ["certonly", "-n", "--standalone", "--http-01-port", certbot.ca.http_port, "-d", NAME,
            "--force-renewal", "--deploy-hook", HOOK]


def certonly_first(certbot):
    return ["certonly", "-n", "--standalone", "--http-01-port", certbot.ca.http_port, "-d", OTHER]


def stored_or_not(certbot, debian, old_serial):
    """The new certificate is there, whole, or in no list; the other one is as it was."""
    assert Lineage(certbot.config_dir, NAME).verify(NAME).serial() == old_serial
    if OTHER in certbot.lineage_names():
        Lineage(certbot.config_dir, OTHER).verify(OTHER)
    for program in (debian, certbot):
        assert "invalid" not in program.run("certificates").out


def old_or_new(certbot, debian, old_serial):
    """live/ shows a whole set, as it is, and both programs load it."""
    Lineage(certbot.config_dir, NAME).verify(NAME)
    for program in (debian, certbot):
        text = program.run("certificates").out
        assert f"Certificate Name: {NAME}" in text and "invalid" not in text, text


def old_or_new_and_told(certbot, debian, old_serial):
    """The same, and the deploy hook is run for what live/ shows, by the next `renew` at the latest."""
    old_or_new(certbot, debian, old_serial)
    certbot.run("renew")
    serial = Lineage(certbot.config_dir, NAME).verify(NAME).serial()
    told = (certbot.folder.parent / "hooked").read_text().splitlines()
    assert serial == old_serial or any(int(line[7:], 16) == serial for line in told), told


def with_hook(certbot):
    certbot.certonly(NAME, options=("--force-renewal", "--deploy-hook", HOOK))


def with_hook_and_renewed(certbot):
    with_hook(certbot)
    certbot.run("renew", "--force-renewal")


def with_changed_options(certbot):
    certbot.run("reconfigure", "-n", "--cert-name", NAME, "--deploy-hook", "true",
                "--http-01-port", certbot.ca.http_port)


def listed_and_told(certbot, debian, old_serial):
    """The certificate of a request is whole, without a key, and the hook is run for it as for others."""
    Lineage(certbot.config_dir, OF_REQUEST).verify_request((certbot.folder / "request.pem").read_bytes())
    text = certbot.run("certificates").out
    assert f"Certificate Name: {OF_REQUEST}" in text and "invalid" not in text, text
    certbot.run("renew")
    serial = Lineage(certbot.config_dir, OF_REQUEST).serial()
    told = (certbot.folder.parent / "hooked").read_text().splitlines()
    assert any(int(line[7:], 16) == serial for line in told), told


def with_request(certbot):
    path = certbot.folder / "request.pem"
    if not path.exists():
        path.write_bytes(request_of(OTHER))
    certbot.certonly(options=("--renew-csr", path, "--cert-name", OF_REQUEST, "--deploy-hook", HOOK))


def old_or_gone(certbot, debian, old_serial):
    """The certificate is there as before, or in no list."""
    assert certbot.run("certificates").rc == 0
    lineage = Lineage(certbot.config_dir, NAME)
    if lineage.exists():
        assert lineage.verify(NAME).serial() == old_serial
    assert "invalid" not in debian.run("certificates").out


def links_lead_somewhere(certbot, debian, old_serial):
    """All links lead to the moved archive or all to the old place, where a link stands for it."""
    found = {os.readlink(certbot.config_dir / "live" / NAME / f"{kind}.pem").rsplit("/", 1)[0]
             for kind in ("cert", "privkey", "chain", "fullchain")}
    assert len(found) == 1, found
    assert Lineage(certbot.config_dir, NAME).serial() == old_serial


def move_archive(certbot):
    archive, moved = certbot.config_dir / "archive" / NAME, certbot.folder / "moved"
    archive.rename(moved)
    archive.symlink_to(moved)
    conf = certbot.lineage(NAME).conf_path
    conf.write_text(conf.read_text().replace(f"archive_dir = {archive}", f"archive_dir = {moved}"))


CASES = {
    "certonly": Case(certonly_again, old_or_new_and_told, with_hook),
    "renew": Case(lambda certbot: ["renew", "--force-renewal"], old_or_new_and_told, with_hook),
    "renew-csr": Case(lambda certbot: ["renew", "--force-renewal", "--cert-name", OF_REQUEST],
                      listed_and_told, with_request),
    "reconfigure": Case(lambda certbot: ["reconfigure", "-n", "--cert-name", NAME, "--deploy-hook",
                                         "true", "--http-01-port", certbot.ca.http_port],
                        old_or_new),
    "update_symlinks": Case(lambda certbot: ["update_symlinks"], links_lead_somewhere,
                            move_archive),
    "undo": Case(lambda certbot: ["undo", "-n"], old_or_new_and_told, with_hook_and_renewed),
    "undo-options": Case(lambda certbot: ["undo", "-n"], old_or_new, with_changed_options),
    "delete": Case(lambda certbot: ["delete", "-n", "--cert-name", NAME], old_or_gone),
    "revoke": Case(lambda certbot: ["revoke", "-n", "--cert-name", NAME, "--delete-after-revoke"],
                   old_or_gone),
}
if EVERY == 1:  # the longer pass of scripts/soak
    CASES["first"] = Case(certonly_first, stored_or_not)


def assert_tidy(certbot):
    """Only what belongs there: no draft, twin or record of an unfinished change."""
    config = certbot.config_dir
    names = certbot.lineage_names()
    assert sorted(path.name for path in (config / "renewal").iterdir()) == \
        [f"{name}.conf" for name in names]
    assert sorted(path.name for path in (config / "live").iterdir()) == ["README", *names]
    assert sorted(path.name for path in (config / "archive").iterdir()) == names
    for name in names:
        assert sorted(path.name for path in (config / "live" / name).iterdir()) == \
            ["README", "cert.pem", "chain.pem", "fullchain.pem", "privkey.pem"]


def run_again(certbot, command):
    """The command itself is what the next run is; a certificate that is gone needs no more."""
    if command[0] not in ("delete", "revoke") or certbot.lineage(NAME).exists():
        certbot.run(*command)
    else:
        certbot.run("renew")  # finishes what was begun, as each command does that changes something


@pytest.fixture(params=list(CASES))
def case(request):
    return CASES[request.param]


@pytest.fixture
def struck(certbot, case):
    """A certbot with a certificate, its state, and the points of the case's command."""
    certbot.certonly(NAME)
    case.prepare(certbot)
    state = trace.State(certbot)
    points = trace.points(certbot, *case.command(certbot))
    assert len(points) > 10
    return state, points


def sampled(points, fault):
    return [point for point in points if fault == "kill" or point.call in WRITES][::EVERY]


def strike_all(certbot, debian, case, struck, fault, points):
    state, _ = struck
    hits = 0
    for point in points:
        state.restore()
        old_serial = Lineage(certbot.config_dir, NAME).serial()
        strike = trace.strike(certbot, point, fault, *case.command(certbot))
        hits += strike.hit
        if strike.result.rc < 0:
            assert fault == "kill", f"{fault} at {strike.at}: {strike.result}"
        try:
            case.judge(certbot, debian, old_serial)
            run_again(certbot, case.command(certbot))
            assert_tidy(certbot)
        except (AssertionError, OSError) as failure:
            raise AssertionError(f"{fault} at {point} ({strike.at}): {failure}\n"
                                 f"{strike.result}") from failure
    assert hits, "no point was reached"


def test_killed_anywhere(certbot, debian_certbot, case, struck):
    strike_all(certbot, debian_certbot, case, struck, "kill", struck[1][::EVERY])


@pytest.mark.parametrize("fault", FAILURES)
def test_failing_anywhere(certbot, debian_certbot, case, struck, fault):
    points = [point for point in struck[1] if point.call in WRITES]
    strike_all(certbot, debian_certbot, case, struck, fault, points[EVERY // 2::EVERY])


def test_a_creation_killed_anywhere_is_on_record_once(certbot):
    """From the first file of the certificate on: `log` has it exactly if it is there."""
    certbot.certonly(NAME)
    state = trace.State(certbot)
    points = trace.points(certbot, *certonly_first(certbot))
    last = max(i for i, point in enumerate(points) if f".{OTHER}.part" in point.text)
    by_recovery = 0
    for point in [*points[last - 80:last - 16:16], *points[last - 16:last + 4]]:
        state.restore()
        trace.strike(certbot, point, "kill", *certonly_first(certbot))
        certbot.run("renew")
        made = [change for change in changes(certbot) if change["what"] == f"made certificate {OTHER}"]
        assert len(made) == (OTHER in certbot.lineage_names()), (point, made)
        by_recovery += any(change["reason"] for change in made)
    assert by_recovery


def test_certbot_deletes_what_a_killed_renewal_left(certbot, debian_certbot):
    """Certbot's `delete` does not know the twin of a switch; ours finds it when the name comes back."""
    certbot.certonly(NAME)
    state = trace.State(certbot)
    live = str(certbot.config_dir / "live")
    switching = [point for point in trace.points(certbot, "renew", "--force-renewal")
                 if live in point.text]
    assert any(".twin" in point.text for point in switching)
    left = 0
    for point in switching[::min(EVERY, 8)]:
        state.restore()
        trace.strike(certbot, point, "kill", "renew", "--force-renewal")
        debian_certbot.run("delete", "-n", "--cert-name", NAME)
        left += any(path.name != "README" for path in (certbot.config_dir / "live").iterdir())
        certbot.certonly(NAME)
        Lineage(certbot.config_dir, NAME).verify(NAME)
        assert certbot.lineage_names() == [NAME]
        assert_tidy(certbot)
    assert left, "no strike left anything"


def test_a_lineage_whose_twin_cannot_be_finished_is_listed(certbot):
    """The switch was killed after the exchange, and now the disk is full: what live/ shows is whole."""
    command = ("renew", "--force-renewal")
    certbot.certonly(NAME)
    exchanges = [point for point in trace.points(certbot, *command)
                 if point.call == "renameat2" and ".twin" in point.text]
    trace.strike(certbot, exchanges[-1], "kill", *command)
    assert (certbot.config_dir / "live" / f".{NAME}.twin").is_dir()
    state = trace.State(certbot)
    assert f"Certificate Name: {NAME}" in certbot.run("certificates").out
    repairs = [point for point in trace.points(certbot, "renew")
               if point.call in WRITES and ".twin" in point.text]
    assert repairs
    for point in repairs[::EVERY] + repairs[-1:]:
        state.restore()
        result = trace.strike(certbot, point, "ENOSPC", "renew").result
        assert result.rc == 0 and "parse failure" not in result.text, (point, result)
        assert f"Certificate Name: {NAME}" in certbot.run("certificates").out


def account_folders(certbot):
    """Of accounts, drafts of them included."""
    return sorted(path.parent for path in
                  (certbot.config_dir / "accounts").rglob("private_key.json"))


def account_keys(certbot):
    """Whole ones: one that was not written to its end was never shown to a CA."""
    texts = {(folder / "private_key.json").read_text() for folder in account_folders(certbot)}
    return {text for text in texts if text.endswith("}")}


def account_works(certbot, debian):
    """Whichever key the CA has: both programs go on with it, without being told which."""
    certbot.certonly(NAME, options=("--force-renewal",))
    Lineage(certbot.config_dir, NAME).verify(NAME)
    accounts = [path.parent for path in (certbot.config_dir / "accounts").rglob("regr.json")]
    assert len(accounts) == 1, accounts
    assert not (accounts[0] / "next_key.json").exists()
    debian.run("renew", "--force-renewal")


@pytest.mark.parametrize("fault", ["kill", "EIO"])
def test_account_key_changed_anywhere(certbot, debian_certbot, fault):
    """The CA's state changes too, so each try has an account of its own."""
    command = ["update_account", "-n", "--new-account-key"]
    certbot.certonly(NAME)
    for point in trace.points(certbot, *command)[::EVERY]:
        shutil.rmtree(certbot.config_dir)
        certbot.certonly(NAME)
        strike = trace.strike(certbot, point, fault, *command)
        try:
            account_works(certbot, debian_certbot)
        except (AssertionError, OSError) as failure:
            raise AssertionError(f"{fault} at {point} ({strike.at}): {failure}\n"
                                 f"{strike.result}") from failure


@pytest.mark.parametrize("fault", ["kill", *FAILURES])
def test_registration_struck_anywhere(certbot, pebble, fault):
    """A key that the CA may know is used by the next registration; nothing else stays."""
    command = ["register", "-n"]
    state = trace.State(certbot)
    points = trace.points(certbot, *command)
    assert len(points) > 10
    for point in sampled(points, fault):
        state.restore()
        pebble.new_requests()
        strike = trace.strike(certbot, point, fault, *command)
        assert fault == "kill" or strike.result.rc in (0, 1), (point, strike.result)
        keys = account_keys(certbot)
        if any("sign-me-up" in str(request) for request in pebble.new_requests()):
            assert keys, (fault, point, strike.at)
        certbot.run(*command, check=len(registered(certbot)))
        assert keys <= account_keys(certbot), (fault, point, strike.at)
        assert account_folders(certbot) == registered(certbot), (fault, point, strike.at)
        assert len(registered(certbot)) == 1
        certbot.run("show_account")


def registered(certbot):
    return sorted(path.parent for path in (certbot.config_dir / "accounts").rglob("regr.json")
                  if not path.parent.name.startswith("."))


@pytest.mark.parametrize("fault", ["kill", *FAILURES])
def test_unregistration_struck_anywhere(certbot, fault):
    """The account is as it was, or the next try finishes; the CA's state changes, too, so each has
    an account of its own."""
    command = ["unregister", "-n"]
    certbot.run("register", "-n")
    points = trace.points(certbot, *command)
    assert len(points) > 5
    for point in sampled(points, fault):
        certbot.run("register", "-n")
        strike = trace.strike(certbot, point, fault, *command)
        assert fault == "kill" or strike.result.rc in (0, 1), (point, strike.result)
        certbot.run(*command, check=int(not registered(certbot)))
        assert account_folders(certbot) == [], (fault, point, strike.at)
        left = [path for path in (certbot.config_dir / "accounts").rglob("*") if path.is_file()]
        assert left == [], (fault, point, strike.at)
