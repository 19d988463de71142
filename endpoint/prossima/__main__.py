"""`python -m prossima`: the command line."""

from prossima.cli import main

main()
