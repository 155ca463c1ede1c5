"""`python -m flext_quality`: the same as the flext-quality command."""

from flext_quality.cli.app import main

if __name__ == "__main__":
    main()
