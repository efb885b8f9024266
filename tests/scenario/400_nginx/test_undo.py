"""`undo` of what was done to nginx's configuration, next to `rollback` and Certbot's checkpoints."""

from lab.changes import changes
from lab.process import wait_for

NAME = "a.nginx.test"


def installed(certbot, nginx, *options):
    """The texts before, after an installation."""
    nginx.plain_site(NAME)
    nginx.start()
    before = nginx.texts()
    certbot.nginx("run", "--nginx", "-d", NAME, *(options or ("--no-redirect",)))
    assert nginx.texts() != before
    return before, nginx.texts()


def test_an_installation_is_undone_byte_for_byte(site_certbot, nginx):
    before, after = installed(site_certbot, nginx)
    change = changes(site_certbot)[0]
    assert change["plugin"] == "nginx" and change["certificates"] == [NAME]
    assert change["what"] == "nginx: Deployed ACME Certificate"
    assert all(file["path"].startswith(str(nginx.root)) for file in change["files"] if file["before"])
    # Without a word about nginx: the record has the options.
    site_certbot.run("undo", "-n")
    assert nginx.texts() == before
    wait_for(lambda: nginx.get(NAME).body == NAME, "the old configuration")
    site_certbot.run("undo", "-n")
    assert nginx.texts() == after
    nginx.await_leaf(NAME, site_certbot.lineage(NAME).serial())


def test_one_of_several_changes(site_certbot, nginx):
    """The redirect goes and comes back; the certificate below it stays."""
    before, after = installed(site_certbot, nginx)
    site_certbot.nginx("enhance", "--nginx", "--cert-name", NAME, "--redirect")
    newest = changes(site_certbot)[0]["number"]
    site_certbot.run("undo", "-n", str(newest))
    assert nginx.texts() == after


def test_a_change_below_a_later_one_is_refused(site_certbot, nginx):
    installed(site_certbot, nginx)
    deployed = changes(site_certbot)[0]["number"]
    site_certbot.nginx("enhance", "--nginx", "--cert-name", NAME, "--redirect")
    texts = nginx.texts()
    result = site_certbot.run("undo", "-n", str(deployed), check=False)
    assert result.rc == 1 and f"was changed again, by change {deployed + 1}" in result.err, result
    assert nginx.texts() == texts


def test_a_broken_configuration_does_not_stop_it(site_certbot, nginx):
    before, _ = installed(site_certbot, nginx)
    broken = nginx.write("sites-enabled/broken", "server {")
    result = site_certbot.run("undo", "-n", check=False)
    assert result.rc == 1 and "the server does not use it yet" in result.err, result
    broken.unlink()
    assert nginx.texts() == before
    site_certbot.run("renew")
    wait_for(lambda: nginx.get(NAME).body == NAME, "the old configuration")
    assert not list(site_certbot.work_dir.glob("reload-owed*"))


def test_an_edited_file_is_named(site_certbot, nginx):
    path = nginx.plain_site(NAME)
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", NAME, "--no-redirect")
    path.write_text(path.read_text() + "# mine\n")
    texts = nginx.texts()
    result = site_certbot.run("undo", "-n", check=False)
    assert result.rc == 1 and f"'{path}'" in result.err and "edited it since" in result.err, result
    assert nginx.texts() == texts


def test_rollback_takes_an_undo_back_and_undo_a_rollback(site_certbot, nginx):
    before, after = installed(site_certbot, nginx)
    site_certbot.run("undo", "-n")
    site_certbot.nginx("rollback", "--nginx")
    assert nginx.texts() == after
    site_certbot.run("undo", "-n")
    assert nginx.texts() == before
    assert [change["verb"] for change in changes(site_certbot)[:3]] == ["undo", "rollback", "undo"]
    nginx.test()


def test_certbot_rolls_an_undo_back(site_certbot, nginx, debian_certbot):
    _, after = installed(site_certbot, nginx)
    site_certbot.run("undo", "-n")
    debian_certbot.run("rollback", "-n", "-i", "nginx", "--nginx-server-root", nginx.root,
                       "--nginx-ctl", nginx.control)
    assert nginx.texts() == after


def test_after_certbots_rollback_nothing_is_left_to_undo(site_certbot, nginx, debian_certbot):
    before, _ = installed(site_certbot, nginx)
    debian_certbot.run("rollback", "-n", "-i", "nginx", "--nginx-server-root", nginx.root,
                       "--nginx-ctl", nginx.control)
    result = site_certbot.run("undo", "-n", check=False)
    assert result.rc == 1 and "edited it since" in result.err, result
    assert nginx.texts() == before
