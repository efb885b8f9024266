"""`log`: each change of a certificate, its options or a server's configuration is on record, with
who, when, command line and reason."""

import re

from lab import trace
from lab.changes import changes, reconfigure
from lab.screen import assert_colours_only_where_wanted, assert_fits, run_on_screen

NAME = "a.lab.test"
OTHER = "b.lab.test"


def test_an_empty_log(certbot):
    assert "No changes are on record." in certbot.run("log").out
    assert changes(certbot) == []


def test_each_change_of_a_certificate(certbot):
    certbot.certonly(NAME)
    certbot.run("renew", "--force-renewal", "--cert-name", NAME)
    reconfigure(certbot, NAME, "--deploy-hook", "true")
    certbot.certonly(OTHER)
    certbot.run("delete", "-n", "--cert-name", OTHER)
    found = changes(certbot)
    assert [change["number"] for change in found] == [6, 5, 4, 3, 2, 1]
    assert [change["verb"] for change in found] == \
        ["delete", "certonly", "reconfigure", "renew", "certonly", "certonly"]
    assert [change["certificates"] for change in found] == \
        [[OTHER], [OTHER], [NAME], [NAME], [NAME], []]
    assert found[5]["what"].startswith("registered account ")
    assert all(change["uid"] == 0 and change["user"].endswith("root") for change in found)
    renewed = found[3]
    assert (renewed["generation_before"], renewed["generation_after"]) == (1, 2)
    assert renewed["files"] == [] and renewed["not_undoable"] is None
    assert renewed["command"].startswith("certbot renew --force-renewal")
    [conf] = found[2]["files"]
    assert conf["path"] == str(certbot.lineage(NAME).conf_path)
    assert conf["before"]["sha256"] != conf["after"]["sha256"]
    assert conf["before"]["mode"] == "0644"
    assert all(found[i]["not_undoable"] for i in (0, 1, 4, 5))


def test_the_log_of_one_certificate(certbot):
    certbot.certonly(NAME)
    certbot.certonly(OTHER)
    assert [change["number"] for change in changes(certbot, "--cert-name", NAME)] == [2]
    [line] = certbot.run("log", "--cert-name", OTHER).out.splitlines()
    assert line.split()[0] == "3" and f"made certificate {OTHER}" in line


def test_the_log_on_a_terminal(certbot):
    certbot.certonly(NAME)
    reconfigure(certbot, NAME, "--deploy-hook", "true")
    certbot.run("undo", "-n", "--cert-name", NAME)
    assert_colours_only_where_wanted(certbot, "log")
    for columns in 40, 60, 132:
        assert_fits(run_on_screen(certbot, columns, "log"), columns)
    newest, undone, *older = run_on_screen(certbot, 400, "log", NO_COLOR="1").splitlines()
    assert newest.startswith("↻     4  ") and undone.startswith("✗     3  ") and undone.endswith(" [undone by 4]")
    assert [line[:9] for line in older] == ["✓     2  ", "✓     1  "]
    assert [line[2:] for line in (newest, undone, *older)] == certbot.run("log").out.splitlines()


def test_what_changes_nothing_is_not_listed(certbot):
    certbot.certonly(NAME)
    for args in (("renew",), ("renew", "--dry-run", "--server", certbot.ca.directory),
                 ("certificates",)):
        certbot.run(*args)
    assert len(changes(certbot)) == 2


def test_secrets_are_not_on_record(certbot):
    certbot.certonly(NAME, options=("--eab-kid", "kid", "--eab-hmac-key", "c2VjcmV0LXNlY3JldA"),
                     check=False)
    journal = certbot.work_dir / "changes" / "journal"
    assert not journal.exists() or b"c2VjcmV0" not in journal.read_bytes()
    certbot.certonly(NAME)
    for path in (certbot.work_dir / "changes").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
        assert path.is_dir() or b"PRIVATE KEY" not in path.read_bytes()


def test_a_torn_end_costs_one_record(certbot):
    certbot.certonly(NAME)
    certbot.run("renew", "--force-renewal")
    journal = certbot.work_dir / "changes" / "journal"
    journal.write_bytes(journal.read_bytes()[:-30])
    assert [change["number"] for change in changes(certbot)] == [2, 1]
    certbot.run("renew", "--force-renewal")
    assert [change["number"] for change in changes(certbot)] == [3, 2, 1]


def checksum(text):
    """FNV-1a, as at the end of each record."""
    value = 0xcbf29ce484222325
    for byte in text:
        value = (value ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return value


def age(journal, seconds):
    """Makes all records of a journal older."""
    aged = b""
    for record in re.findall(rb".*?^end [^\n]*\n", journal.read_bytes(), re.DOTALL | re.MULTILINE):
        body, last = re.fullmatch(rb"(.*)end (\d+) \w+\n", record, re.DOTALL).groups()
        body = re.sub(rb"^time (\d+)$", lambda time: b"time %d" % (int(time[1]) - seconds), body,
                      flags=re.MULTILINE)
        aged += body + b"end %s %016x\n" % (last, checksum(body))
    journal.write_bytes(aged)


def test_old_changes_are_forgotten(certbot):
    certbot.certonly(NAME)
    reconfigure(certbot, NAME, "--deploy-hook", "true")
    folder = certbot.work_dir / "changes"
    assert len(list((folder / "old").iterdir())) == 1
    age(folder / "journal", 89 * 86400)
    certbot.run("renew", "--force-renewal")
    assert [change["number"] for change in changes(certbot)] == [4, 3, 2, 1]
    certbot.run("renew", "--force-renewal", "--keep-changes", "80")
    assert [change["number"] for change in changes(certbot)] == [5, 4]
    assert list((folder / "old").iterdir()) == []
    certbot.run("renew", "--force-renewal")
    assert [change["number"] for change in changes(certbot)] == [6, 5, 4]


def test_a_journal_that_cannot_be_written_stops_no_renewal(certbot):
    certbot.certonly(NAME)
    journal = certbot.work_dir / "changes" / "journal"
    journal.unlink()
    journal.mkdir()
    run = certbot.run("renew", "--force-renewal")
    assert "not on record" in run.err and certbot.lineage(NAME).version() == 2


def test_a_deletion_that_recovery_finishes_is_listed(certbot):
    """The conf is gone, a key cannot be removed: that was the deletion, which the next run ends."""
    certbot.certonly(NAME)
    state, command = trace.State(certbot), ("delete", "-n", "--cert-name", NAME)
    points = trace.points(certbot, *command)
    point = next(point for point in points if point.call == "unlinkat" and "privkey1" in point.text)
    state.restore()
    strike = trace.strike(certbot, point, "EIO", *command)
    assert strike.hit and strike.result.rc == 1, strike.result
    certbot.run("renew")
    assert not (certbot.config_dir / "archive" / NAME).exists()
    assert changes(certbot)[0]["verb"] == "delete"


def test_a_deletion_that_did_not_happen_is_not_listed(certbot):
    certbot.certonly(NAME)
    state, command = trace.State(certbot), ("delete", "-n", "--cert-name", NAME)
    points = trace.points(certbot, *command)
    point = next(point for point in points if point.call == "unlinkat"
                 and f'"{NAME}.conf"' in point.text)
    state.restore()
    strike = trace.strike(certbot, point, "EIO", *command)
    assert strike.hit and strike.result.rc == 1, strike.result
    assert [change["verb"] for change in changes(certbot)] == ["certonly", "certonly"]
