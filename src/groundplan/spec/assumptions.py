"""`assumptions`: figures that only the team knows. What is declared here replaces a default figure
in the proofs, and a finding that rested on the default sharpens or goes."""

from typing import Annotated

from pydantic import Field

from groundplan.spec.section import Positive, Section, Share
from groundplan.units import Bytes, Count, Duration, Percent, Rate

Amount = Annotated[float, Field(gt=0)]


class Assumptions(Section):
    """Measured or decided figures of this platform. Each is optional."""

    cpu_per_request: Duration | None = None  # processor time of a service replica
    database_time_per_query: Duration | None = None  # processor time of the database
    queries_per_request: Amount | None = None
    request_bytes: Bytes | None = None
    response_bytes: Bytes | None = None
    log_lines_per_request: Amount | None = None
    bytes_per_log_line: Bytes | None = None
    spans_per_trace: Positive | None = None
    bytes_per_span: Bytes | None = None
    users_per_address: Count | None = None  # people behind one office's address
    node_start: Duration | None = None  # from asking for a machine to pods that serve on it
    restore_throughput: Rate | None = None
    backup_throughput: Rate | None = None
    lake_tables: Positive | None = None
    busiest_region: Share | None = None  # its share of the requests, at the peak
    write_share: Share | None = None  # requests that write to the database
    write_throughput: Rate | None = None  # what the database writes and sends to its replicas
    connections_per_replica: Positive | None = None  # that a replica of a service opens to it
    night_traffic: Percent | None = None  # the quietest hour's share of the peak
