"""Documents: any file format to sections (`read.py`), sections to chunks (`chunking.py`), and public downloads."""
