output "address" {
  description = "Where the server answers."
  value       = aws_db_instance.this.address
}

output "arn" {
  description = "The server, as replicas name it."
  value       = aws_db_instance.this.arn
}

output "alarms_topic_arn" {
  description = "Where its alarms go; the on-call service subscribes here."
  value       = aws_sns_topic.this.arn
}
