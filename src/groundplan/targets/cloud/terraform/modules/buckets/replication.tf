# A copy of every bucket in another region.
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
  }
}

resource "aws_kms_key" "copy" {
  #checkov:skip=CKV2_AWS_64:the account's own policies decide, as without a policy of its own
  count = var.replica_region == null ? 0 : 1

  region                  = var.replica_region
  description             = "Copies of the buckets of ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

resource "aws_s3_bucket" "copy" {
  #checkov:skip=CKV_AWS_18:who reads is in CloudTrail's data events, which are the account's
  #checkov:skip=CKV2_AWS_62:nobody waits for these files
  #checkov:skip=CKV_AWS_144:this is the copy
  for_each = var.replica_region == null ? {} : var.buckets

  region = var.replica_region
  bucket = "${substr(each.value.name, 0, 58)}-copy"
}

resource "aws_s3_bucket_public_access_block" "copy" {
  for_each = aws_s3_bucket.copy

  region                  = var.replica_region
  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "copy" {
  for_each = aws_s3_bucket.copy

  region = var.replica_region
  bucket = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "copy" {
  for_each = aws_s3_bucket.copy

  region = var.replica_region
  bucket = each.value.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.copy[0].arn
    }
  }
}

# What leaves the lake leaves its copy.
resource "aws_s3_bucket_lifecycle_configuration" "copy" {
  for_each = { for key, bucket in aws_s3_bucket.copy : key => bucket if length(var.buckets[key].rules) > 0 }

  region = var.replica_region
  bucket = each.value.id

  dynamic "rule" {
    for_each = var.buckets[each.key].rules

    content {
      id     = "age-${rule.key}"
      status = "Enabled"

      filter {}

      dynamic "expiration" {
        for_each = rule.value.expire_days == null ? [] : [rule.value.expire_days]

        content {
          days = expiration.value
        }
      }

      noncurrent_version_expiration {
        noncurrent_days = 30
      }

      abort_incomplete_multipart_upload {
        days_after_initiation = 7
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.copy]
}

data "aws_iam_policy_document" "replication" {
  count = var.replica_region == null ? 0 : 1

  statement {
    actions   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = [for bucket in aws_s3_bucket.this : bucket.arn]
  }

  statement {
    actions   = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
    resources = [for bucket in aws_s3_bucket.this : "${bucket.arn}/*"]
  }

  statement {
    actions   = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]
    resources = [for bucket in aws_s3_bucket.copy : "${bucket.arn}/*"]
  }

  statement {
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]
  }

  statement {
    actions   = ["kms:Encrypt"]
    resources = [aws_kms_key.copy[0].arn]
  }
}

resource "aws_iam_role" "replication" {
  count = var.replica_region == null ? 0 : 1

  name               = "${var.name}-lake"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "replication" {
  count = var.replica_region == null ? 0 : 1

  name   = "replicate"
  role   = aws_iam_role.replication[0].id
  policy = data.aws_iam_policy_document.replication[0].json
}

resource "aws_s3_bucket_replication_configuration" "this" {
  for_each = aws_s3_bucket.copy

  bucket = aws_s3_bucket.this[each.key].id
  role   = aws_iam_role.replication[0].arn

  rule {
    id     = "everything"
    status = "Enabled"

    filter {}

    delete_marker_replication {
      status = "Enabled"
    }

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket = each.value.arn

      encryption_configuration {
        replica_kms_key_id = aws_kms_key.copy[0].arn
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this, aws_s3_bucket_versioning.copy]
}
