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

variable "partitions" {
  description = "What folders are cut by, from the left: year, month, day, hour."
  type        = list(string)
}

variable "format" {
  description = "What files are: parquet, json or csv."
  type        = string
}

variable "compression" {
  description = "How files are packed."
  type        = string
}

variable "tables" {
  description = "The file's tables: the key of the bucket, and the columns in their order. A table's files are in the folder of its name."
  type = map(object({
    bucket  = string
    columns = list(object({ name = string, type = string }))
  }))
  default = {}
}

variable "looked_through" {
  description = "Keys of the buckets that a crawler looks through where no table is told."
  type        = list(string)
}

variable "kms_key_arn" {
  description = "The site's key."
  type        = string
}
