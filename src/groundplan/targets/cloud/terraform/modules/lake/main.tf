# The data lake: its buckets, and the catalogue of what lies in them.
module "buckets" {
  source = "../buckets"

  name           = var.name
  buckets        = var.buckets
  versioning     = var.versioning
  replica_region = var.replica_region
  kms_key_arn    = var.kms_key_arn
}

# Tables over the buckets' files, partitioned as the file says.
resource "aws_glue_catalog_database" "this" {
  name        = replace(var.name, "-", "_")
  description = "Data lake of ${var.name}: ${var.partitioning}"
}
