# The bucket of the states of all roots. Its own state moves into it when it stands: what only one
# machine knows, nobody else could plan.
module "buckets" {
  source = "../buckets"

  name           = "${var.name}-state"
  buckets        = { state = { name = var.bucket, rules = [{ kept_versions_days = 90 }] } }
  versioning     = true
  replica_region = var.replica_region
  kms_key_arn    = var.kms_key_arn
}
