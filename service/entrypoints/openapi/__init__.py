"""What the API says of itself: an OpenAPI 3.1 document, made when it is asked for.

`operations_*.py` list the operations, `answers*.py` the shapes of their answers; bodies are the models that
check them. Nothing here is loaded by a tick, a call or a webhook.
"""
