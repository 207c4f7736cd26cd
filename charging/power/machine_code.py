"""What numba makes of the functions that :mod:`charging.power.compiled` marks; numba takes 0.2 s to load.

With ``NUMBA_DISABLE_JIT=1`` the functions stay as they are. Division by zero gives infinity as in numpy, so that no
function has to be able to raise.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import numba
from numba.core import types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder

from data.storage import content_of, files_below

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = TypeVar("Function", bound=Callable[..., object])


_PACKAGE: Final = Path(__file__).parents[1]


@functools.cache
def _sources(folder: Path) -> str:
    """Return a hash of the sources in a folder and below."""
    return hashlib.sha256(b"".join(content_of(path) for _, path in files_below(folder, (".py",)))).hexdigest()


def _stamp(function: Callable[..., object]) -> tuple[str, ...]:
    """Return hashes of this package's sources, and of those beside a function that stands in another package.

    Machine code holds what it calls and which constants it reads in other modules.
    """
    place = Path(inspect.getfile(function)).parent
    own = () if _PACKAGE in (place, *place.parents) else (_sources(place),)
    return (_sources(_PACKAGE), *own)


def compiled(function: Function) -> Function:
    """Compile a function when it is first called, and keep the machine code on disk where that is possible.

    Machine code on disk counts as long as no module of this package changes, and none beside the function; numba itself
    looks at the function's own file only, and would go on with old rules that were compiled into their callers.
    """
    options = {"error_model": "numpy", "pipeline_class": _WholeCompiler, "_nrt": True}
    try:
        result = numba.njit(cache=True, **options)(function)  # type: ignore[call-overload] # stub: common options only
    except RuntimeError:  # no folder for the cache: neither beside the module nor in the user's home
        return cast("Function", numba.njit(**options)(function))  # type: ignore[call-overload] # as above
    cache = getattr(getattr(result, "_cache", None), "_cache_file", None)
    if cache is not None:
        cache._source_stamp = (cache._source_stamp, *_stamp(function))  # noqa: SLF001 - numba offers no other way
    return cast("Function", result)


def inner(function: Function) -> Function:
    """Compile a function for those that call it. There is nothing to keep on disk: their machine code holds it."""
    return _part(function, counts_references=False)


def allocating(function: Function) -> Function:
    """Compile a function as :func:`inner` does that makes arrays or lists."""
    return _part(function, counts_references=True)


def _part(function: Function, *, counts_references: bool) -> Function:
    """Compile a function as a part of those that call it."""
    dispatcher = numba.njit(  # type: ignore[call-overload] # stub: common options only
        no_cpython_wrapper=True,
        no_cfunc_wrapper=True,
        error_model="numpy",
        pipeline_class=_PartCompiler,
        _nrt=counts_references,
    )(function)
    find = getattr(dispatcher, "get_call_template", None)
    if find is None:
        return function  # numba leaves functions as they are where it is told to compile nothing

    def find_for_any(arguments: tuple[types.Type, ...], named: dict[str, types.Type]) -> object:
        """Find what is compiled for a call: numba would compile anew for each constant that a caller writes."""
        return find(
            tuple(map(types.unliteral, arguments)), {name: types.unliteral(kind) for name, kind in named.items()}
        )

    dispatcher.get_call_template = find_for_any
    return cast("Function", dispatcher)


class _WholeCompiler(CompilerBase):
    """Compiles a function that Python calls."""

    def define_pipelines(self) -> list[Any]:
        """Return the usual steps, for a library of one's own."""
        self.state.library = _Whole(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        # for the machine code on disk, as numba does with libraries that it makes
        self.state.library.enable_object_caching()
        return [DefaultPassBuilder.define_nopython_pipeline(self.state)]


class _Whole(JITCodeLibrary):
    """Code of a function together with all that it calls, which nobody else finds there.

    Numba leaves what was linked in to be found by others. Kept private it may be changed to suit its callers (arguments
    that are never used or always the same, bodies that are called once), which saves a sixth of the event loop's time.
    Private, not internal: names of internal functions stay in the table of symbols that all machine code of a process
    shares, and others that call a function of that name would be given the changed one.
    """

    def _optimize_final_module(self) -> None:
        """Make private what was linked in, and optimise."""
        for function in self._final_module.functions:
            # numba finds its counting of references by name
            if function.linkage.name == "linkonce_odr" and not function.name.startswith("NRT_"):
                function.linkage = "private"
        super()._optimize_final_module()


class _PartCompiler(CompilerBase):
    """Compiles a function to what is compiled further with its callers."""

    def define_pipelines(self) -> list[Any]:
        """Return the usual steps, for a library of one's own."""
        self.state.library = _Part(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        return [DefaultPassBuilder.define_nopython_pipeline(self.state)]


class _Part(JITCodeLibrary):
    """Code of a function that is optimised once, in those that call it, and not in each on the way there.

    A function holds all that it calls. Numba would optimise it, and make machine code of it, for each function by
    itself: of what lies ten calls deep ten times, though only the outermost is ever called.
    """

    def _optimize_final_module(self) -> None:
        """Leave it to the callers."""

    def _finalize_final_module(self) -> None:
        """Make no machine code."""
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Return that there is none."""
        del name
        self._ensure_finalized()
        return 0

    @property
    def codegen(self) -> _Part:
        """What stores the environment of a function; there is no place for it without machine code."""
        return self

    def set_env(self, name: str, environment: object) -> None:
        """Store nothing: an environment serves those that raise errors or use Python objects."""
