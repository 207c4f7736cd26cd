"""A campaign: seeded cases of all kinds, tried one after the other, and what came out."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from .options import option_case
from .tables import table_case
from .texts import manifest_case, point_case, scenario_case
from .trial import Case, changed, finding, tried

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SHARES = {"tables": 0.5, "scenarios": 0.2, "options": 0.15, "manifests": 0.1, "points": 0.05}
EACH_RUN = 6
"""Of the counties that are accepted though something is odd, one in so many is simulated."""


@dataclass
class Campaign:
    """What came out: cases, refusals and findings by kind, and the findings in words."""

    cases: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    simulated: int = 0
    simulated_badly: int = 0
    findings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Inputs:
    """The right inputs that are made wrong."""

    counties: tuple[Path, ...]
    toml: Path
    run: Path
    sweep: Path
    sweeping: tuple[str, ...]


def counties(root: Path) -> tuple[Path, ...]:
    """Return the counties whose tables are made wrong: without and with an expressway, and with a river."""
    tests = root / "tests" / "counties"
    return (tests / "three-towns", tests / "expressway-towns", root / "data" / "deqing")


def inputs(folder: Path, counties: tuple[Path, ...]) -> Inputs:
    """Return copies of counties, a run and a sweep; the first county has a scenario `workday`."""
    copies = tuple(shutil.copytree(county, folder / county.name) for county in counties)
    toml, runs, sweep = copies[0] / "scenarios" / "workday.toml", folder / "runs", folder / "sweep"
    over = "figures.charging.max_tries=1:3:2"
    sweeping = ("sweep", str(toml), "--over", over, "--out", str(sweep), "-n", "2", "--quiet")
    for command in (("run", str(toml), "--out", str(runs / "run"), "--quiet"), sweeping):
        # the first command of a fresh tree compiles the rules
        outcome = tried(command, limit_s=600)
        if outcome.code != 0:
            raise RuntimeError(f"{outcome.code}: {outcome.shown}")
    return Inputs(copies, toml, runs / "run", sweep, sweeping)


def campaign(
    folder: Path, counties: tuple[Path, ...], *, number: int, seed: int, tell: Callable[[str], object] = str
) -> Campaign:
    """Try so many different cases.

    Parameters
    ----------
    folder : pathlib.Path
        An empty folder to work in.
    counties : tuple of pathlib.Path
        Counties whose tables are made wrong; the first has a scenario `workday`.
    number : int
        Cases to try.
    seed : int
        Seed of the cases.
    tell : callable, optional
        Is told each finding at once.
    """
    rng, given = np.random.default_rng(seed), inputs(folder, counties)
    done, seen = Campaign(), set()
    wanted = Counter({kind: round(share * number) for kind, share in SHARES.items()})
    while done.cases.total() < wanted.total():
        left = [kind for kind in SHARES if done.cases[kind] < wanted[kind]]
        case = _case(rng, left[int(rng.integers(len(left)))], given)
        # options and scenarios have fewer different cases than a long campaign asks for: those may come again
        if case.words in seen and rng.random() < 0.9:
            continue
        seen.add(case.words)
        done.cases[case.kind] += 1
        found = _tried(case, done, given)
        if found is not None:
            done.findings.append(f"{case.kind}: {case.words}: {found}")
            tell(done.findings[-1])
    return done


def _case(rng: np.random.Generator, kind: str, given: Inputs) -> Case:
    """Return a case of a kind."""
    if kind == "tables":
        return table_case(rng, given.counties[int(rng.integers(len(given.counties)))])
    if kind == "scenarios":
        return scenario_case(rng, given.counties[0])
    if kind == "options":
        return option_case(rng, str(given.toml), str(given.run))
    if kind == "manifests":
        return manifest_case(rng, given.run)
    return point_case(rng, given.sweep, given.sweeping)


def _tried(case: Case, done: Campaign, given: Inputs) -> str | None:
    """Return what is wrong about how a case was taken; what is accepted is used as well."""
    answer = given.sweep / "sweep.csv"
    before = answer.read_bytes()
    with changed(case):
        outcome = tried(case.command)
        found = finding(case, outcome)
        done.refused[case.kind] += outcome.code != 0
        if found is None and outcome.code == 0 and case.kind == "tables":
            found = _used(case, done, given)
    if case.kind == "points" and answer.read_bytes() != before:
        answer.write_bytes(before)
        return "the damaged point changed the answer"
    return found


def _used(case: Case, done: Campaign, given: Inputs) -> str | None:
    """Return what is wrong with a county that is odd and accepted: planned always, simulated now and then."""
    county = case.command[-1]
    simulated = given.run.parent / "odd"
    really = done.accepted % EACH_RUN == 0
    done.accepted += 1
    command = (
        "run",
        county,
        *(("--out", str(simulated), "-n", "1", "--days", "1", "--points", "0") if really else ("--dry-run",)),
    )
    outcome = tried(command)
    found = finding(Case(case.kind, case.words, command, (*case.places, "Error")), outcome)
    done.simulated += really
    if really and outcome.code == 0:
        found = found or _not_finite(simulated)
    done.simulated_badly += really and found is not None
    shutil.rmtree(simulated, ignore_errors=True)
    return found if found is None else f"accepted, then {found}"


def _not_finite(run: Path) -> str | None:
    """Return a column of a run's tables that holds what is no number."""
    for file in sorted(run.glob("*.parquet")):
        floats = pl.read_parquet(file).select(pl.selectors.float())
        wrong = [column.name for column in floats if column.is_nan().any() or column.is_infinite().any()]
        if wrong:
            return f"{file.name} holds infinite or no numbers in {', '.join(wrong)}"
    return None
