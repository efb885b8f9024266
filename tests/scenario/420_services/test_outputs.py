"""Further forms of a certificate's files (--output): written with it, kept with it, deleted with it."""

import os
import stat

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import load_der_x509_certificate

from lab import trace
from lab.dialogue import Dialogue

NAME = "a.lab.test"
OTHER = "b.lab.test"
# One profile, so that no certificate ends before the one that it replaces.
PROFILE = ("--required-profile", "default")


@pytest.fixture
def certs(tmp_path):
    folder = tmp_path / "certbot" / "certs"  # where faults can be traced
    folder.mkdir(parents=True)
    return folder


def output(text):
    return ("--output", text)


def obtain(certbot, *texts, name=NAME, check=True, options=()):
    given = [word for text in texts for word in output(text)]
    return certbot.certonly(name, options=(*PROFILE, *given, *options), check=check)


def joined(lineage, *kinds):
    return b"".join(lineage.read(kind) for kind in kinds)


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_every_form_is_written_and_renewed(certbot, certs):
    password = certs.parent / "password"
    password.write_text("secret word\n")
    obtain(certbot, f"pem:{certs}/{{name}}.pem", f"pem:{certs}/leaf-first,order=cert+chain+key",
           f"cert:{certs}/cert,mode=0640", f"chain:{certs}/chain", f"fullchain:{certs}/fullchain",
           f"privkey:{certs}/privkey", f"der:{certs}/der",
           f"pfx:{certs}/modern.pfx,password-file={password}",
           f"pfx:{certs}/legacy.pfx,password-file={password},encryption=legacy")
    for run in ((), ("renew", "--force-renewal")):
        if run:
            certbot.run(*run)
        lineage = certbot.lineage(NAME)
        assert (certs / f"{NAME}.pem").read_bytes() == joined(lineage, "privkey", "cert", "chain")
        assert (certs / "leaf-first").read_bytes() == joined(lineage, "cert", "chain", "privkey")
        for kind in ("cert", "chain", "fullchain", "privkey"):
            assert (certs / kind).read_bytes() == lineage.read(kind)
        assert load_der_x509_certificate((certs / "der").read_bytes()) == lineage.cert
        for kind in ("modern", "legacy"):
            store = pkcs12.load_pkcs12((certs / f"{kind}.pfx").read_bytes(), b"secret word")
            assert store.cert.certificate == lineage.cert
            assert store.key.private_numbers() == lineage.key.private_numbers()
            assert [other.certificate for other in store.additional_certs] == lineage.chain
    secret = {f"{NAME}.pem", "leaf-first", "privkey", "modern.pfx", "legacy.pfx"}
    for path in certs.iterdir():
        expected = 0o600 if path.name in secret else 0o640 if path.name == "cert" else 0o644
        assert mode_of(path) == expected, path
    assert len(list(certs.iterdir())) == 9


@pytest.mark.parametrize("text, words", [
    ("jks:/tmp/x", "unknown form 'jks'"),
    ("pem", "FORM:PATH"),
    ("pem:certs/x.pem", "not absolute"),
    ("pem:/tmp/../etc/x.pem", "must not contain '..'"),
    ("pem:/nonexistent/x.pem", "cannot open directory '/nonexistent'"),
    ("cert:/nonexistent/x.pem", "install -d -m 0750 /nonexistent"),
    ("pem:{certs}/x.pem,owner=no-such-user", "no user 'no-such-user'"),
    ("pem:{certs}/x.pem,group=no-such-group", "no group 'no-such-group'"),
    ("pem:{certs}/x.pem,mode=999", "mode must be octal"),
    ("pem:{certs}/x.pem,size=1", "unknown setting 'size'"),
    ("cert:{certs}/x.pem,order=cert", "order is for pem only"),
    ("pem:{certs}/x.pem,order=cert+chain", "at least key and cert"),
    ("pfx:{certs}/x.pfx", "password-file"),
    ("pfx:{certs}/x.pfx,password-file=/nonexistent/file", "/nonexistent/file"),
    ("pfx:{certs}/x.pfx,password-file={certs}/empty", "empty' is empty"),
    ("pem:{certs}/link.pem", "not a regular file"),
    ("pem:{certs}/words", "neither a certificate nor a key"),
    ("pem:{certs}", "not a regular file"),
    ("pem:{config}/live/x.pem", "certbot's own files"),
])
def test_what_cannot_work_is_refused_before_the_ca_is_asked(certbot, certs, pebble, text, words):
    (certs / "empty").write_text("\n")
    (certs / "words").write_text("not to be lost")
    (certs / "link.pem").symlink_to(certs / "words")
    (certbot.config_dir / "live").mkdir(parents=True)
    result = obtain(certbot, text.replace("{certs}", str(certs)).replace(
        "{config}", str(certbot.config_dir)), check=False)
    assert result.rc != 0 and words in result.err, result
    assert not pebble.new_requests(), result
    assert not certbot.lineage_names()
    assert (certs / "words").read_text() == "not to be lost"


def test_a_place_is_looked_at_before_a_person_is_asked_anything(certbot, certs, pebble):
    """Also where the name of the certificate, and so that of the file, is not known yet."""
    for text in (f"pem:{certs}/none/{{name}}.pem", f"pfx:{certs}/{{name}}.pfx,password-file={certs}/none",
                 f"pem:{certs}/{{name}}.pem,group=nobody-has-it"):
        with Dialogue(certbot, "certonly", "--standalone", "--output", text) as talk:
            assert talk.end() == 1
        assert "output '" in talk.text and "none" in talk.text or "no group" in talk.text
        assert "email" not in talk.text and not pebble.new_requests()


def test_a_mode_that_gives_the_key_away_is_told(certbot, certs):
    result = obtain(certbot, f"pem:{certs}/x.pem,mode=0644", f"cert:{certs}/y.pem,mode=0666",
                    f"privkey:{certs}/z.pem,mode=0640")
    assert f"output '{certs}/x.pem' has the private key, and mode=0644 lets everybody read" in result.err
    assert "y.pem" not in result.err and "z.pem" not in result.err
    assert mode_of(certs / "x.pem") == 0o644
    assert "private key" not in certbot.run("renew", "--force-renewal").err


def test_two_certificates_cannot_have_one_path(certbot, certs):
    obtain(certbot, f"pem:{certs}/x.pem")
    before = (certs / "x.pem").read_bytes()
    (certs.parent / "alias").symlink_to(certs)
    result = obtain(certbot, f"pem:{certs.parent}/alias/x.pem", name=OTHER, check=False)
    assert result.rc == 1 and f"belongs to the certificate {NAME}" in result.err, result
    result = obtain(certbot, f"pem:{certs}/y.pem", f"cert:{certs}/y.pem", name=OTHER, check=False)
    assert "given twice" in result.err
    assert certbot.lineage_names() == [NAME] and (certs / "x.pem").read_bytes() == before


def test_an_output_that_cannot_be_written_is_owed_and_holds_back_the_deploy_hook(certbot, certs):
    told = certs.parent / "told"
    obtain(certbot, f"pem:{certs}/x.pem", f"cert:{certs}/y.pem",
           options=("--deploy-hook", f"echo $RENEWED_LINEAGE >> {told}"))
    told.unlink()
    old = (certs / "x.pem").read_bytes()
    (certs / "y.pem").unlink()
    (certs / "y.pem").mkdir()
    result = certbot.run("renew", "--force-renewal", check=1)
    assert f"{certs}/y.pem" in result.err and f"{NAME} outputs" in result.text
    assert certbot.lineage(NAME).version() == 2
    # None changes if one cannot.
    assert (certs / "x.pem").read_bytes() == old and not told.exists()
    assert "(not up to date)" in certbot.run("certificates").out
    certbot.run("renew", check=1)
    assert sorted(os.listdir(certs)) == ["x.pem", "y.pem"]
    (certs / "y.pem").rmdir()
    certbot.run("renew")
    lineage = certbot.lineage(NAME)
    assert (certs / "x.pem").read_bytes() == joined(lineage, "privkey", "cert", "chain")
    assert (certs / "y.pem").read_bytes() == lineage.read("cert")
    assert len(told.read_text().splitlines()) == 1
    certbot.run("renew")
    assert len(told.read_text().splitlines()) == 1


def draft_points(certbot, call, *command):
    return [point for point in trace.points(certbot, *command)
            if point.call == call and ".x.pem.certbot-new" in point.text]


def test_a_run_killed_before_its_outputs_were_written_leaves_them_to_the_next(certbot, certs):
    obtain(certbot, f"pem:{certs}/x.pem")
    old = (certs / "x.pem").read_bytes()
    renew = ("renew", "--force-renewal")
    state = trace.State(certbot)
    point = draft_points(certbot, "fsync", *renew)[0]
    state.restore()
    (certs / "x.pem").write_bytes(old)
    strike = trace.strike(certbot, point, "kill", *renew)
    assert strike.hit and (certs / "x.pem").read_bytes() == old
    certbot.run("renew")
    lineage = certbot.lineage(NAME)
    assert lineage.version() == 2
    assert (certs / "x.pem").read_bytes() == joined(lineage, "privkey", "cert", "chain")
    assert os.listdir(certs) == ["x.pem"]


def test_delete_knows_the_file_of_a_renewal_that_was_killed_before_it_could_say_so(certbot, certs):
    """Also a PFX, which never has the same bytes twice; and after two such renewals."""
    password = certs.parent / "password"
    password.write_text("secret word\n")
    obtain(certbot, f"pfx:{certs}/x.pfx,password-file={password}", f"pem:{certs}/y.pem")
    renew = ("renew", "--force-renewal")
    state = trace.State(certbot, certs)
    points = trace.points(certbot, *renew, also=(certs,))
    renames = [at for at, point in enumerate(points)
               if "rename" in point.call and "certbot-new" in point.text and "/certs" in point.text]
    assert len(renames) == 2
    state.restore()
    for _ in range(2):
        old = (certs / "x.pfx").read_bytes()
        assert trace.strike(certbot, points[renames[-1]], "kill", *renew).hit
        assert (certs / "x.pfx").read_bytes() != old
    result = certbot.run("delete", "-n", "--cert-name", NAME)
    assert result.out.count("Deleted") == 3 and "was left" not in result.text, result
    assert not os.listdir(certs)


def test_a_full_disk_leaves_the_old_outputs(certbot, certs):
    obtain(certbot, f"pem:{certs}/x.pem")
    old = (certs / "x.pem").read_bytes()
    renew = ("renew", "--force-renewal")
    state = trace.State(certbot)
    point = draft_points(certbot, "fsync", *renew)[0]
    state.restore()
    (certs / "x.pem").write_bytes(old)
    strike = trace.strike(certbot, point, "ENOSPC", *renew)
    assert strike.hit and strike.result.rc == 1
    assert f"{certs}/" in strike.result.err and "No space left" in strike.result.err
    assert (certs / "x.pem").read_bytes() == old and os.listdir(certs) == ["x.pem"]
    certbot.run("renew")
    assert (certs / "x.pem").read_bytes() != old


def test_certbot_reads_the_conf_and_keeps_the_outputs(certbot, debian_certbot, certs):
    obtain(certbot, f"pem:{certs}/{{name}}.pem,mode=0640")
    listed = debian_certbot.run("certificates")
    assert NAME in listed.out and "invalid" not in listed.out
    debian_certbot.run("renew", "--force-renewal", "--cert-name", NAME)
    lineage = certbot.lineage(NAME)
    assert f"pem:{certs}/{{name}}.pem,mode=0640" in lineage.conf()
    assert "(not up to date)" in certbot.run("certificates").out
    certbot.run("renew")
    assert lineage.version() == 2
    assert (certs / f"{NAME}.pem").read_bytes() == joined(lineage, "privkey", "cert", "chain")
    assert "(not up to date)" not in certbot.run("certificates").out
    certbot.run("renew", "--force-renewal")
    assert lineage.version() == 3
    assert (certs / f"{NAME}.pem").read_bytes() == joined(lineage, "privkey", "cert", "chain")
    # A run that does not name them keeps them.
    certbot.certonly(NAME, options=("--force-renewal", *PROFILE))
    assert (certs / f"{NAME}.pem").read_bytes() == joined(lineage, "privkey", "cert", "chain")


def test_what_certbot_renewed_is_told_to_the_deploy_hook_again(certbot, debian_certbot, certs):
    """Certbot ran the hook before there was the new file that the hook copies."""
    hook = f"cat {certs}/x.pem > {certs}/copy"
    obtain(certbot, f"cert:{certs}/x.pem", options=("--deploy-hook", hook))
    lineage = certbot.lineage(NAME)
    debian_certbot.run("renew", "--force-renewal", "--cert-name", NAME)
    assert lineage.version() == 2 and (certs / "copy").read_bytes() != lineage.read("cert")
    assert "(not up to date)" in certbot.run("certificates", server=False).out
    # What is owed is on record before a file is written, and stays there until it is done.
    (certs / "x.pem").unlink()
    (certs / "x.pem").mkdir()
    certbot.run("renew", check=False)
    assert "deploy_hook_pending = True" in lineage.conf() and lineage.version() == 2
    (certs / "x.pem").rmdir()
    certbot.run("renew")
    assert (certs / "copy").read_bytes() == lineage.read("cert") and lineage.version() == 2
    assert "_pending" not in lineage.conf()
    # Once.
    (certs / "copy").unlink()
    certbot.run("renew")
    assert not (certs / "copy").exists()


def test_reconfigure_writes_at_once(certbot, certs):
    obtain(certbot)
    lineage = certbot.lineage(NAME)
    reconfigure = ("reconfigure", "-n", "--cert-name", NAME, *output(f"cert:{certs}/x.pem"))
    said = certbot.run(*reconfigure, server=False).out
    assert "Successfully updated configuration.\nThe outputs are written." in said
    assert (certs / "x.pem").read_bytes() == lineage.read("cert") and lineage.version() == 1
    (certs / "x.pem").unlink()
    said = certbot.run(*reconfigure, server=False).out
    assert "No changes were made" in said and (certs / "x.pem").exists()
    said = certbot.run(*reconfigure, "--pre-hook", "true", server=False).out
    assert "Changes will apply when the certificate renews.\nThe outputs are written." in said
    listed = certbot.run("certificates")
    assert f"    Outputs: {certs}/x.pem\n" in listed.out
    certbot.run("reconfigure", "-n", "--cert-name", NAME, *output("none"), server=False)
    assert "[services]" not in lineage.conf() and (certs / "x.pem").exists()
    assert "Outputs:" not in certbot.run("certificates").out


def test_a_file_that_is_gone_is_written_again_unless_it_is_no_output_any_more(certbot, certs):
    obtain(certbot, f"cert:{certs}/x.pem", f"cert:{certs}/y.pem")
    (certs / "x.pem").unlink()
    assert "(not up to date)" in certbot.run("certificates").out
    certbot.run("renew")
    assert (certs / "x.pem").read_bytes() == certbot.lineage(NAME).read("cert")
    certbot.run("reconfigure", "-n", "--cert-name", NAME, *output(f"cert:{certs}/y.pem"), server=False)
    assert f"    Outputs: {certs}/y.pem\n" in certbot.run("certificates").out
    (certs / "x.pem").unlink()
    certbot.run("renew")
    assert not (certs / "x.pem").exists()
    (certs / "x.pem").write_bytes(certbot.lineage(NAME).read("cert"))
    certbot.run("delete", "-n", "--cert-name", NAME)
    assert os.listdir(certs) == [], "also what was dropped"


def test_outputs_of_a_certificate_that_is_kept_are_written(certbot, certs):
    obtain(certbot)
    certbot.certonly(NAME, options=("--keep", *output(f"cert:{certs}/x.pem")))
    assert (certs / "x.pem").read_bytes() == certbot.lineage(NAME).read("cert")


def test_delete_takes_what_was_written_and_nothing_else(certbot, certs):
    obtain(certbot, f"pem:{certs}/x.pem", f"cert:{certs}/y.pem")
    (certs / "y.pem").write_text("somebody else's")
    (certs / "z.pem").write_text("unrelated")
    result = certbot.run("delete", "-n", "--cert-name", NAME)
    assert f"Deleted {certs}/x.pem." in result.out
    assert f"{certs}/y.pem was left" in result.out
    assert sorted(os.listdir(certs)) == ["y.pem", "z.pem"]
    assert (certs / "y.pem").read_text() == "somebody else's"


def test_a_directory_of_another_user_leads_nowhere_else(certbot, certs):
    os.chown(certs, 12345, 12345)
    os.chmod(certs.parent, 0o755)
    obtain(certbot, f"pem:{certs}/x.pem,owner=12345,group=12345")
    (certs / "x.pem").unlink()
    target = certs.parent / "target"
    target.write_text("-----BEGIN precious")
    os.symlink(target, certs / "x.pem")
    os.lchown(certs / "x.pem", 12345, 12345)
    result = certbot.run("renew", "--force-renewal", check=1)
    assert "not a regular file" in result.err
    assert target.read_text() == "-----BEGIN precious"
    (certs / "x.pem").unlink()
    certbot.run("renew")
    assert (certs / "x.pem").stat().st_uid == 12345 and mode_of(certs / "x.pem") == 0o600
