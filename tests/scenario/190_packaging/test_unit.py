"""The units that renew and deploy, with the limits that they put on hooks."""

import re

import pytest

from lab.certbot import ROOT, execute

LIMITS = (ROOT / "packaging/unit-limits").read_text()
# What hooks do: hand keys on, act as another user, signal, open a firewall (or so far as to ask).
HOOK = """set -e
cd "$RENEWED_LINEAGE"
install -m 640 -o daemon -g daemon privkey.pem {place}/copy.pem
setpriv --reuid daemon --regid daemon --clear-groups id -un >{place}/who
kill -0 1
nft list ruleset >/dev/null
: >{place}/done
"""


@pytest.mark.parametrize("name", ["certbot.service", "certbot-fleet.service", "certbot-notify.service"])
def test_exposure_is_low(tmp_path, name):
    unit = tmp_path / name
    text = (ROOT / f"packaging/{name}.in").read_text()
    unit.write_text(text.replace("@bindir@", "/usr/bin").replace("@limits@", LIMITS))
    result = execute(["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=60", unit])
    assert result.rc == 0, result
    assert "Unknown" not in execute(["systemd-analyze", "verify", unit]).err


def test_hooks_work_with_its_capabilities(certbot, tmp_path):
    kept = " ".join(re.findall(r"^CapabilityBoundingSet=(.*)$", LIMITS, re.MULTILINE)).lower()
    bounding_set = "-all," + ",".join("+" + name.removeprefix("cap_") for name in kept.split())
    tmp_path.chmod(0o755)
    hook = tmp_path / "hook"
    hook.write_text("#!/bin/sh\n" + HOOK.format(place=tmp_path))
    hook.chmod(0o755)
    certbot.certonly("a.lab.test", options=["--deploy-hook", hook],
                     under=["setpriv", f"--bounding-set={bounding_set}"])
    copy = tmp_path / "copy.pem"
    assert copy.read_bytes() == certbot.lineage("a.lab.test").read("privkey")
    assert copy.owner() == "daemon" and (tmp_path / "who").read_text() == "daemon\n"
    assert (tmp_path / "done").exists()
    assert "runs without" not in certbot.log()
