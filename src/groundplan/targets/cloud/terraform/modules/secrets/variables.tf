variable "prefix" {
  description = "What the names begin with: platform and environment."
  type        = string
}

variable "names" {
  description = "The secrets that services refer to."
  type        = set(string)
}

variable "replica_regions" {
  description = "Regions that get a copy."
  type        = set(string)
  default     = []
}

variable "kms_key_arn" {
  description = "The site's key."
  type        = string
}
