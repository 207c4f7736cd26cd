"""Scenarios, manifests, stored tables and points that are wrong."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from data.storage import SEAL, sealed_text

from .trial import Case

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

VALUES = {
    "name": ('""', '"../x"', '"/abs"', '"a\\u0000b"', '"a\\nb"', f'"{"x" * 300}"', "1", "[]"),
    "title": ("1", "[]", "true"),
    "county": ('"nowhere"', '""', "1", '"a\\u0000"'),
    "roads": ('"nowhere.graphml"', '""', "1"),
    "based_on": ('"nowhere"', '"run.toml"', "1", '""'),
    "year": ("1900", "2036", "-1", "2025.5", '"x"', "true", "1e999"),
    "start": ('"2025-13-01"', "2024-06-02", "1", '"tomorrow"', "2025-06-02T12:00:00", "true"),
    "days": ("0", "-1", "367", "1.5", '"7"', "99999999999999999999", "nan", "true"),
    "replications": ("0", "-3", "100001", "2.5", '"1"', "inf"),
    "seed": ("-1", "9223372036854775808", "1.5", '"x"', "nan"),
    "points": ("-1", "100001", "0.5", '"x"'),
    "steady": ("1", '"yes"', "[]"),
    "charging": ("1", '"today"', "[]", "{ layout = 1 }"),
    "charging.layout": ('"todax"', '""', '"../../nowhere.csv"', "1", '"a\\u0000"'),
    "charging.requests": ('"nowhere.csv"', '""', "1"),
    "charging.travel": ('"nowhere.parquet"', '""', "1"),
    "charging.information": ('"Live"', '"x"', "1", '""'),
    "charging.queue_rule": ('"lifo"', "1", '""'),
    "charging.outages": ("1", '"no"'),
    "charging.max_tries": ("0", "-1", "1001", "1.5", "nan"),
    "charging.wait_weight": ("-1", "1e308", "nan", "inf", '"x"'),
    "charging.module_kw": ("0", "-1", "1e-300", "1e308", "nan"),
    "charging.interval_min": ("0", "1e-300", "1441", "inf", "-15"),
    "charging.engine": ('"fast"', "1", '""'),
    "fleet.adoption": ('"none"', "1"),
    "fleet.to_water_share": ("-0.1", "1.1", "nan"),
    "fleet.load_factor_change": ("-2", "2", "nan"),
    "fleet.policy.subsidy_cny": ("-1", "1e9", "nan"),
    "fleet.policy.electricity_price_factor": ("0", "-1", "1e308"),
    "fleet.policy.trade_in_until": ("1999", "2036", "2025.5"),
    "shipping.tanks": ('"huge"', "1"),
    "shipping.stations": ("1", '["nowhere"]', "[1]", '"x"'),
    "figures.charging.max_tries": ("nan", '"x"', "1e308", "-1e308", "true", "[]"),
    "figures.charging.efficiency_dc": ("0", "-1", "1e308", "2"),
    "figures.charging.nonsense": ("1", "nan"),
    "tables.towns.nonsense": ("1", "nan"),
    "tables.nonsense.a": ("1",),
    "nonsense": ("1",),
    "charging.nonsense": ("1",),
}
BASE = {
    "name": '"fuzz"',
    "county": '"../"',
    "year": "2025",
    "start": "2025-06-02",
    "days": "1",
    "replications": "1",
    "charging.layout": '"today"',
}
BROKEN = ("[" * 5000, "= 1\n", "a = [1,\n", 'b = "\n', "\x00", "[charging]\n[charging]\n", "name = 1\nname = 2\n")
WRONG = (None, -1, 0, 1e308, True, "", "x", [], {}, [[]], "2026-01-01", 2**70, "\x00", "../x")


def scenario_case(rng: np.random.Generator, county: Path) -> Case:
    """Return a case with something wrong in a scenario's file."""
    file = county / "scenarios" / "fuzz.toml"
    command = ("run", str(file), "--dry-run")
    if rng.random() < 0.75:
        keys = list(VALUES)
        key = keys[int(rng.integers(len(keys)))]
        value = VALUES[key][int(rng.integers(len(VALUES[key])))]
        words = f"{key} = {value[:60]}"
        text = _toml({**BASE, key: value})
        # of a figure the message gives the key without its section
        places = (key, key.partition(".")[2] or key, file.name)
        return Case("scenarios", words, command, places, absurd=True, changes=((file, text.encode()),))
    content = _toml(BASE).encode()
    at = int(rng.integers(len(content)))
    if rng.random() < 0.5:
        part = BROKEN[int(rng.integers(len(BROKEN)))]
        start = content.rfind(b"\n", 0, at) + 1
        content = content[:start] + part.encode() + content[start:]
        words = f"{part[:20]!r} at {start}"
        return Case("scenarios", words, command, (file.name,), absurd=True, changes=((file, content),))
    content, how = _bytes(rng, content)
    # anything may have become of it: a key, a value or a line
    places = (file.name, *BASE, "layout", "county", "name", "start")
    return Case("scenarios", how, command, places, changes=((file, content),))


def _toml(values: dict[str, str]) -> str:
    """Return a scenario's file."""
    short = {key: value for key, value in values.items() if key != "charging.layout" or "charging" not in values}
    return "".join(f"{key} = {value}\n" for key, value in short.items())


def _bytes(rng: np.random.Generator, content: bytes) -> tuple[bytes, str]:
    """Return bytes that are cut, flipped or have more in between."""
    at, bit = int(rng.integers(len(content))), int(rng.integers(8))
    how = ("cut", "flipped", "added")[int(rng.integers(3))]
    more = bytes(rng.integers(0, 256, 5).tolist())
    flipped = content[:at] + bytes([content[at] ^ (1 << bit)]) + content[at + 1 :]
    made = {"cut": content[:at], "flipped": flipped, "added": content[:at] + more + content[at:]}
    return made[how], f"{how} at byte {at} {bit}"


def manifest_case(rng: np.random.Generator, run: Path) -> Case:
    """Return a case with a manifest, or a table beside it, that is not as the run wrote it."""
    file = run / "manifest.json"
    content = file.read_bytes()
    if rng.random() < 0.25:
        return _damaged_table(rng, run)
    sealed = bool(rng.random() < 0.5)
    if rng.random() < 0.6:
        made, how = _other_entry(rng, json.loads(content), sealed=sealed)
    else:
        made, how = _bytes(rng, content)
        sealed = False
    commands = (
        ("runs", "show", str(run)),
        ("runs", "list", "--root", str(run.parent)),
        ("run", "--from", str(file), "--dry-run"),
        ("report", str(run)),
    )
    command = commands[int(rng.integers(len(commands)))]
    absurd = not sealed and command[1] != "list" and not _says_the_same(made, content)
    words = f"{' '.join(command[:2])}: {how}{', sealed anew' if sealed else ''}"
    return Case("manifests", words, command, ("manifest.json", str(run)), absurd, ((file, made),))


def _says_the_same(made: bytes, content: bytes) -> bool:
    """Return whether a text still holds the same entries."""
    try:
        return bool(json.loads(made) == json.loads(content))
    except (ValueError, RecursionError):
        return False


def _other_entry(rng: np.random.Generator, manifest: dict[str, Any], *, sealed: bool) -> tuple[bytes, str]:
    """Return a manifest with another entry, with or without a seal that fits."""
    part: Any = copy.deepcopy(manifest)
    whole, path = part, []
    while True:
        keys = [key for key in part if key != SEAL]
        key = keys[int(rng.integers(len(keys)))]
        path.append(key)
        if not (isinstance(part[key], dict) and part[key]) or rng.random() < 0.2:
            break
        part = part[key]
    if rng.random() < 0.3:
        del part[key]
        how = f"without {'.'.join(path)}"
    else:
        part[key] = WRONG[int(rng.integers(len(WRONG)))]
        how = f"{'.'.join(path)} = {part[key]!r}"
    if sealed:
        whole.pop(SEAL, None)
        return sealed_text(whole).encode(), how
    return json.dumps(whole).encode(), how


def _damaged_table(rng: np.random.Generator, run: Path) -> Case:
    """Return a case with a table of a run that was damaged, emptied or swapped."""
    files = sorted(run.glob("*.parquet"))
    first, second = (files[int(at)] for at in rng.choice(len(files), 2, replace=False))
    content = first.read_bytes()
    if rng.random() < 0.3:
        made, how = second.read_bytes(), f"swapped with {second.name}"
    else:
        made, how = _bytes(rng, content)
    places = (first.name, "manifest.json")
    return Case("manifests", f"{first.name} {how}", ("report", str(run)), places, made != content, ((first, made),))


def point_case(rng: np.random.Generator, sweep: Path, command: tuple[str, ...]) -> Case:
    """Return a case with a point of a sweep that is not as it was written; the sweep computes it again."""
    files = sorted((sweep / "points").glob("*.json"))
    file = files[int(rng.integers(len(files)))]
    content = file.read_bytes()
    if rng.random() < 0.5:
        made, how = _other_entry(rng, json.loads(content), sealed=bool(rng.random() < 0.3))
    else:
        made, how = _bytes(rng, content)
    return Case("points", f"{file.name} {how}", command, (file.name,), changes=((file, made),))
