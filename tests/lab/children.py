"""Looks at the program's unprivileged processes from outside."""

import os
import re
from pathlib import Path


def argv0(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()


ZYGOTE = "certbot: children"


def _own_children(pid):
    pids = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {argv0(child): int(child) for child in pids}


def parent_of_children(pid):
    """The process that forks those without rights for a program."""
    return _own_children(pid)[ZYGOTE]


def children(pid):
    """{argv[0]: pid} of those without rights that a program has."""
    found = _own_children(pid)
    zygote = found.pop(ZYGOTE, None)
    return {**found, **_own_children(zygote)} if zygote else found


def ports_of_network_children(pid):
    """The sets of ports that those which speak to servers may connect to, one for each process."""
    zygote = parent_of_children(pid)
    words = [Path(f"/proc/{child}/cmdline").read_text().split("\0")
             for child in Path(f"/proc/{zygote}/task/{zygote}/children").read_text().split()]
    return [set(map(int, argv[2].split(","))) for argv in words if argv[0] == "certbot: network"]


def status(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {key: value.split() for key, _, value in (line.partition(":") for line in lines)}


def open_files(pid):
    """{number: what it leads to} of the descriptors."""
    folder = Path(f"/proc/{pid}/fd")
    return {int(entry.name): os.readlink(entry) for entry in folder.iterdir()}


def alive(pid):
    try:
        return status(pid)["State"][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def check_no_rights(pid, *secret_folders):
    """No user, no capability, and nothing open below the folders."""
    rights = status(pid)
    assert "0" not in rights["Uid"] + rights["Gid"] + rights["Groups"]
    assert set(rights["CapEff"] + rights["CapPrm"]) == {"0000000000000000"}
    assert rights["NoNewPrivs"] == ["1"]
    for number, target in open_files(pid).items():
        assert not any(str(folder) in target for folder in secret_folders), (number, target)


def memory_has(pid, needle):
    """Whether the bytes are anywhere in the memory that the process can write to."""
    with open(f"/proc/{pid}/mem", "rb") as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            start, end, rights = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            if "rw" not in rights:
                continue
            memory.seek(int(start, 16))
            if needle in memory.read(int(end, 16) - int(start, 16)):
                return True
    return False
