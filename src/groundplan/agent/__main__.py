"""`python -m groundplan.agent FOLDER`: the agent of the platform that lives in FOLDER."""

import sys

from groundplan.agent.process import main

if __name__ == "__main__":
    main(sys.argv[1:])
