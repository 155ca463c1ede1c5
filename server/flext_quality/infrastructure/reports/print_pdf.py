"""The program that lays a page out on paper: `print_pdf PAGE.html OUT.pdf MEMORY_LIMIT`.

It is a program of its own so that it can be stopped, and so that what it needs is bounded.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import plutoprint

_OUT_OF_MEMORY = 3
"""The exit code where there is no memory left, which `pdf.py` knows."""


class _NoFetcher(plutoprint.ResourceFetcher):
    """Fetches nothing, neither from the network nor from the disk."""

    def fetch_url(self, url: str) -> plutoprint.ResourceData:
        """An empty resource."""
        del url
        return plutoprint.ResourceData(b"", "text/plain", "utf-8")


def print_page(page: Path, pdf: Path) -> None:
    """Writes the page as PDF. The comment at the page's end tells when it was made."""
    html = page.read_text(encoding="utf-8")
    time = html.rpartition("<!--")[2].partition("-->")[0]
    book = plutoprint.Book(plutoprint.PAGE_SIZE_A4)
    book.custom_resource_fetcher = _NoFetcher()
    book.load_html(html)
    book.set_metadata(plutoprint.PDF_METADATA_CREATOR, "FLEXT Quality")
    book.set_metadata(plutoprint.PDF_METADATA_CREATION_DATE, time)
    book.set_metadata(plutoprint.PDF_METADATA_MODIFICATION_DATE, time)
    book.write_to_pdf(str(pdf))


if __name__ == "__main__":
    limit = int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    try:
        print_page(Path(sys.argv[1]), Path(sys.argv[2]))
    except MemoryError:
        sys.exit(_OUT_OF_MEMORY)
