"""What a change of live/ owes is paid, whichever run makes the change."""

import shutil

import pytest

from lab import trace
from lab.lineage import KINDS, Lineage

NAME = "a.lab.test"


def hook_of(certbot):
    told = certbot.folder / "told"
    # One profile, so that no certificate ends before the one that it replaces.
    hook = f"readlink $RENEWED_LINEAGE/cert.pem >> {told}"
    return told, ("--required-profile", "default", "--deploy-hook", hook)


def stopping_points(certbot, *command):
    """From the last name that a generation gets to that of the conf, by calls that every run makes
    in the same order."""
    points = [point for point in trace.points(certbot, *command)
              if point.call in ("renameat", "fsync")]
    first = next(i for i, point in enumerate(points) if "fullchain" in point.text)
    last = next(i for i, point in enumerate(points) if f"{NAME}.conf.new" in point.text
                and point.call == "renameat")
    return points[first:last + 2]


@pytest.mark.parametrize("next_run", [("renew",), ("certonly", "-n", "--standalone", "--keep", "-d",
                                                   NAME)])
def test_a_renewal_stopped_before_its_conf_was_written_runs_its_hook(certbot, next_run):
    told, options = hook_of(certbot)
    certbot.certonly(NAME, options=options)
    told.unlink()
    state = trace.State(certbot)
    renew = ("renew", "--force-renewal")
    for point in stopping_points(certbot, *renew)[2:]:
        state.restore()
        strike = trace.strike(certbot, point, "kill", *renew)
        assert strike.hit and not told.exists(), (point, strike.at)
        result = certbot.run(*next_run)
        assert told.exists(), (point, strike.at, result)
        assert told.read_text().splitlines() == [f"../../archive/{NAME}/cert2.pem"], point
        certbot.run("renew")
        assert len(told.read_text().splitlines()) == 1
        Lineage(certbot.config_dir, NAME).verify(NAME)


def test_a_new_certificate_stopped_after_it_was_stored_runs_its_hook(certbot):
    told, options = hook_of(certbot)
    command = ("certonly", "-n", "--standalone", "--http-01-port", certbot.ca.http_port, "-d", NAME,
               *options)
    certbot.run("register")
    state = trace.State(certbot)
    last = stopping_points(certbot, *command)[-1]
    state.restore()
    strike = trace.strike(certbot, last, "kill", *command)
    assert strike.hit and not told.exists(), (last, strike.at)
    certbot.run("renew")
    assert told.read_text().splitlines() == [f"../../archive/{NAME}/cert1.pem"]


def test_links_that_lead_nowhere_are_repaired_by_renew(certbot):
    told, options = hook_of(certbot)
    certbot.certonly(NAME, options=options)
    certbot.run("renew", "--force-renewal")
    lineage = certbot.lineage(NAME)
    for kind in KINDS:
        (lineage.archive / f"{kind}2.pem").unlink()
    assert "does not exist" in certbot.run("certificates").err
    assert "was not in use yet" in certbot.run("renew").err
    assert lineage.verify(NAME).version() == 1
    assert told.read_text().splitlines()[-1] == f"../../archive/{NAME}/cert1.pem"


@pytest.mark.parametrize("gone", [["privkey"], ["cert", "chain"], list(KINDS), ["README", *KINDS]])
def test_links_that_are_gone_are_made_again_by_renew(certbot, gone):
    told, options = hook_of(certbot)
    certbot.certonly(NAME, options=options)
    lineage = certbot.lineage(NAME)
    for name in gone:
        (lineage.live / (name if name == "README" else f"{name}.pem")).unlink()
    if "README" in gone:
        lineage.live.rmdir()
    err = certbot.run("certificates").err
    assert "to be a symlink, but nothing is there; 'certbot renew' makes the link again" in err
    told.unlink()
    certbot.run("renew")
    assert lineage.verify(NAME).version() == 1
    assert told.read_text().splitlines() == [f"../../archive/{NAME}/cert1.pem"]
    assert (lineage.live / "README").exists()


def test_a_link_that_is_gone_is_made_again_where_nothing_can_be_exchanged(certbot):
    """A link in the place of live/NAME: its links are renamed one by one."""
    certbot.certonly(NAME)
    lineage, moved = certbot.lineage(NAME), certbot.config_dir / "elsewhere" / NAME
    moved.parent.mkdir()
    lineage.live.rename(moved)
    lineage.live.symlink_to(moved)
    (moved / "cert.pem").unlink()
    certbot.run("renew")
    assert lineage.verify(NAME).version() == 1
    assert sorted(path.name for path in moved.iterdir()) == \
        ["README", *sorted(f"{kind}.pem" for kind in KINDS)]


def test_a_link_that_is_gone_is_made_again_by_update_symlinks(certbot):
    certbot.certonly(NAME)
    certbot.run("renew", "--force-renewal")
    lineage = certbot.lineage(NAME)
    (lineage.live / "chain.pem").unlink()
    certbot.run("update_symlinks")
    assert lineage.verify(NAME).version() == 2
    for kind in KINDS:
        (lineage.live / f"{kind}.pem").unlink()
    assert "'certbot renew' makes the link again" in certbot.run("update_symlinks", check=1).err


@pytest.mark.parametrize("verb", [("renew",), ("update_symlinks",), ("certificates",)])
def test_a_file_in_the_place_of_a_link_is_left_and_named(certbot, verb):
    certbot.certonly(NAME)
    lineage = certbot.lineage(NAME)
    path = lineage.live / "privkey.pem"
    path.unlink()
    path.write_text("mine")
    result = certbot.run(*verb, check=False)
    assert f"expected {path} to be a symlink, but it is a file. Move it elsewhere" in result.text
    assert path.read_text() == "mine" and not path.is_symlink()
    path.unlink()
    certbot.run("renew")
    assert lineage.verify(NAME).version() == 1


def test_links_that_are_gone_with_the_archive_are_named_with_what_to_do(certbot):
    certbot.certonly(NAME)
    lineage = certbot.lineage(NAME)
    (lineage.live / "cert.pem").unlink()
    (lineage.archive / "chain1.pem").unlink()
    err = certbot.run("renew", check=1).err
    assert "has no complete set of files to link to. Restore them from a backup" in err
    assert (lineage.archive / "privkey1.pem").exists()


def test_confs_with_files_in_common_are_renewed_once(certbot):
    certbot.certonly(NAME)
    certbot.certonly("b.lab.test")
    renewal = certbot.config_dir / "renewal"
    for copy in ("0-copy", "copy"):
        shutil.copy(renewal / f"{NAME}.conf", renewal / f"{copy}.conf")
    result = certbot.run("renew", "--force-renewal")
    assert result.err.count(f"shares files with {NAME} and is not renewed separately") == 2
    assert result.out.count("(success)") == 2
    assert certbot.lineage(NAME).verify(NAME).version() == 2
    assert certbot.lineage(NAME).versions() == [1, 2]
