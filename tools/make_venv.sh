# Create a virtual environment with the newest Python >= 3.11 found: sh tools/make_venv.sh DIR
# PYTHON=/path/to/python chooses another one.
candidates=${PYTHON:-python3.13 python3.12 python3.11 python3 python}
for python in $candidates; do
    # Version managers put names on the PATH that may not run, so ask the interpreter itself.
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    echo "creating $1 with $python ($("$python" --version 2>&1))"
    "$python" -m venv "$1" && exit 0
    rm -rf "$1"
    echo "$python cannot create virtual environments (Debian and Ubuntu: install python3-venv)" >&2
done
echo "FLEXT Quality needs Python 3.11 or newer with its venv module; tried: $candidates." >&2
echo "Install one, or name it: make setup PYTHON=/path/to/python3.11" >&2
exit 1
