# What people are told of before a promise is broken.
resource "aws_sns_topic" "this" {
  name              = "${var.name}-postgres"
  kms_master_key_id = "alias/aws/sns"
}

resource "aws_cloudwatch_metric_alarm" "lag" {
  count = local.is_replica ? 1 : 0

  alarm_name          = "${var.name}-replication_lag"
  alarm_description   = "A failover now would lose more than is allowed"
  namespace           = "AWS/RDS"
  metric_name         = "ReplicaLag"
  dimensions          = { DBInstanceIdentifier = aws_db_instance.this.identifier }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.lag_seconds_max
  period              = 60
  evaluation_periods  = 3
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.this.arn]
}

resource "aws_cloudwatch_metric_alarm" "disk" {
  alarm_name          = "${var.name}-disk"
  alarm_description   = "A tenth of the disk is left"
  namespace           = "AWS/RDS"
  metric_name         = "FreeStorageSpace"
  dimensions          = { DBInstanceIdentifier = aws_db_instance.this.identifier }
  statistic           = "Minimum"
  comparison_operator = "LessThanThreshold"
  threshold           = var.storage_gib * 1024 * 1024 * 1024 / 10
  period              = 300
  evaluation_periods  = 3
  alarm_actions       = [aws_sns_topic.this.arn]
}
