output "vault_arn" {
  description = "Where the copies are."
  value       = aws_backup_vault.here.arn
}

output "alarms_topic_arn" {
  description = "Where its alarms go; the on-call service subscribes here."
  value       = aws_sns_topic.this.arn
}
