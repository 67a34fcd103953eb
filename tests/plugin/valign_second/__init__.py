"""A second package as somebody else would write it: one of everything that valign takes, importing `valign` alone."""
