"""The plain Kubernetes, Terraform and GitHub files that a generated platform means, made by hand
and as short as they can be: what a scanner of resources is given in its place.

For each team a Deployment, Service, ServiceAccount, PodDisruptionBudget and VirtualService; one
workflow with every team's job; Terraform for the database, its replica, the cache and the bucket
in both regions. Kubernetes has every team once, not once for each region.
"""

from pathlib import Path

OBJECTS = """\
apiVersion: v1
kind: ServiceAccount
metadata: {{name: team-{n}, namespace: production}}
---
apiVersion: v1
kind: Service
metadata: {{name: team-{n}, namespace: production}}
spec:
  selector: {{app: team-{n}}}
  ports: [{{port: 8080, targetPort: 8080}}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{name: team-{n}, namespace: production}}
spec: {{minAvailable: 2, selector: {{matchLabels: {{app: team-{n}}}}}}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: team-{n}, namespace: production}}
spec:
  hosts: [team-{n}]
  http:
    - match: [{{uri: {{prefix: /api/v1/team-{n}}}}}]
      route:
        - {{destination: {{host: team-{n}, subset: stable}}, weight: 100}}
        - {{destination: {{host: team-{n}, subset: canary}}, weight: 0}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: team-{n}, namespace: production, labels: {{app: team-{n}}}}}
spec:
  replicas: 3
  selector: {{matchLabels: {{app: team-{n}}}}}
  template:
    metadata: {{labels: {{app: team-{n}, version: stable}}}}
    spec:
      serviceAccountName: team-{n}
      automountServiceAccountToken: false
      securityContext: {{runAsNonRoot: true, runAsUser: 10001}}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: topology.kubernetes.io/zone
          whenUnsatisfiable: DoNotSchedule
          labelSelector: {{matchLabels: {{app: team-{n}}}}}
      containers:
        - name: api
          image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/big/team-{n}:1.4.2"
          command: [serve, "0.0.0.0", "8080"]
          ports: [{{containerPort: 8080}}]
          env:
            - {{name: HOST, value: "0.0.0.0"}}
            - name: DATABASE_URL
              valueFrom: {{secretKeyRef: {{name: team-{n}, key: database-url}}}}
          livenessProbe: {{httpGet: {{path: /healthz, port: 8080}}}}
          readinessProbe: {{httpGet: {{path: /readyz, port: 8080}}}}
          resources:
            requests: {{cpu: 250m, memory: 512Mi}}
            limits: {{cpu: 500m, memory: 1Gi}}
          securityContext: {{readOnlyRootFilesystem: true, allowPrivilegeEscalation: false}}
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
WORKFLOW = "name: deliver\non: {push: {branches: [main]}}\npermissions: {contents: read}\njobs:\n"
TERRAFORM = """\
resource "aws_db_instance" "primary" {
  identifier              = "big"
  engine                  = "postgres"
  engine_version          = "15.20"
  instance_class          = "db.r6g.xlarge"
  allocated_storage       = 500
  storage_type            = "gp3"
  iops                    = 12000
  multi_az                = true
  storage_encrypted       = true
  deletion_protection     = true
  backup_retention_period = 30
  backup_window           = "01:00-02:00"
}

resource "aws_db_instance" "replica" {
  provider            = aws.eu-central-1
  identifier          = "big-replica"
  replicate_source_db = aws_db_instance.primary.arn
  instance_class      = "db.r6g.xlarge"
  storage_encrypted   = true
}

resource "aws_elasticache_replication_group" "cache" {
  for_each                   = toset(["eu-west-1", "eu-central-1"])
  replication_group_id       = "big-${each.key}"
  description                = "cache"
  engine_version             = "7.1"
  node_type                  = "cache.r6g.large"
  num_cache_clusters         = 2
  automatic_failover_enabled = true
  multi_az_enabled           = true
  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
}

resource "aws_s3_bucket" "raw" {
  bucket = "big-raw-eu-west-1-123456789012"
}

resource "aws_s3_bucket_versioning" "raw" {
  bucket = aws_s3_bucket.raw.id
  versioning_configuration { status = "Enabled" }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "raw" {
  bucket = aws_s3_bucket.raw.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = "aws:kms" }
  }
}
"""
RESOURCES = TERRAFORM.count('resource "')
OBJECTS_OF_A_TEAM = OBJECTS.count("\nkind: ")


def write(folder: Path, teams: int) -> int:
    """Writes the files into a folder; how many objects, resources and jobs they hold."""
    numbers = [f"{n:04}" for n in range(teams)]
    objects, workflows = folder / "kubernetes", folder / ".github" / "workflows"
    objects.mkdir(parents=True)
    workflows.mkdir(parents=True)
    for n in numbers:
        (objects / f"team-{n}.yaml").write_text(OBJECTS.format(n=n))
    jobs = "".join(JOB.format(n=n) for n in numbers)
    (workflows / "deliver.yaml").write_text(WORKFLOW + jobs)
    (folder / "main.tf").write_text(TERRAFORM)
    return teams * (OBJECTS_OF_A_TEAM + 1) + RESOURCES
