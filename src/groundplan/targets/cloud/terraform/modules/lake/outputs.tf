output "bucket_arns" {
  description = "The buckets by their keys in the file."
  value       = module.buckets.bucket_arns
}
