variable "name" {
  description = "The platform."
  type        = string
}

variable "bucket" {
  description = "The name of the bucket."
  type        = string
}

variable "replica_region" {
  description = "Where a copy is kept; none: nowhere."
  type        = string
  default     = null
}

variable "kms_key_arn" {
  description = "The key of the states."
  type        = string
}
