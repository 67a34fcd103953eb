"""Recipes: the settings of a run or a synthesis, as YAML that is checked before anything starts."""

from harness.recipe.recipe import SEED, Recipe, load_recipe, parse_recipe

__all__ = ["SEED", "Recipe", "load_recipe", "parse_recipe"]
