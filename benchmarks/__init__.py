"""
Benchmarks of everything that decodes a completions body, router_schema among them.

They live outside the wheel: run `python -m benchmarks --help` from a checkout, in an environment made from
`benchmarks/requirements.txt`.
"""
