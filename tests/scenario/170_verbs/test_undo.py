"""`undo`: takes back exactly one change of a certificate, and can itself be undone. What is not as
that change left it is refused, with the name of the file."""

import hashlib

import pytest

from lab import trace
from lab.changes import changes, reconfigure

NAME = "a.lab.test"
OTHER = "b.lab.test"


@pytest.fixture
def renewed(certbot):
    """A certbot whose certificate was renewed once."""
    certbot.certonly(NAME)
    certbot.run("renew", "--force-renewal")
    return certbot


def refused(certbot, *args):
    result = certbot.run("undo", "-n", *args, check=False)
    assert result.rc == 1, result
    return result.err


def test_a_renewal_is_undone(renewed):
    lineage = renewed.lineage(NAME)
    out = renewed.run("undo", "-n").out
    assert "Undid change 3: renewed a.lab.test" in out and "'certbot undo 4'" in out, out
    assert lineage.version() == 1
    lineage.verify(NAME)
    [undone, change] = changes(renewed)[:2]
    assert (undone["undoes"], undone["generation_before"], undone["generation_after"]) == (3, 2, 1)
    assert change["undone_by"] == 4
    # Neither program takes it for a switch that was interrupted.
    renewed.run("renew")
    assert lineage.version() == 1


def test_an_undo_is_undone(renewed):
    before = renewed.lineage(NAME).conf()
    renewed.run("undo", "-n")
    assert "Redid change 3: renewed a.lab.test.\n" in renewed.run("undo", "-n", "4").out
    assert renewed.lineage(NAME).version() == 2
    assert renewed.lineage(NAME).conf() == before
    assert changes(renewed)[2]["undone_by"] is None
    renewed.run("undo", "-n", "5")
    assert renewed.lineage(NAME).version() == 1
    assert [change["what"] for change in changes(renewed)[:3]] == [
        f"{done} change 3: renewed {NAME}" for done in ("undid", "redid", "undid")]
    renewed.run("undo", "-n", "6")
    renewed.run("undo", "-n", "3")
    assert renewed.lineage(NAME).version() == 1


def test_after_an_undo_certificates_are_renewed_as_ever(renewed):
    renewed.run("undo", "-n")
    renewed.run("renew", "--force-renewal")
    assert renewed.lineage(NAME).version() == 3
    assert "shown_" not in renewed.lineage(NAME).conf()


def test_two_renewals_are_undone_one_after_the_other(renewed):
    renewed.run("renew", "--force-renewal")
    err = refused(renewed, "3")
    assert "live/a.lab.test/cert.pem' shows generation 3" in err, err
    renewed.run("undo", "-n", "4")
    renewed.run("undo", "-n", "3")
    assert renewed.lineage(NAME).version() == 1
    renewed.run("renew")
    assert renewed.lineage(NAME).version() == 1


def test_outputs_and_hooks_follow(certbot, tmp_path):
    output, told = tmp_path / "out.pem", tmp_path / "told"
    certbot.certonly(NAME, options=("--output", f"cert:{output}", "--deploy-hook",
                                    f"cat $RENEWED_LINEAGE/cert.pem > {told}"))
    first = output.read_bytes()
    certbot.run("renew", "--force-renewal")
    assert output.read_bytes() != first
    [written] = changes(certbot)[0]["outputs"]
    assert written["path"] == str(output)
    assert written["sha256_before"] == hashlib.sha256(first).hexdigest()
    assert written["sha256_after"] == hashlib.sha256(output.read_bytes()).hexdigest()
    certbot.run("undo", "-n")
    assert changes(certbot)[0]["outputs"][0]["sha256_after"] == written["sha256_before"]
    assert output.read_bytes() == told.read_bytes() == first
    assert "_pending" not in certbot.lineage(NAME).conf()


def test_options_come_back_byte_for_byte(certbot):
    certbot.certonly(NAME)
    conf = certbot.lineage(NAME).conf_path
    conf.write_text("# mine\n" + conf.read_text())
    before = conf.read_bytes()
    reconfigure(certbot, NAME, "--deploy-hook", "true")
    after = conf.read_bytes()
    assert after != before
    certbot.run("undo", "-n")
    assert conf.read_bytes() == before
    certbot.run("undo", "-n")
    assert conf.read_bytes() == after


def test_an_edited_file_is_named(certbot):
    certbot.certonly(NAME)
    reconfigure(certbot, NAME, "--deploy-hook", "true")
    conf = certbot.lineage(NAME).conf_path
    conf.write_text(conf.read_text().replace("[renewalparams]\n", "[renewalparams]\n# mine\n"))
    kept = conf.read_bytes()
    err = refused(certbot)
    assert f"'{conf}'" in err and "somebody has edited it since" in err, err
    assert conf.read_bytes() == kept and changes(certbot)[0]["undoes"] is None


def test_a_later_change_of_the_same_file_is_named(certbot):
    certbot.certonly(NAME)
    reconfigure(certbot, NAME, "--deploy-hook", "true")
    reconfigure(certbot, NAME, "--deploy-hook", "false")
    err = refused(certbot, "3")
    assert "was changed again, by change 4" in err, err


def test_notes_between_changes_are_no_edit(certbot):
    """What `renew` writes down about itself stays as it is."""
    certbot.certonly(NAME)
    reconfigure(certbot, NAME, "--deploy-hook", "true")
    conf = certbot.lineage(NAME).conf_path
    conf.write_text(conf.read_text() + "[acme_renewal_info]\nari_retry_after = 2030-01-02T03:04:05\n")
    certbot.run("undo", "-n")
    assert "ari_retry_after = 2030" in conf.read_text() and "renew_hook" not in conf.read_text()


def test_what_cannot_be_undone_says_why(certbot):
    certbot.certonly(NAME)
    assert "certbot delete --cert-name a.lab.test" in refused(certbot)
    certbot.run("delete", "-n", "--cert-name", NAME)
    assert "its keys are gone" in refused(certbot)
    assert "the CA has the account" in refused(certbot, "1")
    assert "there is no change 77" in refused(certbot, "77")
    assert "there is no change 0" in refused(certbot, "0")
    assert certbot.run("undo", "-n", "x", check=False).rc == 2


def test_the_last_change_of_one_certificate(renewed):
    renewed.certonly(OTHER)
    renewed.run("renew", "--force-renewal", "--cert-name", OTHER)
    renewed.run("undo", "-n", "--cert-name", NAME)
    assert (renewed.lineage(NAME).version(), renewed.lineage(OTHER).version()) == (1, 2)
    err = refused(renewed, "3", "--cert-name", OTHER)
    assert "change 3 (renewed a.lab.test) is not about 'b.lab.test'" in err, err
    assert "no changes of c.lab.test are on record" in refused(renewed, "--cert-name", "c.lab.test")


def test_a_certificate_that_was_made_again_is_another_one(renewed):
    """Its generations count from 1 again, and so look like those of the change."""
    renewed.run("delete", "-n", "--cert-name", NAME)
    renewed.certonly(NAME)
    renewed.run("renew", "--force-renewal")
    err = refused(renewed, "3")
    assert "'a.lab.test' was deleted and made again since, by change 5" in err, err
    assert renewed.lineage(NAME).version() == 2
    renewed.run("undo", "-n", "6")
    assert renewed.lineage(NAME).version() == 1


def test_an_empty_record(certbot):
    assert "no changes are on record" in refused(certbot)


def test_a_change_is_undone_once(renewed):
    renewed.run("undo", "-n", "3")
    assert "undone already, by change 4" in refused(renewed, "3")


def test_a_generation_that_is_gone(renewed):
    for path in (renewed.config_dir / "archive" / NAME).glob("*1.pem"):
        path.unlink()
    assert "no longer has generation 1" in refused(renewed)
    assert renewed.lineage(NAME).version() == 2


def test_certbot_lives_with_what_was_undone(renewed, debian_certbot):
    renewed.run("undo", "-n")
    assert "invalid" not in debian_certbot.run("certificates").out
    debian_certbot.run("renew", "--force-renewal", "--no-random-sleep-on-renew")
    assert renewed.lineage(NAME).verify(NAME).version() == 3
    renewed.run("renew")
    assert renewed.lineage(NAME).version() == 3


def conf_points(certbot, *args):
    """Where the undo writes the conf."""
    found = [point for point in trace.points(certbot, *args) if "/renewal/" in point.text
             and point.call in trace.WRITES]
    assert found
    return found


def test_an_undo_that_failed_is_not_tried_again(certbot):
    """All is as it was: a later run must not do unasked what the user was told did not work."""
    certbot.certonly(NAME)
    reconfigure(certbot, NAME, "--deploy-hook", "true")
    state, hits = trace.State(certbot), 0
    for point in conf_points(certbot, "undo", "-n"):
        state.restore()
        strike = trace.strike(certbot, point, "ENOSPC", "undo", "-n")
        if strike.result.rc == 0 or "renew_hook" not in certbot.lineage(NAME).conf():
            continue
        hits += strike.hit
        assert not (certbot.work_dir / "changes/undoing").exists(), point
        certbot.run("renew")
        assert "renew_hook" in certbot.lineage(NAME).conf(), point
        assert changes(certbot)[0]["undoes"] is None, point
    assert hits


@pytest.mark.parametrize("command", (
    ("update_account", "-n", "-m", "new@lab.test"), ("register", "-n", "--agree-tos"),
    ("unregister", "-n")), ids=lambda command: command[0])
def test_commands_about_accounts_finish_a_killed_undo(certbot, command):
    """`register` then finds that there is an account."""
    certbot.certonly(NAME)
    reconfigure(certbot, NAME, "--deploy-hook", "true")
    state = trace.State(certbot)
    point = conf_points(certbot, "undo", "-n")[0]
    state.restore()
    trace.strike(certbot, point, "kill", "undo", "-n")
    assert "renew_hook" in certbot.lineage(NAME).conf()
    result = certbot.run(*command, check=False)
    assert "Finished the interrupted undo of change 3." in result.err, result
    assert "renew_hook" not in certbot.lineage(NAME).conf()
    listed = [change for change in changes(certbot) if change["verb"] != command[0]]
    assert listed[0]["undoes"] == 3 and listed[1]["undone_by"] == listed[0]["number"]


def test_one_undo_waits_for_another(certbot):
    """The conf was restored, and then the power went; the key of the generation is damaged."""
    certbot.certonly(NAME)
    certbot.run("renew", "--force-renewal", "--deploy-hook", "true")
    state = trace.State(certbot)
    point = next(point for point in trace.points(certbot, "undo", "-n") if "/live/" in point.text)
    state.restore()
    trace.strike(certbot, point, "kill", "undo", "-n")
    key = certbot.config_dir / "archive" / NAME / "privkey1.pem"
    kept = key.read_bytes()
    key.write_bytes(b"")
    err = refused(certbot)
    assert "the undo of change 3 has begun and is not finished" in err, err
    key.write_bytes(kept)
    certbot.run("renew")
    assert certbot.lineage(NAME).version() == 1
    assert changes(certbot)[0]["undoes"] == 3


def test_a_repair_of_live_is_no_new_certificate(renewed):
    """What put missing links back has no generation to go back to."""
    reconfigure(renewed, NAME, "--deploy-hook", "true")
    for link in (renewed.config_dir / "live" / NAME).glob("*.pem"):
        link.unlink()
    renewed.run("renew")
    assert "live/ showed no certificate before it" in refused(renewed)
    renewed.run("undo", "-n", "4")
    assert renewed.lineage(NAME).version() == 2
    assert "renew_hook" not in renewed.lineage(NAME).conf()
