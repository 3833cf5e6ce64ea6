output "bucket_arn" {
  description = "The bucket."
  value       = module.buckets.bucket_arns["state"]
}
