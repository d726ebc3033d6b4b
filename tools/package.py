"""
Build the sdist and two wheels into ``dist/``, reproducibly, and check them. Run by ``make package``.

One wheel has the native engine, the other works everywhere. setuptools follows SOURCE_DATE_EPOCH in wheels only, so the
sdist is packed anew with that time. Everything is built twice, and both builds have to be equal.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
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
    # Debugging information would hold the paths of temporary folders.
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH), "CFLAGS": f"{os.environ.get('CFLAGS', '')} -g0"}
    command = [sys.executable, "-m", "build", "--outdir", folder]
    subprocess.run([*command, ROOT], check=True, env=environment, stdout=subprocess.DEVNULL)
    pure = {**environment, "ROUTER_SCHEMA_PURE": "1"}
    subprocess.run([*command, "--wheel", ROOT], check=True, env=pure, stdout=subprocess.DEVNULL)
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


def check_contents(wheel: Path) -> None:
    """A wheel has every module of the package, and nothing else but the extension and its data."""
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "router_schema").rglob("*.py")}
    extra = {name for name in names - modules if not name.endswith((".json", ".pyi", ".so", ".pyd", "py.typed"))}
    if extra or modules - names:
        raise SystemExit(f"{wheel.name}: unexpected {sorted(extra)}, missing {sorted(modules - names)}")
    has_engine = any(name.startswith("router_schema/_native.cp") for name in names)
    if has_engine == wheel.name.endswith("-none-any.whl"):
        raise SystemExit(f"{wheel.name}: {'has' if has_engine else 'lacks'} the native engine")


def check_description(wheel: Path) -> None:
    """What a package index shows has no link to a file of the repository: it would be dead there."""
    archive = zipfile.ZipFile(wheel)
    metadata = archive.read(next(name for name in archive.namelist() if name.endswith("/METADATA"))).decode()
    links = re.findall(r"^\[.+\]: (.+)$|\]\((.+?)\)", metadata, re.MULTILINE)
    dead = [link for pair in links for link in pair if link and not link.startswith("https://")]
    if dead or not links:
        raise SystemExit(f"{wheel.name}: links that no package index has: {dead}")


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
    for wheel in (path for path in made if path.suffix == ".whl"):
        check_contents(wheel)
        check_description(wheel)
    for name, digest in first.items():
        print(f"{digest}  dist/{name}")


if __name__ == "__main__":
    main()
