"""The ground: documents, example types and held-out tasks. Imports nothing else of valign."""
