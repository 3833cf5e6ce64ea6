output "name" {
  description = "The cluster."
  value       = aws_eks_cluster.this.name
}

output "endpoint" {
  description = "Where its API is."
  value       = aws_eks_cluster.this.endpoint
}

output "security_group_id" {
  description = "What its machines and pods are known by."
  value       = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
}

output "issuer" {
  description = "Who signs the tokens of its accounts."
  value       = one(flatten(aws_eks_cluster.this.identity[*].oidc[*].issuer))
}
