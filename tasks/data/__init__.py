"""Data about a document: example types, data folders, the audit, export, and datasets for lm-eval."""
