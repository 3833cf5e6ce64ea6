"""`python -m groundplan` is `groundplan`."""

import sys

from groundplan.cli import main

if __name__ == "__main__":
    sys.exit(main())
