"""Retrieval: an index of a document's chunks, a prompt with passages, and a wrapper for lm-eval models."""
