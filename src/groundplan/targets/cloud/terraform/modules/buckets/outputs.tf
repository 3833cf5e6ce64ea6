output "bucket_arns" {
  description = "The buckets by their keys in the file."
  value       = { for key, bucket in aws_s3_bucket.this : key => bucket.arn }
}
