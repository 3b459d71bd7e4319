"""Datasets: plans of what to read, and the engine that reads it.

A dataset is a `plan.Plan`: a source and frozen lazy operations. Nothing is read before one of the functions of
`execute`, `frames`, `files` or `write` is called with a `resolver.Resolver`, which says where bytes are.
"""
