"""One member of etcd with its JSON gateway, and what an administrator or an attacker may do to it."""

import base64
import json
import shutil
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from .process import Part, die_with_parent, free_port, require_program, wait_for

PROGRAM = "/usr/bin/etcd"


def encode(text):
    """As the gateway wants keys and values."""
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


class Etcd(Part):
    """Debian's etcd on loopback, without users and TLS."""

    def __init__(self, name="m"):
        require_program(PROGRAM)
        self.folder = Path(tempfile.mkdtemp(prefix="etcd-"))
        self.name = name
        self.port, self.peer_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.peer = f"http://127.0.0.1:{self.peer_port}"
        self.cluster = f"{name}={self.peer}"
        self.process = None

    def start(self):
        self.launch()
        self.await_answer()
        return self

    def launch(self):
        """Starts it without waiting: a member of a cluster answers when there is a majority."""
        self.process = subprocess.Popen(
            [PROGRAM, f"--name={self.name}", f"--data-dir={self.folder}/data", f"--listen-client-urls={self.url}",
             f"--advertise-client-urls={self.url}", f"--listen-peer-urls={self.peer}",
             f"--initial-advertise-peer-urls={self.peer}", f"--initial-cluster={self.cluster}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent)

    def await_answer(self):
        wait_for(self._answers, "etcd", timeout=60)

    def _answers(self):
        try:
            self.call("kv/range", key=encode("x"))
        except (OSError, urllib.error.URLError):
            return False
        return True

    def kill(self):
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, path, token=None, **values):
        request = urllib.request.Request(f"{self.url}/v3/{path}", json.dumps(values).encode(),
                                         {"Authorization": token} if token else {})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def pairs(self, prefix="certbot/"):
        """{key: value} of all that begins so."""
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        found = self.call("kv/range", key=encode(prefix), range_end=encode(end)).get("kvs", [])
        return {base64.b64decode(pair["key"]).decode(): base64.b64decode(pair.get("value", ""))
                for pair in found}

    def put(self, key, value):
        self.call("kv/put", key=encode(key), value=encode(value))

    def delete(self, key):
        self.call("kv/deleterange", key=encode(key))

    def compact(self):
        """Throws the history away: watches that begin in it end."""
        revision = self.call("kv/range", key=encode("x"))["header"]["revision"]
        self.call("kv/compaction", revision=revision, physical=True)

    def fill_up(self, action="ACTIVATE"):
        """Raises the alarm that a full store raises; "DEACTIVATE" takes it back."""
        header = self.call("kv/range", key=encode("x"))["header"]
        self.call("maintenance/alarm", action=action, memberID=header["member_id"], alarm="NOSPACE")

    def want_users(self, prefix, password):
        """Lets in nobody but root and `certbot`, whose role has the prefix."""
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        self.call("auth/role/add", name="certbot")
        self.call("auth/role/grant", name="certbot", perm={
            "permType": "READWRITE", "key": encode(prefix), "range_end": encode(end)})
        for user, role in (("root", "root"), ("certbot", "certbot")):
            self.call("auth/user/add", name=user, password=password)
            self.call("auth/user/grant", user=user, role=role)
        self.call("auth/enable")

    def as_root(self, path, password, **values):
        token = self.call("auth/authenticate", name="root", password=password)["token"]
        return self.call(path, token=token, **values)

    def end_leases(self):
        """What a minute without the processes that hold them does."""
        for lease in self.call("lease/leases").get("leases", []):
            self.call("lease/revoke", ID=lease["ID"])


class EtcdCluster(Part):
    """Several members, each of which can be killed and started again."""

    def __init__(self, count=3):
        self.members = [Etcd(f"m{i}") for i in range(count)]
        whole = ",".join(member.cluster for member in self.members)
        for member in self.members:
            member.cluster = whole
        self.url = ",".join(member.url for member in self.members)

    def start(self):
        for member in self.members:
            member.launch()
        for member in self.members:
            member.await_answer()
        return self

    def stop(self):
        for member in self.members:
            member.stop()

    def any(self):
        """A member that runs."""
        return next(member for member in self.members if member.process)

    def end_leases(self):
        self.any().end_leases()
