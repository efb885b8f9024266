"""What one command does to the files of another lineage: nothing."""

import shutil

from lab.lineage import Lineage, differences, snapshot

NAME = "a.lab.test"
OTHER = "b.lab.test"
LEFT_OUT = (".certbot.lock", f"{OTHER}.conf")  # in which answers of the CA are kept


def state_of(certbot):
    return snapshot(certbot.config_dir / "live", certbot.config_dir / "archive",
                    certbot.config_dir / "renewal", leave_out=LEFT_OUT)


def test_no_command_believes_a_file_by_its_name(certbot):
    """Copies of a conf that are called like a record of ours, with the conf and without."""
    certbot.certonly(NAME)
    certbot.certonly(OTHER)
    renewal = certbot.config_dir / "renewal"
    for copy in (f"{NAME}.conf.part", f"backup-of-{NAME}.part", f"{NAME}.part", f".{NAME}.part"):
        shutil.copy(renewal / f"{NAME}.conf", renewal / copy)
    for move in (False, True):
        if move:
            (renewal / f"{NAME}.conf").rename(renewal / f"{NAME}.kept")
        before = state_of(certbot)
        certbot.run("certificates")
        certbot.run("renew", "--cert-name", OTHER)
        assert not differences(before, state_of(certbot))
    certbot.run("delete", "-n", "--cert-name", OTHER)
    (renewal / f"{NAME}.kept").rename(renewal / f"{NAME}.conf")
    Lineage(certbot.config_dir, NAME).verify(NAME)


def test_delete_keeps_what_another_conf_uses(certbot):
    certbot.certonly(NAME)
    renewal = certbot.config_dir / "renewal"
    shutil.copy(renewal / f"{NAME}.conf", renewal / "copy.conf")
    result = certbot.run("delete", "-n", "--cert-name", "copy")
    assert f"except for files that {NAME} also uses" in result.out
    Lineage(certbot.config_dir, NAME).verify(NAME)
    assert certbot.lineage_names() == [NAME]


def test_delete_where_live_is_a_link(certbot, tmp_path):
    """live/NAME is a link: the deletion ends all the same, and the name is free."""
    certbot.certonly(NAME)
    live, elsewhere = certbot.config_dir / "live" / NAME, tmp_path / "elsewhere"
    live.rename(elsewhere)
    live.symlink_to(elsewhere)
    certbot.run("delete", "-n", "--cert-name", NAME)
    assert not (certbot.config_dir / "archive" / NAME).exists() and not live.is_symlink()
    certbot.certonly(NAME)
    Lineage(certbot.config_dir, NAME).verify(NAME)
