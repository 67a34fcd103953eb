"""Chat models for many concurrent requests: teachers, judges, critics.

`base.py` holds the types, `open.py` opens a model by its name, `served.py` is a client for OpenAI-compatible servers,
`in_process.py` wraps lm-eval models, `budget.py` limits calls and cost, `cache.py` stores every reply.
"""
