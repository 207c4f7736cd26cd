"""Functions on numbers and arrays that numba compiles: the rules of power, free of any simulator.

They are plain Python, marked here and compiled when the first of them is called: numba takes 0.2 s to load, and most of
what a package is imported for needs none of it. :mod:`charging.power.machine_code` says what numba makes of them.
"""

from __future__ import annotations

import functools
import importlib
import sys
import threading
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = TypeVar("Function", bound=Callable[..., object])

_MACHINE_CODE: Final = "charging.power.machine_code"
"""Module that loads numba."""


def compiled(function: Function) -> Function:
    """Compile a function when it is first called, and keep the machine code on disk where that is possible."""
    return _marked(function, "compiled")


def inner(function: Function) -> Function:
    """Compile a function for those that call it, which are compiled themselves; Python cannot call it.

    It counts no references to the arrays that it is given, which takes longer than many a rule, and so it can make
    none: see :func:`allocating`.
    """
    return _marked(function, "inner")


def allocating(function: Function) -> Function:
    """Compile a function as :func:`inner` does that makes arrays or lists."""
    return _marked(function, "allocating")


class Marked:
    """A function that waits for numba; the first call of any of them puts machine code in the place of all.

    Parameters
    ----------
    function : callable
        The function.
    kind : str
        What compiles it: a function of :mod:`charging.power.machine_code`.
    """

    def __init__(self, function: Callable[..., object], kind: str) -> None:
        functools.update_wrapper(self, function)
        self._function, self._kind = function, kind
        self._machine: Callable[..., object] | None = None

    def __call__(self, *arguments: Any) -> object:  # noqa: ANN401 - those of any function
        """Call the machine code: for whoever took hold of the function before there was any."""
        return self.machine(*arguments)

    @property
    def machine(self) -> Callable[..., object]:
        """What numba makes of the function."""
        if self._machine is None:
            _compile_all()
        return cast("Callable[..., object]", self._machine)

    def compile(self) -> None:
        """Hand the function to numba, which compiles it when it is first called."""
        self._machine = getattr(importlib.import_module(_MACHINE_CODE), self._kind)(self._function)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - attributes of numba
        """Return what numba knows of the function, its type for other compiled functions too."""
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.machine, name)


_waiting: list[Marked] = []
_compiling = threading.RLock()


def _marked(function: Function, kind: str) -> Function:
    """Return a function that is compiled when it is called; handed to numba at once where that is loaded."""
    mark = Marked(function, kind)
    if _MACHINE_CODE in sys.modules and not _waiting:
        mark.compile()
        return cast("Function", mark.machine)
    _waiting.append(mark)
    return cast("Function", mark)


def _compile_all() -> None:
    """Hand all functions that wait to numba, and put what it makes of them in their places.

    A call through a mark costs as much as many a rule: modules that imported one get the machine code itself.
    """
    with _compiling:
        packages = set()
        while _waiting:
            mark = _waiting.pop()
            mark.compile()
            packages.add(mark.__module__.partition(".")[0])
        for name, module in tuple(sys.modules.items()):
            if name.partition(".")[0] in packages:
                names = vars(module)
                names.update({key: value.machine for key, value in tuple(names.items()) if isinstance(value, Marked)})
