# Copies of the database, here and in the regions that the file names.
resource "aws_backup_vault" "here" {
  name        = var.name
  kms_key_arn = var.kms_key_arn
}

resource "aws_kms_key" "there" {
  #checkov:skip=CKV2_AWS_64:the account's own policies decide, as without a policy of its own
  for_each = var.copy_regions

  region                  = each.key
  description             = "Copies of ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

resource "aws_backup_vault" "there" {
  for_each = var.copy_regions

  region      = each.key
  name        = var.name
  kms_key_arn = aws_kms_key.there[each.key].arn
}

# Nobody can change or delete a copy before its time.
resource "aws_backup_vault_lock_configuration" "here" {
  count = var.is_immutable ? 1 : 0

  backup_vault_name  = aws_backup_vault.here.name
  min_retention_days = var.days
}

resource "aws_backup_vault_lock_configuration" "there" {
  for_each = var.is_immutable ? aws_backup_vault.there : {}

  region             = each.key
  backup_vault_name  = each.value.name
  min_retention_days = var.days
}

resource "aws_backup_plan" "this" {
  name = var.name

  rule {
    rule_name                = "database"
    target_vault_name        = aws_backup_vault.here.name
    schedule                 = var.schedule
    start_window             = 60
    completion_window        = 240
    enable_continuous_backup = var.is_continuous

    lifecycle {
      # Continuous backups go back 35 days at most.
      delete_after = var.is_continuous ? min(var.days, 35) : var.days
    }

    dynamic "copy_action" {
      for_each = aws_backup_vault.there

      content {
        destination_vault_arn = copy_action.value.arn

        lifecycle {
          delete_after = var.days
        }
      }
    }
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["backup.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  name               = "${var.name}-backup"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = toset(["ForBackup", "ForRestores"])

  role       = aws_iam_role.this.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicy${each.key}"
}

resource "aws_backup_selection" "this" {
  name         = "database"
  plan_id      = aws_backup_plan.this.id
  iam_role_arn = aws_iam_role.this.arn
  resources    = var.resource_arns
}

# Told when a copy is not made in its time; as on the clusters, with the name of what is watched.
resource "aws_sns_topic" "this" {
  name              = "${var.name}-backup"
  kms_master_key_id = "alias/aws/sns"
}

resource "aws_cloudwatch_metric_alarm" "age" {
  count = var.every_seconds > 7 * 86400 ? 0 : 1 # CloudWatch looks back a week at most

  alarm_name          = "${var.name}-backup_age"
  alarm_description   = "The newest copy of the database is older than was promised"
  namespace           = "AWS/Backup"
  metric_name         = "NumberOfBackupJobsCompleted"
  dimensions          = { BackupVaultName = aws_backup_vault.here.name }
  statistic           = "Sum"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = max(60, min(86400, var.every_seconds))
  evaluation_periods  = max(1, min(7, ceil(var.every_seconds / 86400)))
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.this.arn]
}
