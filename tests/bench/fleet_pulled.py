"""200 certificates that one machine of a fleet renews at once: when five others have each of them after
its head is in etcd, and how often each deploys for that."""

import base64
import json
import shutil
import signal
import subprocess
import threading
import time
import urllib.request

from lab.etcd import Etcd
from lab.process import die_with_parent
from lab.quick import QuickCA

from .bench import Failed
from .fleet import machine, run, share

TITLE = "fleet: from a head in etcd to the certificate on five machines, 200 at once"
ORDER = 63
IS_LONG = True

COUNT, MACHINES = 200, 5
SECONDS = 2
# An agent waits so long after the first certificate, and then deploys for all.
WINDOW = 5


class Heads(threading.Thread):
    """Notes when each head comes into etcd."""

    def __init__(self, etcd, prefix):
        super().__init__(daemon=True)
        start = (prefix + "head/").encode()
        end = start[:-1] + bytes([start[-1] + 1])
        body = json.dumps({"create_request": {"key": base64.b64encode(start).decode(),
                                              "range_end": base64.b64encode(end).decode()}}).encode()
        self.stream = urllib.request.urlopen(urllib.request.Request(f"{etcd.url}/v3/watch", body))
        self.skip, self.times = len(start), {}
        self.stream.readline()

    def run(self):
        for line in self.stream:
            now = time.time()
            for event in json.loads(line)["result"].get("events", []):
                self.times[base64.b64decode(event["kv"]["key"])[self.skip:].decode()] = now


def member(bench, ca, etcd, name, prefix, first):
    certbot = machine(bench, ca, etcd, name, prefix)
    (certbot.config_dir / "fleet").mkdir(mode=0o700)
    shutil.copy(first.config_dir / "fleet/key", certbot.config_dir / "fleet/key")
    config = certbot.config_dir / "cli.ini"
    config.write_text(f"{config.read_text()}post-hook = echo >>{certbot.folder}/deployed\n"
                      f"deploy-hook = echo >>{certbot.folder}/hooks\n")
    run(bench, certbot, "fleet", "join")
    run(bench, certbot, "renew", "-q")
    (certbot.folder / "hooks").unlink(missing_ok=True)
    return certbot


def start_agent(certbot):
    return subprocess.Popen([str(word) for word in certbot.command("fleet", "agent", *certbot.options)],
                            env=certbot.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)


def shown_since(certbot, started):
    """When each certificate got its new link; those that have none yet are left out."""
    links = ((live.name, (live / "fullchain.pem").lstat().st_mtime)
             for live in (certbot.config_dir / "live").iterdir() if live.is_dir())
    return {name: at for name, at in links if at > started}


def await_all(machines, started):
    for _ in range(1200):
        if all(len(shown_since(certbot, started)) == COUNT for certbot in machines):
            return
        time.sleep(0.1)
    raise Failed("not all certificates came to all machines")


def measure(bench):
    ca = bench.start(QuickCA(bench.new_folder("ca")))
    etcd = bench.start(Etcd())
    prefix = "bench-pulled/"
    first = machine(bench, ca, etcd, "first", prefix)
    share(bench, first, ca, COUNT)
    others = [member(bench, ca, etcd, f"other{number}", prefix, first) for number in range(MACHINES)]
    agents = [start_agent(certbot) for certbot in others]
    time.sleep(WINDOW + 10)
    heads = Heads(etcd, prefix)
    heads.start()
    started = time.time()
    bench.say("renewing")
    renewed = run(bench, first, "renew", "-q", "--force-renewal")
    await_all(others, started)
    time.sleep(WINDOW + 15)
    for agent in agents:
        agent.send_signal(signal.SIGTERM)
        agent.wait()
    waits = sorted(at - heads.times[name] for certbot in others
                   for name, at in shown_since(certbot, started).items())
    bench.table.add("renewal of all", renewed.seconds)
    bench.table.add("from head to pulled, median", waits[len(waits) // 2])
    bench.table.add("from head to pulled, 99th percentile", waits[len(waits) * 99 // 100], at_most=SECONDS)
    hooks = [len((certbot.folder / "hooks").read_text().splitlines()) for certbot in others]
    if min(hooks) != COUNT:
        raise Failed(f"deploy hooks ran {hooks} times")
