"""
Build wheel and sdist into ``dist/``, reproducibly, and check them. Run by ``make package``.

setuptools follows SOURCE_DATE_EPOCH in wheels only, so the sdist is packed anew with that time. Everything is built
twice, and has to come out the same.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", "1760000000"))


def build(folder: Path) -> dict[str, str]:
    """Build into *folder*; the digest of each file, by its name."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH)}
    command = [sys.executable, "-m", "build", "--outdir", folder, ROOT]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    repack(next(folder.glob("*.tar.gz")))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def repack(sdist: Path) -> None:
    """Give everything in *sdist* the same time and owner."""
    packed = io.BytesIO()
    with tarfile.open(sdist) as source, tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as target:
        for member in sorted(source.getmembers(), key=lambda member: member.name):
            member.mtime, member.uid, member.gid, member.uname, member.gname = EPOCH, 0, 0, "", ""
            member.pax_headers = {}
            target.addfile(member, source.extractfile(member) if member.isfile() else None)
    sdist.write_bytes(gzip.compress(packed.getvalue(), mtime=EPOCH))


def main() -> None:
    """Build, compare, check, and keep."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        first, second = build(Path(one)), build(Path(two))
        if first != second:
            raise SystemExit(f"not reproducible:\n{first}\n{second}")
        shutil.rmtree(ROOT / "dist", ignore_errors=True)
        shutil.copytree(one, ROOT / "dist")
    made = [ROOT / "dist" / name for name in first]
    subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *made], check=True)
    wheel = next(path for path in made if path.suffix == ".whl")
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    if {top for top in tops if not top.endswith(".dist-info")} != {"router_schema"}:
        raise SystemExit(f"the wheel holds more than the package: {sorted(tops)}")
    for name, digest in first.items():
        print(f"{digest}  dist/{name}")


if __name__ == "__main__":
    main()
