# The data lake: its buckets; what lies in them is told in catalogue.tf.
module "buckets" {
  source = "../buckets"

  name           = var.name
  buckets        = var.buckets
  versioning     = var.versioning
  replica_region = var.replica_region
  kms_key_arn    = var.kms_key_arn
}
