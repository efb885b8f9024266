"""The webroot plugin: roots of several names, modes and owners, what it makes and takes away."""

import os
import stat
import subprocess
import time

import pytest

from lab.web import Site

PATH = ".well-known/acme-challenge"
NOBODY = 65534
THUMBPRINT = "a" * 43


@pytest.fixture
def roots(tmp_path):
    """Directories of two names, owned by another user."""
    found = {}
    for name in ("a.example", "b.example"):
        found[name] = tmp_path / "srv" / name
        found[name].mkdir(parents=True)
        os.chown(found[name], NOBODY, NOBODY)
    return found


def look(root, path):
    """(mode, owner) of the answer and of the directories above it."""
    found = {}
    for part in (".well-known", PATH, path.lstrip("/")):
        what = (root / part).stat()
        found[part if part in (".well-known", PATH) else "token"] = (
            stat.S_IMODE(what.st_mode), what.st_uid, what.st_gid)
    return found


def webroot(certbot, *args, **options):
    return certbot.run("certonly", "-n", "--webroot", *args, **options)


def test_each_name_has_its_root(certbot, pebble, roots):
    asked = {}
    with Site(pebble.http_port, roots, lambda root, path: asked.setdefault(root, path)):
        webroot(certbot, "-w", roots["a.example"], "-d", "a.example",
                "-w", roots["b.example"], "-d", "b.example")
    certbot.lineage("a.example").verify("a.example", "b.example")
    assert set(asked) == set(roots.values())
    for root in roots.values():
        assert list(root.iterdir()) == []
    conf = certbot.lineage("a.example").conf()
    for name, root in roots.items():
        assert f"{name} = {root}" in conf


@pytest.mark.parametrize("umask", [0o022, 0o077, 0])
def test_modes_and_owner_are_those_of_the_root(certbot, pebble, roots, umask):
    seen = []
    before = os.umask(umask)
    try:
        with Site(pebble.http_port, roots, lambda root, path: seen.append(look(root, path))):
            webroot(certbot, "-w", roots["a.example"], "-d", "a.example")
    finally:
        os.umask(before)
    assert seen
    for found in seen:
        assert found[".well-known"] == found[PATH] == (0o755, NOBODY, NOBODY)
        assert found["token"][0] == 0o644


def test_what_was_there_before_stays(certbot, pebble, roots):
    folder = roots["a.example"] / PATH
    folder.mkdir(parents=True)
    folder.chmod(0o711)
    (folder / "of-somebody-else").write_text("kept")
    with Site(pebble.http_port, roots):
        webroot(certbot, "-w", roots["a.example"], "-d", "a.example")
    assert [path.name for path in folder.iterdir()] == ["of-somebody-else"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o711


def test_a_folder_that_others_use_by_now_is_left(certbot, pebble, roots):
    def put_a_file(root, path):
        (root / PATH / "meanwhile").write_text("new")

    with Site(pebble.http_port, roots, put_a_file):
        webroot(certbot, "-w", roots["a.example"], "-d", "a.example")
    assert [path.name for path in (roots["a.example"] / PATH).iterdir()] == ["meanwhile"]


def test_leftovers_of_a_crash_go(certbot, pebble, roots):
    """Old, with a token's name and its key authorization for content; nothing less is touched."""
    folder = roots["a.example"] / PATH
    folder.mkdir(parents=True)
    token = "T" * 43
    files = {token: f"{token}.{THUMBPRINT}", "U" * 43: f"{token}.{THUMBPRINT}",
             "notes-of-the-administrator": "kept", "V" * 43: f"{'V' * 43}.{THUMBPRINT}"}
    for name, text in files.items():
        (folder / name).write_text(text)
        hours = 0 if name == "V" * 43 else 2
        os.utime(folder / name, (time.time() - hours * 3600 - 60,) * 2)
    with Site(pebble.http_port, roots):
        webroot(certbot, "-w", roots["a.example"], "-d", "a.example")
    assert sorted(path.name for path in folder.iterdir()) == sorted(set(files) - {token})


def test_a_killed_run_is_cleaned_up_by_the_next(certbot, pebble, roots):
    """A run that dies at its challenges leaves a file; an hour later the next one in that root removes
    it. That one is for another name: the CA may have validated the first before the run died."""
    root = roots["a.example"]
    folder = root / PATH
    args = ("certonly", "-n", "--webroot", "-w", str(root), "-d")
    with subprocess.Popen(certbot.command(*args, "a.example"), env=certbot.environment(),
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process, \
            Site(pebble.http_port, roots, lambda root, path: process.kill()):
        process.wait(30)
    left = list(folder.iterdir())
    assert len(left) == 1
    os.utime(left[0], (time.time() - 7200,) * 2)
    with Site(pebble.http_port, {"b.example": root}):
        certbot.run(*args, "b.example")
    assert list(folder.iterdir()) == []


def test_a_failed_validation_leaves_nothing(certbot, roots):
    result = webroot(certbot, "-w", roots["a.example"], "-d", "a.example", check=1)
    assert "Identifier: a.example" in result.text or "Domain: a.example" in result.text
    assert "--webroot-path" in result.text
    assert list(roots["a.example"].iterdir()) == []


def test_a_root_that_does_not_exist_is_named(certbot, pebble, roots):
    pebble.new_requests()
    result = webroot(certbot, "-w", roots["a.example"], "-d", "a.example",
                     "-w", "/nonexistent/root", "-d", "b.example", check=1)
    assert "/nonexistent/root" in result.err
    assert not [path for _, path in pebble.new_requests() if "order" in path]


def test_a_root_is_asked_for(certbot):
    result = certbot.run("certonly", "-n", "--webroot", "-d", "a.example", check=1)
    assert "--webroot-path" in result.err and "--webroot-map" in result.err


def test_links_in_the_root_do_not_lead_astray(certbot, pebble, roots, tmp_path):
    """The owner of a root may point .well-known elsewhere; nothing there changes its mode or owner."""
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    (roots["a.example"] / ".well-known").symlink_to(other)
    with Site(pebble.http_port, roots):
        webroot(certbot, "-w", roots["a.example"], "-d", "a.example")
    assert stat.S_IMODE(other.stat().st_mode) == 0o700 and other.stat().st_uid == 0
    assert list(other.iterdir()) == []


def test_an_address_has_a_root_too(certbot, pebble, roots):
    with Site(pebble.http_port, {"127.0.0.1": roots["a.example"]}):
        webroot(certbot, "-w", roots["a.example"], "--ip-address", "127.0.0.1")
    assert certbot.lineage("127.0.0.1").names() == ["127.0.0.1"]


def test_map_from_the_command_line(certbot, pebble, roots):
    text = '{"a.example": "%s", "b.example": "%s"}' % (roots["a.example"], roots["b.example"])
    with Site(pebble.http_port, roots):
        webroot(certbot, "--webroot-map", text)
        certbot.run("renew", "--force-renewal")
    assert certbot.lineage("a.example").version() == 2
