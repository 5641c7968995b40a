"""Public backends at pinned versions, and how to get them."""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import shutil
import subprocess
import tarfile
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Backend:
    """A repository at a commit, or a source distribution on PyPI."""

    name: str
    repository: str = ""
    commit: str = ""
    distribution: str = ""
    has_truth: bool = False
    """Recorded from the running backend, in benchmarks/truth/NAME."""

    @property
    def version(self) -> str:
        """For a table: the commit's beginning, or the release."""
        return self.commit[:12] or self.distribution.partition("==")[2]


BACKENDS = (
    Backend(
        "redash", "https://github.com/getredash/redash", "ca79fe988d81cdac9675b412f3dfcab107bc1fbc", has_truth=True
    ),
    Backend(
        "healthchecks",
        "https://github.com/healthchecks/healthchecks",
        "29b5ec251059034b79e0120e2ff0c3e35d7bd9f8",
        has_truth=True,
    ),
    Backend("saleor", "https://github.com/saleor/saleor", "723cd4eba87d"),
    Backend("netbox", "https://github.com/netbox-community/netbox", "43fe81f9e833228c9869f7ddadb67e6c5f145060"),
    Backend("pretix", distribution="pretix==2026.8.0", has_truth=True),
    Backend(
        "nameko-microservices",
        "https://github.com/mellomaths/nameko-microservices",
        "be3ede5b4e3176602f3d99685693b519f60f671c",
    ),
    Backend("nameko-examples", "https://github.com/nameko/nameko-examples", "33cf47041d17"),
    Backend(
        "paperless-ngx", "https://github.com/paperless-ngx/paperless-ngx", "b0e0e8a35373a5d9d588a507cb63c79e50a23403"
    ),
    Backend("taiga-back", "https://github.com/taigaio/taiga-back", "3bea7114007afd83478a8d6f2a70afd70d94dc21"),
    Backend(
        "courtlistener",
        "https://github.com/freelawproject/courtlistener",
        "26a474e60bd2131e0d05918eeb5f65c218cd6ecf",
    ),
    Backend(
        "karrot-backend", "https://github.com/karrot-dev/karrot-backend", "be20e890109ab459173f8bff18083ef7c9790383"
    ),
    Backend("dispatch", "https://github.com/Netflix/dispatch", "dd2837e82a0bf5565b1b4b4b91ea30b7262d4061"),
    Backend("lemur", "https://github.com/Netflix/lemur", "3a3c2c201d42db0eed06e79297eb8dc252c39288"),
    Backend("code", "https://github.com/cosmicpython/code", "14c84797ffa7"),
)


NAMES = tuple(backend.name for backend in BACKENDS)
CHECKOUTS = Path("build/backends")


def named(names: Sequence[str]) -> list[Backend]:
    """The backends of these names, in the order of the list; all where no name is given."""
    return [backend for backend in BACKENDS if not names or backend.name in names]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that every benchmark has for choosing and placing backends."""
    parser.add_argument("--only", action="append", metavar="NAME", choices=NAMES, help=f"one of {', '.join(NAMES)}")
    parser.add_argument(
        "--backends",
        type=Path,
        default=CHECKOUTS,
        metavar="DIR",
        help=f"folder of the checkouts; those that are missing are fetched into it (default {CHECKOUTS})",
    )


def checkout(backend: Backend, folder: Path) -> Path:
    """The backend's sources below the folder; fetched where they are missing."""
    target = folder / backend.name
    if not target.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        if backend.distribution:
            _from_pypi(backend, folder)
        else:
            _from_git(backend, target)
    return target


def _from_git(backend: Backend, target: Path) -> None:
    """Cloned beside its place and moved when whole, so that a broken fetch is not taken for a checkout."""
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    clone = ["git", "clone", "--quiet", "--no-checkout", "--filter=blob:none"]
    subprocess.run([*clone, backend.repository, str(partial)], check=True)
    subprocess.run(["git", "-C", str(partial), "checkout", "--quiet", "--detach", backend.commit], check=True)
    partial.rename(target)


def _from_pypi(backend: Backend, folder: Path) -> None:
    """The release's source archive, without pip: to download one, pip runs its build code."""
    name, _, version = backend.distribution.partition("==")
    accept = {"Accept": "application/vnd.pypi.simple.v1+json"}
    with urllib.request.urlopen(urllib.request.Request(f"https://pypi.org/simple/{name}/", headers=accept)) as answer:
        files = json.load(answer)["files"]
    (source,) = (each for each in files if each["filename"] == f"{name}-{version}.tar.gz")
    with urllib.request.urlopen(f"https://{source['url'].removeprefix('https://')}") as answer:
        content = answer.read()
    if hashlib.sha256(content).hexdigest() != source["hashes"]["sha256"]:
        raise SystemExit(f"{source['url']} is not what PyPI says it is: try again, or put {backend.name} into {folder}")
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        tar.extractall(folder, filter="data")
    (folder / f"{name}-{version}").rename(folder / backend.name)
