"""What a gateway says of a request that it left out of its share: the names, for who writes such a
record and for who reads it."""

PATH = "/v1/late"
# How long things took, in microseconds since the request came.
DONE, TRIED, ANSWERED = "done_us", "tried_us", "answered_us"
TRIES, PARENT, STATUS = "upstream_tries", "traceparent", "http.status_code"
CLUSTER = "upstream_cluster"
OWN = frozenset({DONE, TRIED, ANSWERED, TRIES, PARENT})  # no attributes of a span
