"""Faults at system calls and the watch over modes, proved on small programs."""

from lab import trace
from lab.certbot import Certbot

WRITER = """#!/usr/bin/python3
import os, sys
folder = os.path.dirname(sys.argv[0])
def put(name, mode, text, chmod=None):
    fd = os.open(folder + "/" + name, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, mode)
    if chmod is not None:
        os.fchmod(fd, chmod)
    os.write(fd, text)
    os.close(fd)
"""
KEY = 'b"-----BEGIN PRIVATE KEY-----\\n"'


class Script(Certbot):
    """A program of the test's own in place of certbot."""

    def __init__(self, folder, text):
        super().__init__(folder)
        self.program = self.folder / "program"
        self.program.write_text(WRITER + text)
        self.program.chmod(0o755)

    def command(self, *args, server=None):
        return [str(self.program)]


def test_points_are_the_changes_below_the_folder(tmp_path):
    script = Script(tmp_path / "s", "put('a', 0o600, b'1')\nos.rename(folder + '/a', folder + '/b')\n"
                    "os.write(1, b'text')\nopen('/dev/null', 'w')\n")
    assert [(point.call, point.ordinal) for point in trace.points(script)] == \
        [("openat", trace.points(script)[0].ordinal), ("write", 1), ("rename", 1)]


def test_each_point_can_be_struck(tmp_path):
    script = Script(tmp_path / "s", "put('a', 0o600, b'1')\nput('b', 0o600, b'2')\n")
    state = trace.State(script)
    points = trace.points(script)
    assert len(points) == 4
    left = []
    for point in points:
        state.restore()
        strike = trace.strike(script, point, "kill")
        assert strike.hit and strike.result.rc == -9
        left.append(sorted(path.name for path in script.folder.glob("[ab]")))
    assert left == [[], ["a"], ["a"], ["a", "b"]]
    state.restore()
    strike = trace.strike(script, points[1], "ENOSPC")
    assert strike.hit and "No space left" in strike.result.err


def test_a_fault_that_is_not_reached_is_told(tmp_path):
    script = Script(tmp_path / "s", "put('a', 0o600, b'1')\n")
    strike = trace.strike(script, trace.Point("write", 9, ""), "EIO")
    assert not strike.hit and strike.result.rc == 0


def exposed(tmp_path, text):
    script = Script(tmp_path / "s", text)
    found = trace.ModeWatcher.of_run(script).exposed()
    return [(path.replace(str(script.folder) + "/", ""), oct(mode)) for path, mode in found]


def test_a_key_written_with_0600_is_fine(tmp_path):
    assert exposed(tmp_path, f"put('key', 0o600, {KEY})\nput('cert', 0o644, b'public')") == []


def test_a_key_that_was_readable_for_a_moment_is_found(tmp_path):
    assert exposed(tmp_path, f"put('key', 0o666, {KEY}, chmod=0o600)") == [("key", "0o644")]


def test_a_key_made_readable_later_is_found(tmp_path):
    assert exposed(tmp_path, f"put('key', 0o600, {KEY})\nos.chmod(folder + '/key', 0o640)") == \
        [("key", "0o640")]


def test_a_key_in_a_temporary_file_is_followed_to_its_name(tmp_path):
    assert exposed(tmp_path, f"put('tmp', 0o644, {KEY})\n"
                   "os.rename(folder + '/tmp', folder + '/key')") == \
        [("key", "0o644"), ("tmp", "0o644")]


def test_an_unnamed_file_is_followed_to_its_name(tmp_path):
    assert exposed(tmp_path, f"""
fd = os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o644)
os.write(fd, {KEY})
import ctypes
ctypes.CDLL(None).linkat(-100, b"/proc/self/fd/%d" % fd, -100, os.fsencode(folder + "/key"), 0x400)
""")[-1] == ("key", "0o644")


def test_the_umask_counts_also_in_children(tmp_path):
    assert exposed(tmp_path, f"os.umask(0o077)\nput('key', 0o666, {KEY})\n"
                   f"os.fork() or put('key2', 0o666, {KEY})\n") == []


def test_an_account_key_is_key_material(tmp_path):
    assert exposed(tmp_path, "put('k', 0o644, b'{\"kty\": \"EC\", \"d\": \"' + b'A' * 43 + b'\"}')") \
        == [("k", "0o644")]
