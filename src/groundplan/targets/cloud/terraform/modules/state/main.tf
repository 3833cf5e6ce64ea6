# The bucket of the states of all roots. It stands before them, so its own state is a file beside it.
module "buckets" {
  source = "../buckets"

  name           = "${var.name}-state"
  buckets        = { state = { name = var.bucket, rules = [{ kept_versions_days = 90 }] } }
  versioning     = true
  replica_region = var.replica_region
  kms_key_arn    = var.kms_key_arn
}
