"""Templates as compiled by an earlier report: reading them anew takes a tenth of a page's time."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

import jinja2
from jinja2 import bccache

from data.storage import write_whole
from experiments.runs.provenance import digest
from experiments.runs.stored.stored_frames import store, sweep

if TYPE_CHECKING:
    from pathlib import Path

KIND: Final = "templates"
_SEAL: Final = 32
"""Characters of the hash that a file begins with: jinja itself would stumble over half a file."""


class CompiledTemplates(jinja2.BytecodeCache):
    """Compiled templates in the user's cache folder; where it cannot be read or written they are compiled anew.

    What is kept counts as long as template, Python, jinja and its settings are the same: jinja compares the first two,
    the others are in the name.
    """

    def load_bytecode(self, bucket: bccache.Bucket) -> None:
        """Fill a bucket with what is kept."""
        with contextlib.suppress(OSError):
            content = _file(bucket).read_bytes()
            if digest(content[_SEAL:]).encode() == content[:_SEAL]:
                bucket.bytecode_from_string(content[_SEAL:])

    def dump_bytecode(self, bucket: bccache.Bucket) -> None:
        """Keep what a bucket holds."""
        file, content = _file(bucket), bucket.bytecode_to_string()
        with contextlib.suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(file, digest(content).encode() + content, durable=False)
            sweep(file)


def _file(bucket: bccache.Bucket) -> Path:
    """Return the file of a bucket."""
    known = bucket.environment
    settings = (known.autoescape, known.trim_blocks, known.lstrip_blocks, sorted(known.filters))
    return store() / KIND / f"{digest(bucket.key, jinja2.__version__, repr(settings))}.bin"
