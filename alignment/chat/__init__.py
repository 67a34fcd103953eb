"""Chat models that are asked many things at once: a teacher, a judge, a critic.

`base.py` holds the types, `open.py` opens a model by its name, `served.py` asks an OpenAI-compatible server and
`in_process.py` an lm-eval model, `budget.py` says when to stop, `cache.py` keeps every reply.
"""
