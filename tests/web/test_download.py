"""A district's facts as a workbook: what is downloaded says what was published."""

from __future__ import annotations

from pathlib import Path

import httpx
import openpyxl
import pytest

from prossima import district, workbook
from tests.conftest import PAVIA, Served


@pytest.mark.parametrize(("language", "sheet"), [("it", "Spazi di comunità"), ("en", "Community hubs")])
def test_what_is_downloaded_is_what_was_published(language: str, sheet: str, served: Served, tmp_path: Path) -> None:
    answer = httpx.get(f"{served.url}id/pavia.xlsx", params={"lang": language}, timeout=60)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith('attachment; filename="pavia-')
    path = tmp_path / "pavia.xlsx"
    path.write_bytes(answer.content)
    assert sheet in openpyxl.load_workbook(path, read_only=True).sheetnames
    taken = {(s.triple, s.evidence) for s in workbook.read(path).statements}
    assert taken == {(s.triple, s.evidence) for s in district.read(PAVIA).statements}


def test_the_page_of_the_district_leads_to_it(served: Served) -> None:
    page = httpx.get(f"{served.url}id/pavia/", headers={"Accept": "text/html"}, timeout=60).text
    assert 'href="/id/pavia.xlsx"' in page


def test_a_district_that_is_not_there_has_none(served: Served) -> None:
    assert httpx.get(f"{served.url}id/nessuno.xlsx", timeout=60).status_code == 404
