"""`python -m gantool` and `torchrun -m gantool` run the same command line as `gantool`."""

from gantool.cli import main

if __name__ == "__main__":
    main()
