"""What stands between a person's terminal and the application's processes.

``bin/run``, ``bin/test`` and ``bin/inlet`` are three lines of shell each. They share
``python.sh``, which finds a Python, and ``environment.py``, which makes the virtual
environment with nothing but the standard library. From there on everything runs inside that
environment: ``run`` starts supervisord and stays small by importing neither the application
nor its dependencies, ``prepare`` does what needs them and exits, ``check`` runs the checks.

supervisord restarts what dies, for ever; it is steered through its public interfaces only:
a configuration file, its XML-RPC socket and signals.
"""
