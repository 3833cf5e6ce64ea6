output "arn" {
  description = "The certificate, when its name is proven."
  value       = aws_acm_certificate_validation.this.certificate_arn
}
