"""Check built pages: nothing in them comes from a network, and each file and place that they name is there."""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

_LOADED: Final = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "src", "object": "data"}
"""Attribute by tag that makes a browser load something."""


class _Page(HTMLParser):
    """Collects what a page loads, where it links to, and its anchors."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag names."""
        given = {name: value for name, value in attrs if value}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        # of links to a page's own address browsers load nothing
        if tag in _LOADED and _LOADED[tag] in given and given.get("rel") != "canonical":
            self.loads.append(given[_LOADED[tag]])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])


def faults(folder: Path) -> list[str]:
    """Return what is wrong with the pages of a folder, one line each."""
    pages = {}
    for file in sorted(folder.rglob("*.html")):
        pages[file.resolve()] = page = _Page()
        page.feed(file.read_text("utf-8"))
    found = []
    for file, page in pages.items():
        name = file.relative_to(folder.resolve()).as_posix()
        found += [f"{name}: loads {address}" for address in page.loads if _remote(address)]
        for address in (*page.loads, *page.links):
            if _is_file(address) and not _is_there(address, file, pages):
                found.append(f"{name}: {address} is not there")
    return found


def _remote(address: str) -> bool:
    """Return whether an address is that of another machine."""
    parts = urlsplit(address)
    return bool(parts.netloc) or parts.scheme in ("http", "https", "ws", "wss")


def _is_file(address: str) -> bool:
    """Return whether an address is a file beside the page, or a place in it; data in the address is none."""
    parts = urlsplit(address)
    return not parts.netloc and not parts.scheme


def _is_there(address: str, file: Path, pages: dict[Path, _Page]) -> bool:
    """Return whether a file, and the place in it, exist."""
    parts = urlsplit(address)
    target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    if not target.exists():
        return False
    return not parts.fragment or target not in pages or unquote(parts.fragment) in pages[target].anchors


def main() -> None:
    """Check the folder that is named; exit code 1 with all faults."""
    found = faults(Path(sys.argv[1]))
    for line in found:
        sys.stderr.write(f"{line}\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
