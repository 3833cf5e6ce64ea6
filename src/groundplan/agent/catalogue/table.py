"""The table of operations: what the agent can be asked to perform.

To add one: its folder in `operations/`, a frozen dataclass with its arguments, a function that
makes the ports it needs and calls it, and a line here.
"""

from groundplan.agent.catalogue import contracting, releasing, scaling
from groundplan.agent.catalogue.copies import perform_bring_back, perform_copy, perform_prove
from groundplan.agent.catalogue.databases import (
    GiveUp,
    MoveTo,
    perform_confirm,
    perform_failover,
    perform_give_up,
    perform_mend,
    perform_switchover,
)
from groundplan.agent.catalogue.drills import (
    OneRegion,
    Rotate,
    RunDrill,
    isolate,
    readmit,
    rotate,
    run_drill,
)
from groundplan.agent.catalogue.kept import Asked
from groundplan.agent.catalogue.recovery import (
    perform_backup,
    perform_forget,
    perform_restore,
    perform_verify,
)
from groundplan.agent.performing.kinds import Kind, Kinds
from groundplan.operations.delivery.contract import LATER, NOW, Contract
from groundplan.operations.recovery.backup import BackUp
from groundplan.operations.recovery.bringing import BringBack, Prove
from groundplan.operations.recovery.copy import Copy
from groundplan.operations.recovery.failover import Failover
from groundplan.operations.recovery.restore import Restore
from groundplan.operations.recovery.safety import Forget
from groundplan.operations.recovery.standbys import Confirm, Mend
from groundplan.operations.recovery.verify import Verify
from groundplan.operations.scaling.scale import Scale

# A copy that is made or proven stands in nobody's way, least of all a failover's; a drill is there
# to see what others do.
KINDS: Kinds = {
    "replace-primary": Kind(arguments=Failover, perform=perform_failover),
    "failover": Kind(arguments=GiveUp, perform=perform_give_up),
    "switchover": Kind(arguments=MoveTo, perform=perform_switchover),
    "confirm": Kind(arguments=Confirm, perform=perform_confirm),
    "mend": Kind(arguments=Mend, perform=perform_mend),
    "backup": Kind(arguments=BackUp, perform=perform_backup, holds_platform=False),
    "verify": Kind(arguments=Verify, perform=perform_verify, holds_platform=False),
    "copy": Kind(arguments=Copy, perform=perform_copy, holds_platform=False),
    "prove-copies": Kind(arguments=Prove, perform=perform_prove, holds_platform=False),
    "bring-back": Kind(arguments=BringBack, perform=perform_bring_back, holds_platform=False),
    "restore": Kind(arguments=Restore, perform=perform_restore),
    "forget": Kind(arguments=Forget, perform=perform_forget),
    "isolate": Kind(arguments=OneRegion, perform=isolate),
    "readmit": Kind(arguments=OneRegion, perform=readmit),
    "rotate-credentials": Kind(arguments=Rotate, perform=rotate),
    "release": Kind(
        arguments=Asked,
        perform=releasing.perform,
        lends_to=frozenset({"replace-primary", "failover", "confirm", "mend", scaling.SCALE}),
    ),
    scaling.SCALE: Kind(arguments=Scale, perform=scaling.perform),
    LATER: Kind(arguments=Contract, perform=contracting.perform_later, holds_platform=False),
    NOW: Kind(arguments=Contract, perform=contracting.perform_now),
    "drill": Kind(arguments=RunDrill, perform=run_drill, holds_platform=False),
}
