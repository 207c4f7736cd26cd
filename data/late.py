"""Public names of a package that are imported when they are first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


def late_names(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """Return the ``__getattr__`` of a package: importing it stays light, and its names come from where they live.

    Parameters
    ----------
    package : str
        Name of the package.
    homes : mapping of str to str
        Module of each public name.
    """

    def find(name: str) -> object:
        """Import a public name when it is first used."""
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(homes[name]), name)

    return find


def public_names(names: Iterable[str]) -> Callable[[], list[str]]:
    """Return the ``__dir__`` of a package: its public names, those not imported yet too, for completion by Tab.

    Parameters
    ----------
    names : iterable of str
        ``__all__`` of the package.
    """

    def listed() -> list[str]:
        """List what the package is for."""
        return sorted([*names, "__all__", "__doc__", "__name__", "__path__"])

    return listed
