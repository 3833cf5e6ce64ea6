output "endpoint" {
  description = "Where it answers."
  value       = aws_opensearch_domain.this.endpoint
}
