output "name_servers" {
  description = "What the registrar has to point to."
  value       = aws_route53_zone.this.name_servers
}
