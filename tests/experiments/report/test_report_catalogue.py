"""Every message of the report is translated, and the compiled catalogue is that of the source."""

import io
import re
import string
from pathlib import Path

import pytest

from experiments.report.language import DOMAIN, LANGUAGES, LOCALE

babel = pytest.importorskip("babel.messages")

ROOT = Path(__file__).parents[3]
OTHERS = LANGUAGES[1:]


def read(language):
    from babel.messages.pofile import read_po

    with (LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """Return context and text of the messages in the code, as `make words` takes them."""
    from babel.messages.frontend import CommandLineInterface
    from babel.messages.pofile import read_po

    out = tmp_path_factory.mktemp("words") / "xijiang.pot"
    words = re.search(r"pybabel (extract .*) -o \S+ experiments$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    options = [str(ROOT / "pyproject.toml") if part == "pyproject.toml" else part for part in words[1].split()]
    CommandLineInterface().run(["pybabel", "-q", *options, "-o", str(out), str(ROOT / "experiments")])
    with out.open("rb") as file:
        return {(message.context, message.id) for message in read_po(file) if message.id}


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_has_a_translation_and_none_is_left_over(used, language):
    known = {(message.context, message.id): message for message in read(language) if message.id}
    assert sorted(used - known.keys(), key=str) == []
    assert sorted(known.keys() - used, key=str) == []
    assert [message.id for message in known.values() if not message.string] == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_fuzzy_or_obsolete(language):
    catalogue = read(language)
    assert [message.id for message in catalogue if message.fuzzy and message.id] == []
    assert not catalogue.obsolete


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_fills_in_the_same_values(language):
    def fields(text):
        return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)

    assert [
        message.id for message in read(language) if message.id and fields(message.id) != fields(message.string)
    ] == []


@pytest.mark.parametrize("language", OTHERS)
def test_the_compiled_catalogue_is_that_of_the_source(language):
    from babel.messages.mofile import write_mo

    made = io.BytesIO()
    write_mo(made, read(language))
    assert (LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.mo").read_bytes() == made.getvalue(), "run `make words`"
