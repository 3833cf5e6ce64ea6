"""A platform file of any size: two regions, a database, a cache, a bucket, and many teams, each
with a service, its way through the mesh, its scrape job and its job in the pipeline."""

HEAD = """\
platform: big
providers: {primary: AWS}
regions:
  europe: {primary: eu-west-1, secondary: eu-central-1}
local: {regions: [eu-west-1]}
primary_database:
  engine: postgres
  version: "15.20"
  instance_class: db.r6g.xlarge
  storage: {type: gp3, size: 500GB, iops: 12000}
  backup: {retention_days: 30, backup_window: "01:00-02:00"}
  read_replicas: {count: 1, instance_class: db.r6g.xlarge, regions: [eu-central-1]}
  multi_az: true
  storage_encrypted: true
  transit_encryption: true
  deletion_protection: true
  point_in_time_recovery: true
cache_layer:
  engine: redis
  version: "7.1"
  node_type: cache.r6g.large
  cluster: {num_cache_clusters: 2, automatic_failover: true, multi_az: true}
  at_rest_encryption: true
  transit_encryption: true
  role: cache
  default_ttl: 1 hour
data_lake:
  buckets: {raw: big-raw-eu-west-1-123456789012}
  versioning: true
  encryption: aws:kms
disaster_recovery: {rto: 40 minutes, rpo: 1 hour}
kpis:
  availability: {target: "99.9%", measurement: successful requests}
  performance: {api_response_time: "< 200ms (p95)"}
  scalability: {concurrent_users: "10,000", requests_per_second: "5,000"}
"""
SERVICE = """\
  team-{n}:
    replicas: 3
    labels: {{app: team-{n}, version: stable}}
    container: api
    image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/big/team-{n}:1.4.2"
    port: 8080
    command: serve {{address}} {{port}}
    version: "1.4.2"
    health: {{live: /healthz, ready: /readyz}}
    metrics_path: /metrics
    env:
      HOST: "{{address}}"
      DATABASE_URL: {{secret: team-{n}, key: database-url}}
    resources:
      requests: {{cpu: 250m, memory: 512Mi}}
      limits: {{cpu: 500m, memory: 1Gi}}
    min_available: 2
    topology_spread: zone
    security: {{run_as_non_root: true, read_only_root: true, service_account: team-{n}}}
"""
SUBSETS = "    team-{n}: {{stable: {{version: stable}}, canary: {{version: canary}}}}\n"
ROUTE = """\
    - name: team-{n}
      hosts: [team-{n}]
      http:
        - match: [{{uri: {{prefix: /api/v1/team-{n}}}}}]
          route:
            - {{destination: {{host: team-{n}, subset: stable}}, weight: 100}}
            - {{destination: {{host: team-{n}, subset: canary}}, weight: 0}}
"""
SCRAPE = """\
    - job_name: team-{n}
      each_replica: true
      metrics_path: /metrics
      static_configs: [{{targets: ["team-{n}:8080"]}}]
"""
JOB = """\
    build-{n}:
      runs-on: ubuntu-latest
      permissions: {{contents: read}}
      steps:
        - uses: actions/checkout@v4
        - name: Build
          run: docker build -t team-{n}:$GITHUB_SHA services/team-{n}
"""
HEAD_VALUES, TEAM_VALUES = 130, 141  # about; the benchmark counts what it got


def teams_of(values: int) -> int:
    """How many teams make a file of about that many values."""
    return max(1, round((values - HEAD_VALUES) / TEAM_VALUES))


def platform(teams: int) -> str:
    """A platform file of so many teams."""
    numbers = [f"{n:04}" for n in range(teams)]

    def each(form: str) -> str:
        return "".join(form.format(n=n) for n in numbers)

    return (
        f"{HEAD}services:\n{each(SERVICE)}mesh:\n  name: big\n  mtls: STRICT\n"
        f"  subsets:\n{each(SUBSETS)}  routes:\n{each(ROUTE)}"
        f"prometheus:\n  global: {{scrape_interval: 15s, evaluation_interval: 15s}}\n"
        f"  scrape_configs:\n{each(SCRAPE)}"
        f"pipeline:\n  name: deliver\n  on: {{push: {{branches: [main]}}}}\n"
        f"  permissions: {{contents: read}}\n  jobs:\n{each(JOB)}"
    )
