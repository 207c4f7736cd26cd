"""The commands that are disturbed, the tables that they leave, and how what came out is counted."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

COUNTY = str(Path(__file__).parents[2] / "counties" / "three-towns")
COMMANDS = {
    "run": ("run", COUNTY, "-n", "2", "--days", "1", "--points", "0", "--set", "fleet.ebikes=false"),
    "sweep": ("sweep", COUNTY, "--over", "figures.charging.max_tries=1:3:3", "-n", "2", "--days", "1"),
    "compare": ("compare", COUNTY, "--layout", "today", "--layout", "seat-only", "-n", "2", "--days", "1"),
    "size": ("size", "charging", COUNTY, "-n", "2", "--days", "1"),
    "run of Deqing": ("run", "deqing-2025", "-n", "2", "--days", "1", "--points", "0"),
}
SMALL = ("run", "sweep", "compare", "size")
"""Those that take seconds."""
LIMIT_S = 600
CALL = "from experiments.cli import main; main()"
FULL = (
    "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    "resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most})); "
)
"""No file may grow beyond a size, which stands for a disk that is full."""


@dataclass
class Count:
    """How often something was tried, how often all was well afterwards, and what was not."""

    what: str
    tried: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def held(self) -> int:
        """Return how often all was well."""
        return self.tried - len(self.findings)

    def note(self, words: str, wrong: str | None) -> None:
        """Count a trial, and what was wrong about it."""
        self.tried += 1
        if wrong is not None:
            self.findings.append(f"{words}: {wrong}")


def started(command: tuple[str, ...], out: Path, *, file_bytes: int | None = None) -> subprocess.Popen[str]:
    """Start a command in a session of its own, with a limit on the size of files where that is asked for."""
    code = CALL if file_bytes is None else FULL.format(most=file_bytes) + CALL
    return subprocess.Popen(
        [sys.executable, "-c", code, *command, "--quiet", "--out", str(out)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def tables(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all tables; manifests say when a run was made, and hidden folders are of the dead."""
    found = {}
    for file in folder.rglob("*"):
        name = file.relative_to(folder)
        hidden = any(part.startswith(".") for part in name.parts)
        if file.suffix in {".csv", ".parquet", ".json"} and name.name != "manifest.json" and not hidden:
            found[name.as_posix()] = file.read_bytes()
    return found


def whole(command: tuple[str, ...], out: Path) -> dict[str, bytes]:
    """Return what a command leaves that nothing disturbs."""
    wrong = gone_on(command, out, None)
    if wrong is not None:
        raise RuntimeError(wrong)
    return tables(out)


def gone_on(command: tuple[str, ...], out: Path, expected: dict[str, bytes] | None) -> str | None:
    """Run a command, on what another left; return what is wrong afterwards."""
    process = started(command, out)
    _, said = process.communicate(timeout=LIMIT_S)
    if process.returncode != 0:
        return f"ended with {process.returncode}: {said[-500:]}"
    if expected is None:
        return None
    return differs(tables(out), expected)


def differs(found: dict[str, bytes], expected: dict[str, bytes]) -> str | None:
    """Return which tables are not as they should be."""
    wrong = [name for name in sorted(found.keys() | expected.keys()) if found.get(name) != expected.get(name)]
    return f"differ: {', '.join(wrong[:5])}" if wrong else None
