output "role_arns" {
  description = "The roles by name."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
}
