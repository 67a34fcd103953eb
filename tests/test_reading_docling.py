"""docling as the reader of PDFs: where it or its models are missing, one line says so and how to get them."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import Said
from papers import pdf

installed = pytest.mark.skipif(find_spec("docling") is None, reason="docling is not installed")


@pytest.mark.skipif(find_spec("docling") is not None, reason="docling is installed")
def test_without_docling_it_says_what_to_install(valign: Callable[..., Said], tmp_path: Path) -> None:
    for said in (
        valign("data", "read", pdf(tmp_path / "rules.pdf"), "--reader", "docling"),
        valign("synthesise", tmp_path / "rules.pdf", "--reader", "docling", "--teacher", "extractive", "--out", "data"),
    ):
        assert said.code == 2
        assert "reader docling: not installed; pip install 'valign[docling]'" in said.err
        assert said.err.count("\n") == 1


@installed
@pytest.mark.parametrize("folder", ["nowhere", "."])
def test_without_its_models_it_says_where_they_are_expected(
    valign: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    from docling.datamodel.settings import settings

    monkeypatch.setattr(settings, "artifacts_path", tmp_path / folder)
    said = valign("data", "read", pdf(tmp_path / "rules.pdf"), "--reader", "docling")
    assert said.code == 2
    assert "reader docling: its models cannot be loaded" in said.err
    assert "DOCLING_ARTIFACTS_PATH" in said.err
    assert said.err.count("\n") == 1


@installed
def test_a_damaged_file_is_reported(valign: Callable[..., Said], tmp_path: Path) -> None:
    (tmp_path / "rules.pdf").write_bytes(b"%PDF-1.7\nnothing of a PDF follows")
    said = valign("data", "read", tmp_path / "rules.pdf", "--reader", "docling")
    assert said.code == 2
    assert "rules.pdf: docling cannot read it" in said.err
    assert said.err.count("\n") == 1


def test_a_reader_that_is_not_known_is_refused(valign: Callable[..., Said], tmp_path: Path) -> None:
    said = valign("synthesise", pdf(tmp_path / "rules.pdf"), "--reader", "ocr", "--teacher", "extractive", "--out", "x")
    assert said.code == 2
    assert "reader: Input should be 'valign' or 'docling'" in said.err


def test_what_is_no_pdf_is_read_as_ever(valign: Callable[..., Said], tmp_path: Path) -> None:
    (tmp_path / "rules.md").write_text("# Rules\n\n## Gifts\n\nDo not take gifts.\n", encoding="utf-8")
    assert "1 sections" in valign("data", "read", tmp_path / "rules.md", "--reader", "docling").out
