"""The languages of the report: English messages in the code, their translations in one gettext catalogue each."""

from __future__ import annotations

import functools
import gettext
from pathlib import Path
from typing import Final, Protocol

from data.errors import ScenarioError, nearest

SPACES: Final = {"en": " ", "zh": ""}
"""What stands between two sentences, by language."""

LANGUAGES: Final = tuple(SPACES)
"""What the report speaks; English, the first, is the language of the messages themselves."""

DOMAIN: Final = "xijiang"
LOCALE: Final = Path(__file__).parent / "locale"


class Translate(Protocol):
    """A function from an English message to the reader's language."""

    def __call__(self, message: str, context: str = "") -> str:
        """Return the message in the language; the message itself where the catalogue does not have it.

        Parameters
        ----------
        message : str
            English text.
        context : str
            What the word is about, where one English word has several meanings.
        """


@functools.cache
def translator(language: str) -> Translate:
    """Return the function that translates the report's messages.

    Raises
    ------
    ScenarioError
        A language that the report does not speak.
    """
    if language not in LANGUAGES:
        raise ScenarioError(
            f"language {language!r} is not known.{nearest(language, LANGUAGES)} Known: {', '.join(LANGUAGES)}."
        )
    catalogue = gettext.translation(DOMAIN, LOCALE, [language], fallback=language == LANGUAGES[0])

    def translate(message: str, context: str = "") -> str:
        if not message:  # the catalogue keeps its own header under the empty message
            return ""
        return catalogue.pgettext(context, message) if context else catalogue.gettext(message)

    return translate
