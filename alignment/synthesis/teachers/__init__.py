"""Teachers: a chat model, and the one that cuts from the document itself."""
