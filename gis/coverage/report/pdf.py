"""HTML of our own template to PDF: nothing is fetched, fonts are embedded as subsets."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from gis.base.errors import Unavailable
from gis.coverage.report.map import key_sign


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("gis.coverage", "report"), autoescape=True, undefined=StrictUndefined
    )
    made.globals["key_sign"] = key_sign
    return made


def html_of(values: dict[str, Any]) -> str:
    """The report as HTML; every text is escaped."""
    return _environment().get_template("report.html.jinja").render(**values)


def pdf_bytes(html: str) -> bytes:
    """The pages as PDF. Raises Unavailable `report_libraries` where Pango is missing on the machine."""
    try:
        from weasyprint import HTML
        from weasyprint.urls import FatalURLFetchingError, URLFetcher
    except OSError as error:
        raise Unavailable(
            "report_libraries",
            "缺少生成 PDF 的系统库，请运行 scripts/packages.sh run",
            "libraries that make the PDF are missing; run scripts/packages.sh run",
        ) from error

    class Refusing(URLFetcher):  # type: ignore[misc] # the library has no types
        """The report has everything in itself: any address in it is a fault."""

        def fetch(self, url: str, headers: object = None) -> Any:  # noqa: ARG002 - as the library calls it
            raise FatalURLFetchingError(f"the report asked for {url[:80]}")

    try:
        content: bytes = HTML(string=html, base_url=None, url_fetcher=Refusing()).write_pdf()
    except FatalURLFetchingError as fault:  # no Exception: nobody else would catch it
        raise RuntimeError(str(fault)) from None
    return content
