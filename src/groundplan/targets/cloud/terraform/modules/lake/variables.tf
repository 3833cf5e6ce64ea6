variable "name" {
  description = "Name of the site."
  type        = string
}

variable "buckets" {
  description = "The buckets by their keys in the file, with the rules that their files age by."
  type = map(object({
    name = string
    rules = list(object({
      prefix             = optional(string)
      infrequent_days    = optional(number)
      glacier_days       = optional(number)
      expire_days        = optional(number)
      kept_versions_days = optional(number, 30)
    }))
  }))
}

variable "versioning" {
  description = "Whether what was overwritten is kept."
  type        = bool
}

variable "replica_region" {
  description = "Where a copy is kept; none: nowhere."
  type        = string
  default     = null
}

variable "partitioning" {
  description = "How files are cut and written, for people."
  type        = string
}

variable "kms_key_arn" {
  description = "The site's key."
  type        = string
}
