# What pods of the cluster may do in AWS: each operator its own part, and nobody anything else.
data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  region  = data.aws_region.current.region

  operators = merge(
    {
      karpenter = { namespace = "kube-system", service_account = "karpenter" }
      secrets   = { namespace = "external-secrets", service_account = "external-secrets" }
      dns       = { namespace = "cert-manager", service_account = "cert-manager" }
      velero    = { namespace = "velero", service_account = "velero-server" }
    },
    var.log_bucket == null ? {} : { logs = { namespace = "logging", service_account = "logstash" } },
    var.copies_for == null ? {} : { copies = { namespace = var.copies_for, service_account = var.copies_for } },
  )
}

data "aws_iam_policy_document" "operator" {
  for_each = local.operators

  dynamic "statement" {
    for_each = each.key == "secrets" ? [1] : []

    content {
      actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
      resources = ["arn:aws:secretsmanager:${local.region}:${local.account}:secret:${var.secrets_prefix}/*"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "secrets" ? [1] : []

    content {
      actions   = ["kms:Decrypt"]
      resources = [var.kms_key_arn]
    }
  }

  dynamic "statement" {
    for_each = each.key == "dns" ? [1] : []

    content {
      actions   = ["route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"]
      resources = ["arn:aws:route53:::hostedzone/*"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "dns" ? [1] : []

    content {
      actions   = ["route53:GetChange", "route53:ListHostedZonesByName"]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "velero" ? [1] : []

    content {
      actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:ListBucket"]
      resources = [aws_s3_bucket.copies.arn, "${aws_s3_bucket.copies.arn}/*"]
    }
  }

  # What is copied to another cloud is read, and nothing else.
  dynamic "statement" {
    for_each = each.key == "copies" ? [1] : []

    content {
      actions   = ["s3:GetObject", "s3:ListBucket"]
      resources = [aws_s3_bucket.copies.arn, "${aws_s3_bucket.copies.arn}/*"]
    }
  }

  dynamic "statement" {
    for_each = contains(["velero", "copies"], each.key) ? [1] : []

    content {
      actions   = each.key == "velero" ? ["kms:Decrypt", "kms:GenerateDataKey"] : ["kms:Decrypt"]
      resources = [var.kms_key_arn]
    }
  }

  dynamic "statement" {
    for_each = each.key == "logs" ? [1] : []

    content {
      actions   = ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListBucket"]
      resources = ["arn:aws:s3:::${var.log_bucket.name}", "arn:aws:s3:::${var.log_bucket.name}/*"]
    }
  }

  # The bucket's key may be another region's: whichever it is, through the bucket alone.
  dynamic "statement" {
    for_each = each.key == "logs" ? [1] : []

    content {
      actions   = ["kms:GenerateDataKey"]
      resources = ["arn:aws:kms:${var.log_bucket.region}:${local.account}:key/*"]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${var.log_bucket.region}.amazonaws.com"]
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "velero" ? [1] : []

    content {
      actions   = ["ec2:CreateSnapshot", "ec2:CreateTags", "ec2:CreateVolume", "ec2:DeleteSnapshot", "ec2:DescribeSnapshots", "ec2:DescribeVolumes"]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "karpenter" ? [1] : []

    content {
      actions   = ["ec2:CreateFleet", "ec2:CreateLaunchTemplate", "ec2:CreateTags", "ec2:DeleteLaunchTemplate", "ec2:Describe*", "ec2:RunInstances", "ec2:TerminateInstances", "pricing:GetProducts", "ssm:GetParameter", "iam:GetInstanceProfile", "iam:ListInstanceProfiles"]
      resources = ["*"]

      condition {
        test     = "StringEquals"
        variable = "aws:RequestedRegion"
        values   = [local.region]
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "karpenter" ? [1] : []

    content {
      actions   = ["iam:PassRole", "iam:CreateInstanceProfile", "iam:DeleteInstanceProfile", "iam:AddRoleToInstanceProfile", "iam:RemoveRoleFromInstanceProfile", "iam:TagInstanceProfile"]
      resources = [aws_iam_role.node.arn, "arn:aws:iam::${local.account}:instance-profile/${var.name}*"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "karpenter" ? [1] : []

    content {
      actions   = ["eks:DescribeCluster", "sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"]
      resources = [aws_eks_cluster.this.arn, aws_sqs_queue.interruptions.arn]
    }
  }
}

resource "aws_iam_role" "operator" {
  for_each = local.operators

  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.trust["pod"].json
}

resource "aws_iam_role_policy" "operator" {
  for_each = local.operators

  name   = "own"
  role   = aws_iam_role.operator[each.key].id
  policy = data.aws_iam_policy_document.operator[each.key].json
}

resource "aws_eks_pod_identity_association" "operator" {
  for_each = local.operators

  cluster_name    = aws_eks_cluster.this.name
  namespace       = each.value.namespace
  service_account = each.value.service_account
  role_arn        = aws_iam_role.operator[each.key].arn
}

# Disks of pods.
resource "aws_iam_role" "disks" {
  name               = "${var.name}-disks"
  assume_role_policy = data.aws_iam_policy_document.trust["pod"].json
}

resource "aws_iam_role_policy_attachment" "disks" {
  role       = aws_iam_role.disks.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"
}

resource "aws_eks_pod_identity_association" "disks" {
  cluster_name    = aws_eks_cluster.this.name
  namespace       = "kube-system"
  service_account = "ebs-csi-controller-sa"
  role_arn        = aws_iam_role.disks.arn
}
