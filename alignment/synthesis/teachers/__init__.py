"""Teachers: a chat model, and an extractive one that fills templates with quotations."""
