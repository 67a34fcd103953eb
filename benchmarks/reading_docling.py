"""What docling reads of real PDFs without its models, against our own reader.

    python benchmarks/reading_docling.py       # in an environment with valign[docling]; see docs/synthesis.md

docling's standard pipeline downloads a layout model; its native pipeline uses only the text layer and runs offline.
Both readers are compared with the same document in Markdown or DOCX: the titles of its sections, and recall and
precision of the bag of words, titles included.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from docling.datamodel.base_models import InputFormat
from docling.datamodel.pipeline_options import NativePdfPipelineOptions
from docling.document_converter import DocumentConverter, PdfFormatOption
from docling.pipeline.native_pdf_pipeline import NativePdfPipeline
from tabulate import tabulate

from tasks.data.types import Document
from tasks.documents.read import read_any

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
#: PDF -> the same document in another format.
DOCUMENTS = {
    "doc_18f_derisking_handbook/handbook.pdf": "doc_18f_derisking_handbook/handbook.md",
    "doc_ronin_institute/bylaws.pdf": "doc_ronin_institute/bylaws.docx",
}


def words(document: Document) -> Counter[str]:
    """The bag of words of a document, titles of sections included."""
    text = "\n".join(f"{section.title}\n{section.text}" for section in document.sections)
    return Counter(re.findall(r"\w+", text.replace("’", "'").lower()))


def by_docling(path: Path, folder: Path) -> Document:
    """The document that docling's Markdown holds."""
    native = PdfFormatOption(pipeline_cls=NativePdfPipeline, pipeline_options=NativePdfPipelineOptions())
    converted = DocumentConverter(format_options={InputFormat.PDF: native}).convert(path)
    (folder / "read.md").write_text(converted.document.export_to_markdown(), encoding="utf-8")
    return read_any(folder / "read.md")


def main() -> None:
    """Print the table."""
    if not DATA.is_dir():
        sys.exit(f"{DATA}: the real documents are not here")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, better in DOCUMENTS.items():
            truth = read_any(DATA / better)
            titles, bag = {section.title for section in truth.sections}, words(truth)
            for reader in ("valign", "docling"):
                start = time.perf_counter()
                found = read_any(DATA / name) if reader == "valign" else by_docling(DATA / name, Path(folder))
                seconds, own = time.perf_counter() - start, words(found)
                both = (own & bag).total()
                headings = len(titles & {section.title for section in found.sections})
                shares = [f"{both / whole.total():.1%}" for whole in (bag, own)]
                rows.append([name, reader, f"{headings} of {len(titles)}", *shares, f"{seconds:.1f}"])
    header = ["document", "reader", "headings", "recall", "precision", "seconds"]
    print(tabulate(rows, header, "github", disable_numparse=True))


if __name__ == "__main__":
    main()
