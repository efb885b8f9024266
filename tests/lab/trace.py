"""Faults at system calls, and what a log of system calls tells; built on strace.

    points = trace.points(certbot, "delete", "-n", "--cert-name", "a.test")
    for point in points:
        state.restore()
        strike = trace.strike(certbot, point, "kill", "delete", "-n", "--cert-name", "a.test")
        ...

A point is the n-th call of its kind that the program itself makes (its children are not traced) on
a file below its folders. Calls on sockets, pipes and the terminal are counted, as strace does, but
do not count.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

# The calls that change what is on the disk; opening is one if it may create.
CHANGES = ("open", "openat", "creat", "write", "pwrite64", "writev", "rename", "renameat",
           "renameat2", "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "mkdir",
           "mkdirat", "rmdir", "fsync", "fdatasync", "ftruncate", "truncate", "fallocate", "chmod",
           "fchmod", "fchmodat", "chown", "lchown", "fchown", "fchownat", "copy_file_range",
           "sendfile")
FAULTS = {
    "kill": "signal=SIGKILL",
    "ENOSPC": "error=ENOSPC",
    "EIO": "error=EIO",
    "EINTR": "error=EINTR",
}
# Address and leak checkers that trace by themselves cannot be traced.
ENVIRONMENT = {"ASAN_OPTIONS": "detect_leaks=0", "LSAN_OPTIONS": "detect_leaks=0"}
CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)$")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
FD = re.compile(r"^(\d+)<(.*?)>(?:\(deleted\))?(?:, |\)|$)")
DIRECTORY_FD = re.compile(r"(?:AT_FDCWD<([^>]*)>|\d+<([^>]*)>|AT_FDCWD), \"((?:[^\"\\]|\\.)*)\"")


class Point:
    """The ordinal-th call of a name."""

    def __init__(self, call, ordinal, text):
        self.call = call
        self.ordinal = ordinal
        self.text = text

    def __repr__(self):
        return f"{self.call} {self.ordinal}: {self.text[:120]}"


class Strike:
    """What came of a run with a fault. hit: whether the point was reached; at: the call it hit."""

    def __init__(self, result, hit, at):
        self.result = result
        self.hit = hit
        self.at = at


def _paths(args):
    """The paths among the arguments of a call, those at a directory descriptor made whole."""
    at = DIRECTORY_FD.findall(args)
    if at:
        return [name if name.startswith("/") else f"{cwd or folder}/{name}".rstrip("/")
                for cwd, folder, name in at]
    descriptor = FD.match(args)
    return [descriptor.group(2)] if descriptor else STRING.findall(args)


def _changes_below(call, args, below):
    if call in ("open", "openat") and "O_CREAT" not in args and "O_TMPFILE" not in args:
        return False
    return any(path.startswith(f"{below}/") for path in _paths(args))


def _strace(log_path, *options):
    return ["strace", "-qq", "-y", "-s", "64", "-o", str(log_path), *options]


def points(certbot, *args, also=(), **run_options):
    """Runs a command once, undisturbed, and returns its points in order. also: further folders."""
    folders = (certbot.folder, *also)
    log_path = certbot.folder / "strace.log"
    certbot.run(*args, under=_strace(log_path, "-e", "trace=" + ",".join(CHANGES)),
                env=ENVIRONMENT, **run_options)
    counts, found = {}, []
    for line in log_path.read_text(errors="replace").splitlines():
        call = CALL.match(line)
        if not call:
            continue
        name, rest = call.groups()
        counts[name] = counts.get(name, 0) + 1
        if any(_changes_below(name, rest, folder) for folder in folders):
            found.append(Point(name, counts[name], rest))
    return found


# What opens, writes and syncs: calls that a full or broken disk fails.
WRITES = {"openat", "write", "fsync", "mkdirat", "mkdir", "symlinkat", "linkat", "renameat",
          "renameat2"}


def sample(points, calls=None, few=16):
    """Every n-th of the points, as STRIKE_EVERY says (scripts/soak sets it to 1), else `few`; of
    these calls."""
    chosen = [point for point in points if calls is None or point.call in calls]
    every = int(os.environ.get("STRIKE_EVERY", few))
    return chosen[min(every, len(chosen)) // 2::every]


def strike(certbot, point, fault, *args, **run_options):
    """Runs a command with a fault at a point. What happens is for the caller to judge."""
    log_path = certbot.folder.parent / f"{certbot.folder.name}-strike.log"
    options = ("-e", f"trace={point.call}",
               "-e", f"inject={point.call}:{FAULTS[fault]}:when={point.ordinal}")
    result = certbot.run(*args, under=_strace(log_path, *options), env=ENVIRONMENT, check=False,
                         **run_options)
    lines = log_path.read_text(errors="replace").splitlines()
    hits = [line for line in lines if "(INJECTED)" in line or line.endswith("= ?")]
    return Strike(result, bool(hits), hits[0] if hits else "")


class State:
    """A copy of a certbot's folders, and of others, to begin each run from the same state."""

    def __init__(self, certbot, *others):
        self.saved = {}
        for number, folder in enumerate((certbot.folder, *others)):
            self.saved[folder] = certbot.folder.parent / f"{certbot.folder.name}-saved-{number}"
            _copy_folder(folder, self.saved[folder])

    def restore(self):
        for folder, saved in self.saved.items():
            shutil.rmtree(folder)
            _copy_folder(saved, folder)


def _copy_folder(source, target):
    """With owners: servers that run as another user read the files."""
    subprocess.run(["cp", "-a", source, target], check=True)


# --- modes ---

WATCHED = ("open", "openat", "creat", "write", "pwrite64", "writev", "chmod", "fchmod", "fchmodat",
           "umask", "rename", "renameat", "renameat2", "link", "linkat", "clone", "clone3", "fork",
           "vfork")
SECRET = re.compile(rb'PRIVATE KEY-----|\\?"d\\?": *\\?"[\w-]{20}')
LINE = re.compile(r"^(?:(\d+) +)?(\w+)\((.*)\) += (-?\w+|\?)(?:<(.*)>(?:\(deleted\))?)?(?: .*)?$")
RESUMED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>(.*)$")


def _whole_lines(text):
    """The log with calls that were interrupted in it put together again."""
    unfinished = {}
    for line in text.splitlines():
        if line.endswith("<unfinished ...>"):
            unfinished[line.split(" ", 1)[0]] = line[:-len("<unfinished ...>")].rstrip()
            continue
        resumed = RESUMED.match(line)
        if resumed and resumed.group(1) in unfinished:
            line = unfinished.pop(resumed.group(1)) + resumed.group(3)
        yield line


class ModeWatcher:
    """Finds files that held key material and could, at any time of their life, be read by others
    than their owner. Follows names through links and renames."""

    def __init__(self, umask=0o022):
        self.umask = umask
        self.umasks = {}
        self.modes = {}       # path: modes it ever had
        self.secrets = set()  # paths that ever held a key
        self.unnamed = {}     # (pid, fd): what -y calls a file without a name

    @classmethod
    def of_run(cls, certbot, *args, **run_options):
        """Watches a command and all of its children."""
        log_path = certbot.folder.parent / f"{certbot.folder.name}-modes.log"
        options = ("-f", "-s", "8192", "-e", "trace=" + ",".join(WATCHED))
        certbot.run(*args, under=_strace(log_path, *options), env=ENVIRONMENT, **run_options)
        watcher = cls()
        watcher.read(log_path.read_text(errors="replace"))
        return watcher

    def read(self, text):
        for line in _whole_lines(text):
            match = LINE.match(line)
            if not match:
                continue
            pid, call, args, result, opened = match.groups()
            if not result.startswith("-") and result != "?":
                self._note(pid, call, args, result, opened)

    def _note(self, pid, call, args, result, opened):
        if call in ("clone", "clone3", "fork", "vfork"):
            self.umasks[result] = self.umasks.get(pid, self.umask)
        elif call == "umask":
            self.umasks[pid] = int(args, 8)
        elif call in ("open", "openat", "creat"):
            self._note_open(pid, call, args, result, opened)
        elif call in ("write", "pwrite64", "writev"):
            descriptor = FD.match(args)
            if descriptor and SECRET.search(args.encode()):
                self.secrets.add(descriptor.group(2))
        elif call == "fchmod":
            self._add_mode(FD.match(args).group(2), args)
        elif call in ("chmod", "fchmodat"):
            self._add_mode(_paths(args)[0], args)
        else:
            self._note_name(pid, call, args)

    def _note_open(self, pid, call, args, result, path):
        if path is None:
            return
        self.unnamed[pid, result] = path
        if call == "creat" or "O_CREAT" in args or "O_TMPFILE" in args:
            mode = int(args.rsplit(", ", 1)[1], 8) & ~self.umasks.get(pid, self.umask)
            if path not in self.modes:
                self.modes[path] = {mode}

    def _note_name(self, pid, call, args):
        old, new = _paths(args)
        through = re.fullmatch(r"/proc/self/fd/(\d+)", old)
        if through:
            old = self.unnamed.get((pid, through.group(1)), old)
        elif "AT_EMPTY_PATH" in args:
            old = FD.match(args).group(2)
        exchange = "RENAME_EXCHANGE" in args
        old_modes, new_modes = self.modes.get(old, set()), self.modes.get(new, set())
        old_secret, new_secret = old in self.secrets, new in self.secrets
        # Both names keep the history of the file: what it showed under one name counts.
        self.modes[new] = set(old_modes)
        if old_secret:
            self.secrets.add(new)
        if exchange:
            self.modes[old] = set(new_modes)
            if new_secret:
                self.secrets.add(old)

    def _add_mode(self, path, args):
        modes = re.findall(r", (0[0-7]+)", args)
        self.modes.setdefault(path, set()).add(int(modes[-1], 8))

    def exposed(self, allowed=0o600):
        """[(path, mode)] of key files that ever had more rights than allowed."""
        return sorted((path, mode) for path in self.secrets for mode in self.modes.get(path, ())
                      if mode & ~allowed)
