"""What a target and the agent agree on: the names of the files in a platform's folder."""

DESIGN = "design.json"  # what is to run; the target writes it, the agent reads it
SOURCE = "source"  # the folder of the platform file, where services have their directories
LEDGER = "ledger.sqlite"
OPERATIONS = "operations.sqlite"  # what was asked, how it stands, what it told
STEPS = "steps.sqlite"  # what each operation has done so far: the agent's own
JOURNAL = "journal.sqlite"  # who did what, why and when, for people
ISOLATED = "isolated.json"  # regions that nobody is sent to
LOCK = "lock"  # held by whoever changes the platform
SECRETS = "secrets"
AWS_VARIABLES = "secrets/aws-variables"  # of whoever ran `up`: parts start in none of their own
PRIMARY = "primary.json"  # who the primary is since the last failover
LAST_SEEN = "last-seen.json"  # the primary when the agent saw it well for the last time
HOME = "home.json"  # where the edge sends whoever names no region, since the last failover
AGENT_SOCKET = "agent.sock"
AGENT_LOCK = "agent.lock"
SOCKET_PATH_MAX = 107  # sun_path in <sys/un.h>, less its closing zero
NOTICES = "notices.sqlite"  # who is to be told of operations, and who was
RELEASES = "releases"  # what was rolled out, by its hash
SCALE = "scale.json"  # how many replicas the load asked for last
