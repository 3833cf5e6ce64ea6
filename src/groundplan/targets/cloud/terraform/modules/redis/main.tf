# Redis of a site. What it holds exists elsewhere too, unless the file calls it a store.
resource "aws_elasticache_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_security_group" "this" {
  name        = "${var.name}-redis"
  description = "Redis, from the cluster alone"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "cluster" {
  security_group_id            = aws_security_group.this.id
  description                  = "Redis from the cluster"
  referenced_security_group_id = var.cluster_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}

resource "aws_elasticache_parameter_group" "this" {
  name   = var.name
  family = "redis${split(".", var.engine_version)[0]}"

  parameter {
    name  = "maxmemory-policy"
    value = var.eviction
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_elasticache_replication_group" "this" {
  #checkov:skip=CKV_AWS_31:only the cluster's pods reach it; a token would stand in the state
  replication_group_id = var.name
  description          = "Cache of ${var.name}"
  engine               = "redis"
  engine_version       = var.engine_version
  node_type            = var.node_type
  num_cache_clusters   = var.servers
  port                 = 6379

  automatic_failover_enabled = var.automatic_failover
  multi_az_enabled           = var.multi_az
  parameter_group_name       = aws_elasticache_parameter_group.this.name
  subnet_group_name          = aws_elasticache_subnet_group.this.name
  security_group_ids         = [aws_security_group.this.id]

  at_rest_encryption_enabled = var.is_encrypted
  kms_key_id                 = var.is_encrypted ? var.kms_key_arn : null
  transit_encryption_enabled = var.use_tls

  snapshot_retention_limit   = var.snapshot_days
  snapshot_window            = var.snapshot_window
  auto_minor_version_upgrade = true
}
