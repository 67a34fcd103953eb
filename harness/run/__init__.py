"""A run: the plan of a recipe, its execution, the store of artefacts, and reading a finished run back."""
