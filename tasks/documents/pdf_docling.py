"""PDF to blocks by docling, for layouts that `pdf.py` cannot read: an optional dependency with its own models."""

from __future__ import annotations

from pathlib import Path

from tasks.documents.blocks import Source
from valign.errors import InputError


def read_pdf(path: Path) -> Source:
    """Read the blocks of a PDF with docling's standard pipeline, through its Markdown.

    Raises:
        InputError: docling or its models are not installed, or it cannot read the file.
    """
    from tasks.documents.markdown import read_markdown

    try:
        from docling.datamodel.base_models import InputFormat
        from docling.document_converter import DocumentConverter
        from docling.exceptions import ConversionError
    except ImportError:
        raise InputError(
            "reader docling: not installed; pip install 'valign[docling]' (see docs/synthesis.md)"
        ) from None
    try:
        converted = DocumentConverter(allowed_formats=[InputFormat.PDF]).convert(path)
    except ConversionError as error:
        raise InputError(f"{path}: docling cannot read it ({_line(error)}); make the copy again") from error
    except (OSError, RuntimeError) as error:
        raise InputError(
            f"reader docling: its models cannot be loaded ({_line(error)}); run 'docling-tools models download' where "
            "there is a network, and name their folder in DOCLING_ARTIFACTS_PATH"
        ) from error
    return read_markdown(converted.document.export_to_markdown())


def _line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]
