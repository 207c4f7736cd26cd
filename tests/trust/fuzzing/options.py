"""Options with values that mean nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .trial import Case

if TYPE_CHECKING:
    import numpy as np

NO_COUNTS = ("-1", "0", "1.5", "nan", "abc", "", "1e3", "99999999999999999999")
SETS = (
    "days",
    "=",
    "days=",
    "=1",
    "days=0",
    "days=1=2",
    "dayz=1",
    "figures=1",
    "figures.charging.max_tries=nan",
    "figures.charging.efficiency_dc=-1",
    "figures.charging.los_wait_min=-5",
    "tables.towns.seat=1",
    "tables.energy_prices.petrol=-3",
    "charging.module_kw=1e-300",
    "charging.layout=nowhere",
    "charging=1",
    "seed=1e400",
    "name=../x",
    "name=a\nb",
    "start=2025-02-30",
    "county=nowhere",
    "fleet.to_water_share=0.7;",
    "[[=1",
    "a.b.c.d=1",
)
RUN, SIZE, SWEEP = ("run", "{toml}", "--dry-run"), ("size", "charging", "{toml}"), ("sweep", "{toml}")
COMPARE, CARBON = ("compare", "{toml}", "{toml}"), ("carbon", "{toml}")
OPTIONS: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = (
    (RUN, "-n", (*NO_COUNTS, "100001")),
    (RUN, "--days", (*NO_COUNTS, "367")),
    (RUN, "--seed", ("-1", "1.5", "nan", "abc", "", "9223372036854775808")),
    (RUN, "-j", ("-1", "1.5", "abc", "")),
    (RUN, "--points", ("-1", "1.5", "abc", "100001")),
    (RUN, "--set", SETS),
    (RUN, "--executor", ("dask", "dask:", "dask:nowhere", "threads", "", "dask:h:99999999")),
    (RUN, "--precision", ("0", "-1%", "150%", "nan", "abc", "")),
    (RUN, "--from", ("nowhere.json", "", ".")),
    (
        SIZE,
        "--target",
        ("p95_wait_min<=nan", "p95_wait_min", "<=5", "nonsense<=5", "unserved_share<=5", "p95<=1e999", ""),
    ),
    (SIZE, "--budget", ("piles", "piles=-1", "piles=nan", "nonsense=1", "piles=1,piles=2", "", "piles=1e999")),
    (SIZE, "--days", NO_COUNTS),
    (SIZE, "-n", NO_COUNTS),
    (SIZE, "--layout", ("nowhere", "", "a\nb")),
    (SIZE, "--set", SETS),
    (
        SWEEP,
        "--over",
        (
            "days",
            "days=",
            "days=1:2:3000000",
            "days=2:1:nan",
            "nonsense=1:2:2",
            "figures.charging.max_tries=nan:1:2",
            "figures.charging.max_tries=1:3:0",
            "figures.charging.max_tries=1:3:-1",
            "figures.nonsense=1:2:2",
            "=1:2:2",
            "",
        ),
    ),
    ((*SWEEP, "--over", "days=1:2:2", "--design", "lhs"), "--samples", ("-1", "0", "abc", "1.5")),
    ((*SWEEP, "--over", "days=1:2:2"), "--design", ("nonsense", "")),
    (COMPARE, "--zone", ("-1", "nan", "inf", "abc")),
    (COMPARE, "--select", ("nonsense", "")),
    (COMPARE, "-n", NO_COUNTS),
    (COMPARE, "--on", ("nonsense", "")),
    (CARBON, "--years", ("1900:2200", "2030:2020", "abc", "2030;2035", "1:99999999999", "nan:2030", "")),
    (CARBON, "--samples", ("-1", "1.5", "abc", "99999999999999")),
    (("runs", "clean"), "--older-than", ("nan", "1e308", "abc", "")),
    (("runs", "show"), "nowhere", ("",)),
    (("roads", "fetch", "--osm-file", "nowhere.osm"), "--margin-km", ("-1", "nan", "inf", "abc")),
    (("quick", "--evs", "100", "--year", "2030"), "--residents", ("-1", "0", "nan", "abc", "1e308", "")),
    (("quick", "--residents", "1000", "--year", "2030"), "--evs", ("-1", "nan", "abc", "1e308", "")),
    (("quick", "--residents", "1000", "--evs", "10"), "--year", ("1900", "2200", "abc", "2030.5", "")),
    (("report", "{run}"), "--lang", ("xx", "", "EN-us")),
    (("county", "check"), "nowhere", ("",)),
    (("county", "describe"), "nonsense", ("",)),
    (("import", "stations"), "nowhere.csv", ("",)),
    (("import", "sessions"), "nowhere.csv", ("",)),
    (("export", "layout", "plan-2025"), "--format", ("nonsense", "")),
    (("export", "layout"), "nowhere", ("",)),
)


def option_case(rng: np.random.Generator, toml: str, run: str) -> Case:
    """Return a case with a wrong value of an option, or with an option that does not exist."""
    command, option, values = OPTIONS[int(rng.integers(len(OPTIONS)))]
    given = tuple(part.format(toml=toml, run=run) if "{" in part else part for part in command)
    if rng.random() < 0.05:
        wrong = option.strip("-") or "x"
        words = f"{' '.join(command)} --{wrong}x"
        return Case("options", words, (*given, f"--{wrong}x", "1"), (f"--{wrong}x",), absurd=True)
    value = values[int(rng.integers(len(values)))]
    # a value alone is an argument, and stands in the message itself
    more = (option, value) if option.startswith("-") else (option,)
    words = " ".join((*command, *more))
    return Case("options", words, (*given, *more), _names(option, value), absurd=True)


def _names(option: str, value: str) -> tuple[str, ...]:
    """Return what a message may call an option: its name, its long name, or the key that it sets."""
    long = {"-n": ("--replications", "replications"), "-j": ("--jobs",), "--set": ("--set", value.partition("=")[0])}
    files = (f"Error: {value or '.'}:",) if option == "--from" else ()  # a file that is not there is named itself
    return (option, option.strip("-"), *long.get(option, ()), *files)
