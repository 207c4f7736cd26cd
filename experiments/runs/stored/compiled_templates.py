"""Templates as compiled by an earlier report: reading them anew takes a tenth of a page's time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import jinja2
from jinja2 import bccache

from data.kept.kept_files import read_kept, store, write_kept
from experiments.runs.provenance import digest

if TYPE_CHECKING:
    from pathlib import Path

KIND: Final = "templates"


class CompiledTemplates(jinja2.BytecodeCache):
    """Compiled templates in the user's cache folder; where it cannot be read or written they are compiled anew.

    What is kept counts as long as template, Python, jinja and its settings are the same: jinja compares the first two,
    the others are in the name.
    """

    def load_bytecode(self, bucket: bccache.Bucket) -> None:
        """Fill a bucket with what is kept."""
        # jinja itself would stumble over half a file
        content = read_kept(_file(bucket))
        if content is not None:
            bucket.bytecode_from_string(content)

    def dump_bytecode(self, bucket: bccache.Bucket) -> None:
        """Keep what a bucket holds."""
        write_kept(_file(bucket), bucket.bytecode_to_string())


def _file(bucket: bccache.Bucket) -> Path:
    """Return the file of a bucket."""
    known = bucket.environment
    settings = (known.autoescape, known.trim_blocks, known.lstrip_blocks, sorted(known.filters))
    return store() / KIND / f"{digest(bucket.key, jinja2.__version__, repr(settings))}.bin"
