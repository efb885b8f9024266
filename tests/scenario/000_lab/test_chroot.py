"""The scripts in a root that chroot(8) entered, where no namespaces can be made."""

import subprocess
from pathlib import Path

from lab.mounts import in_mounts

REPOSITORY = Path(__file__).resolve().parents[3]
# Not a mount point, as a root that debootstrap made.
ROOT = """
cd "$1"
mkdir usr proc dev tmp scripts tests work
for folder in bin lib lib64; do ln -s usr/$folder $folder; done
for folder in usr proc dev; do mount --rbind /$folder $folder; done
for folder in scripts tests; do mount --bind "$2/$folder" $folder; done
shift 2
"""
TRY = """set -eu
root=
. /scripts/common.sh
leave_chroot sh /try "$@"
unshare --mount unshare --user echo "$PWD" "$@"
exit 3
"""


def test_a_script_gets_a_root_of_its_own(tmp_path):
    (tmp_path / "try").write_text(TRY)
    command = [*in_mounts(ROOT), str(tmp_path), str(REPOSITORY), "chroot", ".", "sh", "-c",
               "unshare --mount true; unshare --user true; cd /work && exec sh /try one 'two words'"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (3, "/work one two words\n"), done.stderr
    assert done.stderr.count("unshare: ") == 2  # outside
