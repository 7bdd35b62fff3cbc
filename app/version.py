"""The version of Inlet, as pyproject.toml and CHANGELOG.md name it."""

VERSION = "0.1.0"
