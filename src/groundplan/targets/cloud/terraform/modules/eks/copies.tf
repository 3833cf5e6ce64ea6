# Where Velero puts what it copies out of the cluster.
resource "aws_s3_bucket" "copies" {
  #checkov:skip=CKV_AWS_18:who reads is in CloudTrail's data events, which are the account's
  #checkov:skip=CKV2_AWS_62:nobody waits for these files
  #checkov:skip=CKV_AWS_144:copies of this region's cluster; git and the database's copies are elsewhere too
  bucket = "${var.name}-copies"
}

resource "aws_s3_bucket_public_access_block" "copies" {
  bucket = aws_s3_bucket.copies.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "copies" {
  bucket = aws_s3_bucket.copies.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "copies" {
  bucket = aws_s3_bucket.copies.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "copies" {
  bucket = aws_s3_bucket.copies.id

  rule {
    id     = "old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 30
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}
