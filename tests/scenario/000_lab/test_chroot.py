"""The scripts in a root that chroot(8) entered, where mounts cannot be made private by themselves."""

import subprocess
from pathlib import Path

from lab.mounts import in_mounts

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"
ROOT = """
cd "$1"
mkdir usr proc dev tmp etc scripts work
for folder in bin lib lib64; do ln -s usr/$folder $folder; done
for folder in usr proc dev; do mount --rbind /$folder $folder; done
mount --bind "$2" scripts
shift 2
"""
TRY = """set -eu
root=/
. /scripts/common.sh
start_in_own_mount sh /try "$@"
unshare --mount echo "$PWD" "$@"
exit 3
"""


def test_a_script_gets_mounts_of_its_own(tmp_path):
    (tmp_path / "try").write_text(TRY)
    command = [*in_mounts(ROOT), str(tmp_path), str(SCRIPTS), "chroot", ".", "sh", "-c",
               "unshare --mount true; cd /work && exec sh /try one 'two words'"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (3, "/work one two words\n")
    assert "cannot change root filesystem propagation" in done.stderr
    assert not list((tmp_path / "tmp").iterdir())
