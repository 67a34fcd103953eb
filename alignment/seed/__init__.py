"""The stand-in seed model: how it is made, and its weights."""
