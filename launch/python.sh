# Find a Python that can run Inlet and hand over to environment.py with the same arguments.
# The project's own environment comes first: asking it costs milliseconds.
root=$(cd "$(dirname "$0")/.." && pwd)
for python in "$root/.venv/bin/python" python3.13 python3.12 python3.11 python3.14 python3; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$python" "$root/launch/environment.py" "$@"
    fi
done
echo "Inlet needs Python 3.11 or newer; found: $(python3 --version 2>/dev/null || echo none)" >&2
exit 1
