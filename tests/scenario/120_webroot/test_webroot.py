"""The webroot plugin: roots of several names, modes and owners, what it makes and takes away."""

import os
import stat
import subprocess
import threading
import time
from pathlib import Path

import pytest

from lab import trace
from lab.process import wait_for
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


def test_challenges_of_other_clients_stay(certbot, pebble, roots):
    """However old: only what a record of ours names is taken away."""
    folder = roots["a.example"] / PATH
    folder.mkdir(parents=True)
    token = "T" * 43
    (folder / token).write_text(f"{token}.{THUMBPRINT}")
    os.utime(folder / token, (time.time() - 7200,) * 2)
    with Site(pebble.http_port, roots):
        webroot(certbot, "-w", roots["a.example"], "-d", "a.example")
    assert [path.name for path in folder.iterdir()] == [token]


def test_ten_kills_leave_nothing_after_the_next_renew(certbot, pebble, roots):
    """Killed while the CA asks: one file each. The next command takes all of it away, though it has no
    lineage and knows no webroot."""
    root = roots["a.example"]
    args = ("certonly", "-n", "--webroot", "-w", str(root), "-d", "a.example")
    record = certbot.work_dir / "webroot-challenges.json"
    left = 0
    for _ in range(10):
        with subprocess.Popen(certbot.command(*args), env=certbot.environment(),
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            wait_for(lambda: process.poll() is not None or list(root.glob(f"{PATH}/*")),
                     "a challenge file", timeout=60)
            process.kill()
        found = list(root.glob(f"{PATH}/*"))
        left += len(found)
        assert len(found) <= 1 and record.exists() >= len(found)
    assert left, "no kill left anything"
    certbot.run("renew")
    assert list(root.iterdir()) == []
    assert not record.exists()


@pytest.mark.parametrize("fault", ["kill", "EIO"])
def test_struck_anywhere_the_next_run_leaves_nothing(certbot, fault):
    """At the changes of the file system that concern the challenge. What was there before stays. Nobody
    serves the file: what the CA has validated it may not ask again."""
    root = certbot.folder / "srv"
    root.mkdir()
    (root / "index.html").write_text("kept")
    command = ("certonly", "-n", "--webroot", "-w", root, "-d", "a.example")
    points = [point for point in trace.points(certbot, *command, check=1)
              if "webroot-challenges" in point.text or ".well-known" in point.text]
    assert len(points) > 20
    state = trace.State(certbot)
    hits = 0
    for point in trace.sample(points):
        state.restore()
        hits += trace.strike(certbot, point, fault, *command).hit
        certbot.run("renew")
        assert [path.name for path in root.iterdir()] == ["index.html"], point
        assert not list(certbot.work_dir.glob("*webroot-challenges*")), point
    assert hits, "no point was reached"


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


ALICE, BOB = 40001, 40002


def snapshot(root):
    return sorted((str(path), path.lstat().st_mode, path.lstat().st_uid) for path in root.rglob("*"))


@pytest.fixture
def victim(tmp_path):
    """Bob's webroot, in use already."""
    found = tmp_path / "srv" / "bob"
    (found / PATH).mkdir(parents=True)
    for path in (found, found / ".well-known", found / PATH):
        os.chown(path, BOB, BOB)
    return found


def links_of_alice(home, victim):
    """The ways in which the owner of one webroot may point into another: (root, links)."""
    return {
        "well-known": (home, {".well-known": victim / ".well-known"}),
        "no-well-known-yet": (home, {".well-known": victim}),
        "acme-challenge": (home, {PATH: victim / PATH}),
        "by-a-second-link": (home, {"hop": victim, ".well-known": "hop"}),
        "the-root-itself": (home / "public_html", {"public_html": victim}),
        "above-the-root": (home / "sites" / "bob", {"sites": victim.parent}),
    }


@pytest.mark.parametrize("way", links_of_alice(Path(), Path()))
def test_an_owner_of_a_webroot_gets_nothing_made_in_another(certbot, pebble, victim, tmp_path, way):
    home = tmp_path / "srv" / "alice"
    home.mkdir()
    root, links = links_of_alice(home, victim)[way]
    for name, target in links.items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).symlink_to(target)
    for path in (home, *home.rglob("*")):
        os.chown(path, ALICE, ALICE, follow_symlinks=False)
    before = snapshot(victim)
    pebble.new_requests()
    result = webroot(certbot, "-w", root, "-d", "a.example", check=1)
    assert str(root) in result.err and f"belongs to the user {ALICE}" in result.err
    assert "chown -h root" in result.err
    assert snapshot(victim) == before
    assert not [path for _, path in pebble.new_requests() if "order" in path]


def test_links_of_the_administrator_are_followed(certbot, pebble, roots, tmp_path):
    """What is made there belongs to the owner of that place, not to the owner of either webroot."""
    shared = tmp_path / "acme"
    shared.mkdir()
    os.chown(shared, BOB, BOB)
    seen = []
    for root in roots.values():
        (root / ".well-known").symlink_to(shared)
    with Site(pebble.http_port, roots,
              lambda root, path: seen.append((shared / "acme-challenge").stat().st_uid)):
        webroot(certbot, "-w", roots["a.example"], "-d", "a.example",
                "-w", roots["b.example"], "-d", "b.example")
    assert set(seen) == {BOB}
    assert list(shared.iterdir()) == [] and shared.stat().st_uid == BOB


def test_links_put_there_meanwhile_are_not_followed_when_cleaning_up(certbot, pebble, roots, victim):
    """The challenge's directory becomes a link into another webroot, which has such a file, too."""
    root, lock = roots["a.example"], threading.Lock()

    def swap(_, path):
        token = path.rpartition("/")[2]
        with lock:
            if (root / PATH).is_symlink():
                return
            (root / PATH).rename(root / "moved")
            (root / PATH).symlink_to(victim / PATH)
            os.chown(root / PATH, NOBODY, NOBODY, follow_symlinks=False)
            (victim / PATH / token).write_text((root / "moved" / token).read_text())

    with Site(pebble.http_port, roots, swap):
        webroot(certbot, "-w", root, "-d", "a.example")
    assert len(list((victim / PATH).iterdir())) == 1
    assert (root / PATH).is_symlink()


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
