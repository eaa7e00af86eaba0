"""`python -m services.cli` is the same as `jieli`."""

from services.cli import main

main()
