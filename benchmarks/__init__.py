"""Measurements of the real application, each beside a baseline in the same run.

Absolute figures depend on the machine and on what else it does; the ratios are what counts.
``docs/performance.md`` says how to run them and what they found.
"""
