"""`python -m inspection` is the command `inspection`."""

from inspection.cli import main

if __name__ == "__main__":
    main()
