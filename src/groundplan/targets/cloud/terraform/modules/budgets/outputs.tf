output "topic_arn" {
  description = "Where alerts go; people subscribe here."
  value       = aws_sns_topic.this.arn
}
