variable "repositories" {
  description = "Names of the images."
  type        = set(string)
}

variable "replica_regions" {
  description = "Regions that get a copy."
  type        = list(string)
  default     = []
}

variable "kms_key_arn" {
  description = "The site's key."
  type        = string
}
