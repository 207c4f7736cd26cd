"""Scenario files: TOML with ``based_on``, read as layers that lie on top of each other."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import ScenarioError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SUFFIX = ".toml"
FIGURES = "figures"
TABLES = "tables"
DOTTED = (FIGURES, TABLES)
"""Sections whose keys are dotted."""
_NAME = "[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_-])?"
_SHOWN = r"[^\x00-\x1f\x7f]"
NAME = f"^{_NAME}$"
"""Names become parts of paths, so a name from a stranger must not lead out of the folder of runs."""
REFERENCE = rf"^(?:{_NAME}|{_SHOWN}*[/\\]{_SHOWN}*|{_SHOWN}+\.(?:csv|graphml|parquet|toml))$"
"""A name, or the path of a file or folder."""
NAME_WORDS = (
    "at most 64 letters (a-z, A-Z), digits, hyphens, underscores and dots, a letter or digit first and no dot last"
)


@dataclass(frozen=True, slots=True)
class Layer:
    """Keys of a scenario from one origin: a file, or an option of the command line.

    Attributes
    ----------
    origin : str
        Name for messages, such as ``deqing-2025.toml``.
    values : dict
        Nested keys and values.
    """

    origin: str
    values: dict[str, Any]


def shipped() -> dict[str, Path]:
    """Return the files of the scenarios that come with the toolkit, by name."""
    folder = Path(str(resources.files("experiments"))) / "scenarios"
    return {file.stem: file for file in sorted(folder.glob(f"*{SUFFIX}"))}


def find(name: str | Path, *, near: Path | None = None) -> Path:
    """Return the file of a scenario.

    Parameters
    ----------
    name : str or pathlib.Path
        Name of a shipped scenario, or path of a TOML file.
    near : pathlib.Path, optional
        Folder that a relative path starts from.

    Raises
    ------
    ScenarioError
        If there is no such scenario.
    """
    known = shipped()
    if isinstance(name, str) and name in known:
        return known[name]
    path = Path(name) if near is None else near / name
    if path.is_file():
        return path
    raise ScenarioError(
        f"scenario '{name}': neither a shipped scenario nor a file.{nearest(str(name), known)} "
        f"Shipped: {', '.join(known)}. `xijiang scenarios` lists them."
    )


def read_layers(name: str | Path) -> list[Layer]:
    """Return a scenario's file and the files it is based on, the base first.

    Raises
    ------
    ScenarioError
        If a file is missing or not TOML, or files are based on each other in a circle.
    """
    layers: list[Layer] = []
    seen: list[Path] = []
    path = find(name)
    while True:
        resolved = path.resolve()
        if resolved in seen:
            chain = " -> ".join(file.name for file in [*seen, resolved])
            raise ScenarioError(f"{seen[0].name}: scenarios are based on each other in a circle: {chain}.")
        seen.append(resolved)
        values = _read(path)
        layers.append(Layer(path.name, values))
        base = values.get("based_on")
        if not isinstance(base, str):
            break
        try:
            path = find(base, near=path.parent)
        except ScenarioError as error:
            raise ScenarioError(f"{path.name}: based_on: {error}") from None
    layers.reverse()
    if "name" not in layers[-1].values:
        layers[-1].values["name"] = seen[0].stem
    return layers


def _read(path: Path) -> dict[str, Any]:
    """Return the keys of a scenario file; paths in it start from its folder."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path.name}: not a TOML file: {error}.") from error
    except RecursionError:
        raise ScenarioError(f"{path.name}: brackets are nested too deep; a scenario has sections of keys.") from None
    for keys in (("county",), ("roads",), *(("charging", name) for name in ("layout", "requests", "travel"))):
        _anchor(values, keys, path.parent)
    # a scenario beside the file, as that which it is based on
    against = values.get("counterfactual")
    if isinstance(against, str) and against not in shipped() and (path.parent / against).is_file():
        values["counterfactual"] = str((path.parent / against).resolve())
    return values


def _anchor(values: dict[str, Any], keys: tuple[str, ...], folder: Path) -> None:
    """Make a relative path at a key absolute; names of counties and layouts are left alone."""
    *parents, last = keys
    for key in parents:
        inner = values.get(key)
        if not isinstance(inner, dict):
            return
        values = inner
    value = values.get(last)
    if isinstance(value, str) and is_path(value) and re.fullmatch(REFERENCE, value):
        values[last] = str((folder / value).resolve())


def is_path(value: str) -> bool:
    """Return whether a value names a file or folder instead of something built in."""
    return "/" in value or "\\" in value or value.endswith((".csv", ".graphml", ".parquet"))


def parse_sets(sets: Iterable[str]) -> Layer:
    """Return overrides such as ``charging.layout=population`` as a layer.

    Parameters
    ----------
    sets : iterable of str
        ``key=value``; the value is TOML, and text where it is not. All that follows ``figures.`` or ``tables.`` is one
        key.

    Raises
    ------
    ScenarioError
        If an override has no key or no ``=``, sets ``based_on``, or contradicts another.
    """
    values: dict[str, Any] = {}
    for text in sets:
        key, equals, value = text.partition("=")
        key = key.strip()
        if not equals or not key or not all(key.split(".")):
            raise ScenarioError(f"--set {text}: expected key=value, such as --set charging.layout=population.")
        _set(values, key, parse_value(value.strip()), said=f"--set {text}")
    return Layer("--set", values)


def values_layer(given: Mapping[str, object], *, origin: str) -> Layer:
    """Return values by key, such as ``charging.layout``, as a layer: what `parse_sets` makes of them as text.

    ``origin`` is what messages call them.

    Raises
    ------
    ScenarioError
        If a value sets ``based_on``, or contradicts another.
    """
    values: dict[str, Any] = {}
    for key, value in given.items():
        _set(values, key, value, said=f"{origin}: {key}={value!r}")
    return Layer(origin, values)


def _set(values: dict[str, Any], key: str, value: object, *, said: str) -> None:
    """Set a key among nested values, as an override says it; all that follows `DOTTED` is one key."""
    if key == "based_on":
        raise ScenarioError(f"{said}: a scenario file says what it is based on; name another scenario instead.")
    head, dot, rest = key.partition(".")
    path = [head, rest.strip('"')] if dot and head in DOTTED else key.split(".")
    inner = values
    for part in path[:-1]:
        step = inner.setdefault(part, {})
        if not isinstance(step, dict):
            raise ScenarioError(f"{said}: '{part}' is set to a value by another --set.")
        inner = step
    inner[path[-1]] = value


def parse_value(text: str) -> object:
    """Return a TOML value, or the text itself where it is not TOML."""
    try:
        parsed = tomllib.loads(f"value = {text}")
    # what is no TOML, or nested deeper than any value, is text: the key says what it expects
    except (tomllib.TOMLDecodeError, RecursionError):
        return text
    return parsed["value"] if list(parsed) == ["value"] else text


def merge(layers: Sequence[Layer]) -> dict[str, Any]:
    """Return the keys of all layers; later ones go before earlier ones, section by section."""
    merged: dict[str, Any] = {}
    for layer in layers:
        values = dict(layer.values)
        for section in DOTTED:
            if isinstance(values.get(section), dict):
                values[section] = flatten(values[section])
        merged = overlay(merged, values)
    return merged


def overlay(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return two nested mappings laid on top of each other."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        result[key] = overlay(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested tables as dotted keys, because TOML reads ``a.b = 1`` as a table."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat.update(flatten(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def origin_of(layers: Sequence[Layer], path: Sequence[object]) -> str:
    """Return the origin that set a key last; the last origin where none did."""
    for layer in reversed(layers):
        inner: object = layer.values
        for key in path:
            if not isinstance(inner, dict) or key not in inner:
                break
            inner = inner[key]
        else:
            return layer.origin
    return layers[-1].origin
