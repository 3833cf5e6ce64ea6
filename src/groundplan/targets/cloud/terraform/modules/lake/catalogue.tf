# What lies in the buckets, for those who ask in SQL. The file's tables have its columns; in buckets
# without one a crawler looks for itself, at night.
resource "aws_glue_catalog_database" "this" {
  name        = local.database
  description = "Data lake of ${var.name}"
}

locals {
  database = replace(var.name, "-", "_")
  # From the left: each is a folder in the one before it.
  cuts = {
    year  = { type = "int", range = "2020,2049", digits = "4" }
    month = { type = "int", range = "1,12", digits = "2" }
    day   = { type = "int", range = "1,31", digits = "2" }
    hour  = { type = "int", range = "0,23", digits = "2" }
  }
  folders = join("/", [for cut in var.partitions : "${cut}=$${${cut}}"])
  # How Hive reads and writes a format: its classes, and what the reader is told.
  formats = {
    parquet = {
      input  = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
      output = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
      serde  = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
      told   = { "serialization.format" = "1" }
    }
    json = {
      input  = "org.apache.hadoop.mapred.TextInputFormat"
      output = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
      serde  = "org.openx.data.jsonserde.JsonSerDe"
      told   = { "serialization.format" = "1" }
    }
    csv = {
      input  = "org.apache.hadoop.mapred.TextInputFormat"
      output = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
      serde  = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
      told   = { "separatorChar" = "," }
    }
  }
  format  = local.formats[var.format]
  unknown = toset([for key in var.looked_through : key if !contains([for table in var.tables : table.bucket], key)])
}

# Partitions are worked out from their names: nobody has to add them, and none is forgotten.
resource "aws_glue_catalog_table" "this" {
  for_each = var.tables

  name          = replace(each.key, "-", "_")
  database_name = aws_glue_catalog_database.this.name
  table_type    = "EXTERNAL_TABLE"

  parameters = merge(
    {
      EXTERNAL                    = "TRUE"
      classification              = var.format
      compressionType             = var.compression
      "projection.enabled"        = "true"
      "storage.location.template" = "s3://${var.buckets[each.value.bucket].name}/${each.key}/${local.folders}/"
    },
    { for cut in var.partitions : "projection.${cut}.type" => "integer" },
    { for cut in var.partitions : "projection.${cut}.range" => local.cuts[cut].range },
    { for cut in var.partitions : "projection.${cut}.digits" => local.cuts[cut].digits },
  )

  storage_descriptor {
    location      = "s3://${var.buckets[each.value.bucket].name}/${each.key}/"
    input_format  = local.format.input
    output_format = local.format.output
    compressed    = var.compression != "none"

    ser_de_info {
      name                  = var.format
      serialization_library = local.format.serde
      parameters            = local.format.told
    }

    dynamic "columns" {
      for_each = each.value.columns

      content {
        name = columns.value.name
        type = columns.value.type
      }
    }
  }

  dynamic "partition_keys" {
    for_each = var.partitions

    content {
      name = partition_keys.value
      type = local.cuts[partition_keys.value].type
    }
  }
}

resource "aws_glue_security_configuration" "this" {
  count = length(local.unknown) > 0 ? 1 : 0

  name = var.name

  encryption_configuration {
    cloudwatch_encryption {
      cloudwatch_encryption_mode = "SSE-KMS"
      kms_key_arn                = var.kms_key_arn
    }

    job_bookmarks_encryption {
      job_bookmarks_encryption_mode = "CSE-KMS"
      kms_key_arn                   = var.kms_key_arn
    }

    s3_encryption {
      s3_encryption_mode = "SSE-KMS"
      kms_key_arn        = var.kms_key_arn
    }
  }
}

resource "aws_glue_crawler" "this" {
  for_each = local.unknown

  name                   = "${var.name}-${replace(each.key, "_", "-")}"
  database_name          = aws_glue_catalog_database.this.name
  role                   = aws_iam_role.crawler[0].arn
  security_configuration = aws_glue_security_configuration.this[0].name
  schedule               = "cron(15 3 * * ? *)"
  table_prefix           = "${each.key}_"

  # A folder of the bucket is a table, and what is below it are its partitions.
  configuration = jsonencode({
    Version  = 1.0
    Grouping = { TableGroupingPolicy = "CombineCompatibleSchemas", TableLevelConfiguration = 2 }
  })

  s3_target {
    path = "s3://${var.buckets[each.key].name}/"
  }

  recrawl_policy {
    recrawl_behavior = "CRAWL_NEW_FOLDERS_ONLY"
  }

  schema_change_policy {
    delete_behavior = "LOG"
    update_behavior = "LOG"
  }
}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

data "aws_iam_policy_document" "crawler" {
  count = length(local.unknown) > 0 ? 1 : 0

  statement {
    actions = ["s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation"]
    resources = flatten([
      for key in local.unknown : ["arn:aws:s3:::${var.buckets[key].name}", "arn:aws:s3:::${var.buckets[key].name}/*"]
    ])
  }

  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]
  }

  statement {
    actions = ["glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:CreateTable", "glue:UpdateTable", "glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition", "glue:BatchCreatePartition", "glue:GetSecurityConfiguration"]
    resources = [
      "arn:aws:glue:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:catalog",
      aws_glue_catalog_database.this.arn,
      "arn:aws:glue:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:table/${local.database}/*",
    ]
  }

  statement {
    actions   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:AssociateKmsKey"]
    resources = ["arn:aws:logs:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:log-group:/aws-glue/*"]
  }
}

data "aws_iam_policy_document" "crawler_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["glue.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "crawler" {
  count = length(local.unknown) > 0 ? 1 : 0

  name               = "${var.name}-crawler"
  assume_role_policy = data.aws_iam_policy_document.crawler_trust.json
}

resource "aws_iam_role_policy" "crawler" {
  count = length(local.unknown) > 0 ? 1 : 0

  name   = "own"
  role   = aws_iam_role.crawler[0].id
  policy = data.aws_iam_policy_document.crawler[0].json
}
