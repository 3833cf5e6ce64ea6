output "arn" {
  description = "What balancers are joined to."
  value       = aws_wafv2_web_acl.this.arn
}
