"""Reports: tables for people, Markdown, CSV and LaTeX from one description."""
