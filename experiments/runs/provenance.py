"""Keys of runs: hashes of all that decides the numbers, and of the code that computes them."""

from __future__ import annotations

import functools
import hashlib
import json
import platform
from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING

from data.storage import content_of, files_below

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from data.county import County
    from experiments.scenario.model import Scenario

PACKAGES = ("charging", "data", "experiments", "fleet", "shipping")
LIBRARIES = ("dataframely", "networkx", "numba", "numpy", "osmnx", "polars", "pydantic", "scipy", "simpy")
_PIECE = 1 << 20
NUMERIC = ("networkx", "numba", "numpy", "osmnx", "polars", "scipy", "simpy")
"""Libraries whose version may change a number or a byte."""


def digest(*parts: str | bytes) -> str:
    """Return the hash of parts that are kept apart."""
    total = hashlib.blake2b(digest_size=16)
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        # parts are hashed one by one: "ab", "c" must not equal "a", "bc"
        total.update(hashlib.blake2b(content, digest_size=16).digest())
    return total.hexdigest()


def file_digest(file: Path) -> str:
    """Return the hash of what a file holds: that of `digest`, with a piece of the file in memory at a time.

    Raises
    ------
    OSError
        The file is missing or cannot be read.
    """
    content = hashlib.blake2b(digest_size=16)
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            content.update(piece)
    return hashlib.blake2b(content.digest(), digest_size=16).hexdigest()


@functools.cache
def code_digest() -> str:
    """Return the hash of the five packages' Python files, and of the versions of Python and of the numeric libraries.

    The files of the report and of the command line do not count: they change no table.
    """
    parts: list[str | bytes] = [platform.python_version()]
    for package in PACKAGES:
        for name, path in files_below(Path(str(resources.files(package))), (".py",)):
            if package != "experiments" or not name.startswith(("report/", "cli/")):
                parts += [f"{package}/{name}", content_of(path)]
    versions = library_versions()
    return digest(*parts, *(f"{name}={versions[name]}" for name in NUMERIC))


@functools.cache
def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that the models stand on."""
    return {name: metadata.version(name) for name in LIBRARIES}


def toolkit_version() -> str:
    """Return the version of the toolkit."""
    return metadata.version("xijiang")


def frame_digest(frame: pl.DataFrame) -> str:
    """Return the hash of a table's columns, types and cells."""
    # types beside cells: text alone does not tell the id '1' from the number 1
    types = json.dumps({name: str(dtype) for name, dtype in frame.schema.items()})
    return digest(types, frame.write_csv())


def table_digest(county: County, name: str) -> str:
    """Return the hash of a table of a county, found once for all counties that have the same."""
    return county.once_of((name,), ("digest", name), lambda: frame_digest(county.tables[name]))


def cells_digest(county: County) -> str:
    """Return the digest of the cells of a county: of all its tables and layouts as they are in memory."""
    return county.once("cells_digest", lambda: _cells_digest(county))


def _cells_digest(county: County) -> str:
    """Return the digest of the cells of a county, computed anew."""
    tables = {name: table_digest(county, name) for name in county.tables}
    layouts = {f"layouts/{name}": frame_digest(frame) for name, frame in county.layouts.items()}
    cells = (f"{name} {content}" for name, content in sorted({**tables, **layouts}.items()))
    return digest(county.name, repr(county.about), *cells)


def run_key(
    scenario: Scenario, county: County, *, layout: pl.DataFrame, seed: int, given: Mapping[str, pl.DataFrame]
) -> str:
    """Return the key of a run: what is asked, county, layout, roads, tables that are given, seed and code.

    The number of replications is not part of it: more replications of the same run go on in its folder.
    """
    roads = b"" if scenario.roads is None else Path(scenario.roads).read_bytes()
    question = json.dumps(scenario.question(), sort_keys=True)
    tables = [f"{name} {frame_digest(frame)}" for name, frame in sorted(given.items())]
    return digest(question, county.digest, frame_digest(layout), roads, str(seed), code_digest(), *tables)


def replication_key(run: str, replication: int) -> str:
    """Return the key of one replication of a run."""
    return digest(run, str(replication))
