# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A machine of its own kind where root allows it: mount and host name namespaces in which /u01 is the machine's.

The system's folders are seen through; /etc is a private folder of links to the real one, with the machine's hostname,
oratab and the like in it. Nothing is written outside the run directory, and the mounts end with the process.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

SCRIPT = """\
set -e
new=$1 tree=$2 name=$3
shift 3
mkdir -p "$new"
mount -t tmpfs -o size=64m,mode=0755 tmpfs "$new"
mount --make-unbindable "$new"
seen="" links="" own=""
for entry in /*; do
  base=${entry#/}
  if [ -e "$tree/$base" ] || [ "$base" = etc ]; then :
  elif [ -L "$entry" ]; then links="$links $entry"
  elif [ -d "$entry" ]; then seen="$seen $base"
  fi
done
for entry in "$tree"/*; do base=${entry##*/}; [ "$base" = etc ] || own="$own $base"; done
(cd "$new"; mkdir etc .etc $seen $own; [ -z "$links" ] || cp -P $links .)
for base in $seen; do mount --rbind "/$base" "$new/$base"; done
for base in $own; do mount --bind "$tree/$base" "$new/$base"; done
mount --rbind /etc "$new/.etc"
(
  cd /etc
  links=$#
  for base in * .[!.]*; do
    [ -e "$tree/etc/$base" ] || [ ! -L "$base" -a ! -e "$base" ] || set -- "$@" "/.etc/$base"
  done
  shift "$links"
  ln -s "$@" "$tree"/etc/* "$new/etc"
)
hostname "$name"
exec chroot "$new" "$@"
"""


def command(folder: Path, root: Path, name: str, inner: list[str]) -> list[str]:
    """The command that runs ``inner`` on the machine ``name`` whose files are in ``root``."""
    script = ["sh", "-c", SCRIPT, "machine", str(folder / "inside"), str(root), name]
    return ["unshare", "--mount", "--uts", *script, *inner]


def possible(folder: Path) -> bool:
    """Whether this user on this system can have such machines: tried, since containers differ."""
    if os.geteuid() != 0 or not all(shutil.which(tool) for tool in ("unshare", "mount", "chroot", "hostname")):
        return False
    root = folder / "root"
    for path in (root / "u01", root / "etc"):
        path.mkdir(parents=True, exist_ok=True)
    (root / "etc" / "oratab").touch()
    seen = "test -d /u01 && test -e /etc/oratab && test -e /proc/self && test -c /dev/null && test -d "
    test = command(folder, root, "machine", ["sh", "-c", seen + shlex.quote(str(root))])
    try:
        done = subprocess.run(test, stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
