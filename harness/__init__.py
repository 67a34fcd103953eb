"""The harness: a recipe becomes a plan of stages, a run makes them, and a report says what they show.

Read the folders in the order of the imports, each of which knows those before it: `recipe` (what a run depends on),
`statistics` (values, resamples, intervals, tests), `models` (systems as lm-eval models), `metrics`, `judging`,
`safety`, `stages` (one file each: what it needs, how it is made and read back), `run` (plan, executor, store, reading a
run back), `gate` (may a candidate replace the main run), `report` (all output), `api` and `cli`.
"""
